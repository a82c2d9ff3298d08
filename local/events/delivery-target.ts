/** Where events go, and how often it is tried. */
export interface DeliveryTarget {
  /** Names the target over restarts: the ARN of the rule with the target's id, or the ARN of the schedule. */
  readonly key: string;
  /** A function or a state machine. */
  readonly arn: string;
  /** Its payloads hold context attributes of EventBridge Scheduler. */
  readonly isSchedule: boolean;
  /** For calls that the target's service refuses. */
  readonly retryPolicy: RetryPolicy;
  /** For functions that ran and failed: Lambda's own retries of event invocations. */
  readonly functionRetryPolicy: RetryPolicy;
}

export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** ARN of an SQS queue. Absent: what cannot be delivered is dropped. */
  readonly deadLetterQueueArn?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html; Scheduler has the same. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maximumRetryAttempts: 185,
  maximumEventAgeSeconds: 86_400,
};

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
export const DEFAULT_FUNCTION_RETRY_POLICY: RetryPolicy = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 21_600,
};

/** How an attempt to deliver failed. */
export interface DeliveryFailure {
  /** `refused`: the target's service did not take it. `function`: the function ran and threw. */
  readonly kind: 'refused' | 'throttled' | 'function';
  readonly code: string;
  readonly message: string;
}

export interface DeliveryHistory {
  readonly acceptedAt: number;
  readonly refusals: number;
  readonly functionErrors: number;
}

export type NextStep =
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'give-up'; readonly deadLetterQueueArn?: string; readonly attempts: number };

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 300_000;
/** Lambda waits one minute before the first and two minutes before the second retry of a function error. */
const FUNCTION_DELAY_MS = 60_000;

/** What follows a failed attempt; the history counts that attempt already. */
export const decideNextStep = (
  target: DeliveryTarget,
  history: DeliveryHistory,
  failure: DeliveryFailure,
  nowMs: number,
): NextStep => {
  const isLambdas = failure.kind !== 'refused';
  const policy = isLambdas ? target.functionRetryPolicy : target.retryPolicy;
  const attempts = failure.kind === 'function' ? history.functionErrors : history.refusals;
  const delayMs =
    failure.kind === 'function'
      ? FUNCTION_DELAY_MS * attempts
      : Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
  const atMs = nowMs + delayMs;
  const isTooOld = atMs > history.acceptedAt + policy.maximumEventAgeSeconds * 1_000;
  // Throttled events wait in Lambda's queue until they are too old, without being counted.
  const isExhausted = failure.kind !== 'throttled' && attempts > policy.maximumRetryAttempts;
  if (!isTooOld && !isExhausted) return { kind: 'retry', atMs };
  const { deadLetterQueueArn } = policy;
  return { kind: 'give-up', attempts, ...(deadLetterQueueArn !== undefined && { deadLetterQueueArn }) };
};
