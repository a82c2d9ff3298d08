import type { RetryPolicy } from './delivery-target.ts';
import type { TargetInput } from './target-input.ts';

/** A rule as the template describes it, all references resolved. */
export interface RuleConfig {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  /** As in the template. Exactly one of this and `scheduleExpression` is there. */
  readonly eventPattern?: unknown;
  readonly scheduleExpression?: string;
  readonly targets: readonly RuleTarget[];
}

export interface RuleTarget extends TargetInput, TargetConfig {
  readonly id: string;
}

/** A schedule of EventBridge Scheduler, its time window off. */
export interface ScheduleConfig extends TargetConfig {
  readonly scheduleArn: string;
  readonly expression: string;
  /** IANA name. */
  readonly zone: string;
  /** JSON, in which context attributes like `<aws.scheduler.scheduled-time>` are filled in. */
  readonly input: string;
}

export interface TargetConfig {
  /** Function or state machine. */
  readonly arn: string;
  readonly retryPolicy: RetryPolicy;
  /** Lambda's own retries of the function; without meaning for a state machine. */
  readonly functionRetryPolicy: RetryPolicy;
}
