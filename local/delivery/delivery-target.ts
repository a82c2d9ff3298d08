import type { Caller } from './caller.ts';

/** Where something is delivered, and how often it is tried. Stored with each delivery: both outlive a change. */
export interface DeliveryTarget {
  readonly arn: string;
  readonly caller: Caller;
  readonly origin: DeliveryOrigin;
  readonly retryPolicy: RetryPolicy;
}

/** What is delivered, and for whom. */
export type DeliveryOrigin =
  | { readonly kind: 'rule'; readonly arn: string }
  | { readonly kind: 'schedule'; readonly arn: string; readonly scheduledAt: number }
  | { readonly kind: 'subscription'; readonly arn: string }
  /** What a service hands on after a failure: dead letters, and what functions report. */
  | { readonly kind: 'report' };

export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** ARN of an SQS queue. Absent: what cannot be delivered is dropped. */
  readonly deadLetterQueueArn?: string;
  readonly backoff?: 'sns';
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html; Scheduler has the same. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maximumRetryAttempts: 185,
  maximumEventAgeSeconds: 86_400,
};

/** Delivery to endpoints that AWS runs itself, https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
export const SNS_RETRY_POLICY: RetryPolicy = {
  maximumRetryAttempts: 100_015,
  maximumEventAgeSeconds: 23 * 86_400,
  backoff: 'sns',
};

/** How an attempt to deliver failed. */
export interface DeliveryFailure {
  /** Name of the error in the target's service. */
  readonly code: string;
  readonly message: string;
  /** Another attempt would fail as well: the target is gone, or it may not be called. */
  readonly isPermanent: boolean;
}

export type ExhaustedCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

export type NextStep =
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'give-up'; readonly condition?: ExhaustedCondition };

/** What follows a failed attempt; `attempts` counts it already. */
export const decideNextStep = (
  policy: RetryPolicy,
  { acceptedAt, attempts }: { readonly acceptedAt: number; readonly attempts: number },
  failure: DeliveryFailure,
  nowMs: number,
): NextStep => {
  if (failure.isPermanent) return { kind: 'give-up' };
  if (attempts > policy.maximumRetryAttempts) return { kind: 'give-up', condition: 'MaximumRetryAttempts' };
  const atMs = nowMs + (policy.backoff === 'sns' ? snsDelayMs(attempts) : delayMs(attempts));
  return isTooOld(policy, acceptedAt, atMs)
    ? { kind: 'give-up', condition: 'MaximumEventAgeInSeconds' }
    : { kind: 'retry', atMs };
};

export const isTooOld = (policy: RetryPolicy, acceptedAt: number, atMs: number): boolean =>
  atMs > acceptedAt + policy.maximumEventAgeSeconds * 1_000;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 300_000;

const delayMs = (attempts: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_DELAY_MS);

/** Three retries at once, two after a second each, ten from 1 to 20 s, all others after 20 s. */
const snsDelayMs = (attempts: number): number => {
  if (attempts <= 3) return 0;
  if (attempts <= 5) return 1_000;
  return Math.min(1_000 * 2 ** Math.min((attempts - 6) / 2, 5), 20_000);
};
