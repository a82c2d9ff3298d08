import { randomUUID } from 'node:crypto';
import { DEFAULT_RETRY_POLICY, type DeliveryTarget } from '../delivery/delivery-target.ts';
import { toSeconds } from '../delivery/schedule-context.ts';
import { findTargetKind, requireTargetKind } from '../delivery/target-call.ts';
import type { EventEnvelope } from '../services.ts';
import type { Place, RuleConfig, RuleTarget } from './configuration.ts';
import { compilePattern, type EventFilter } from './event-pattern.ts';
import { parseSchedule, requireAgreement, type ScheduleTimes } from './schedule-expression.ts';
import { compileTargetInput, type MakeInput } from './target-input.ts';

/** A target of a rule, ready to be used. */
export interface RoutedTarget {
  readonly target: DeliveryTarget;
  readonly makeInput: MakeInput;
}

/** A rule, ready to be used. */
export interface Route {
  readonly rule: RuleConfig;
  /** Absent for rules that fire by time only. */
  readonly matches?: EventFilter;
  /** Absent for rules that fire by events only. */
  readonly times?: ScheduleTimes;
  readonly targets: readonly RoutedTarget[];
}

/** @throws Error that names the rule which uses what is not supported here. */
export const compileRule = (rule: RuleConfig): Route => {
  try {
    const { eventPattern, scheduleExpression } = rule;
    return {
      rule,
      targets: rule.targets.map((target) => compileTarget(rule, target)),
      ...(eventPattern !== undefined && { matches: compilePattern(JSON.parse(eventPattern)) }),
      ...(scheduleExpression !== undefined && { times: compileTimes(rule.busName, scheduleExpression) }),
    };
  } catch (cause) {
    throw new Error(`Rule ${rule.name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

const compileTimes = (busName: string, expression: string): ScheduleTimes => {
  if (busName !== 'default') throw new Error('ScheduleExpression is supported only on the default event bus');
  requireAgreement(expression);
  const times = parseSchedule(expression);
  if (times.kind !== 'at') return times;
  throw new Error(
    `${expression} is not a schedule of a rule: use rate(…) or cron(…), or EventBridge Scheduler`,
  );
};

/** @throws Error for what EventBridge refuses or what is not supported here. */
export const compileTarget = (rule: RuleConfig, target: RuleTarget): RoutedTarget => {
  const { Id, Arn, RoleArn = rule.roleArn, Input, InputPath, InputTransformer } = target;
  const kind = requireTargetKind(Arn);
  if (kind === 'state-machine' && RoleArn === undefined) {
    throw new Error(`RoleArn is required for target ${Arn} (${Id})`);
  }
  const makeInput = compileTargetInput(
    {
      ...(Input !== undefined && { input: Input }),
      ...(InputPath !== undefined && { inputPath: InputPath }),
      ...(InputTransformer !== undefined && {
        inputTransformer: {
          pathsMap: InputTransformer.InputPathsMap ?? {},
          template: InputTransformer.InputTemplate,
        },
      }),
    },
    rule,
    { allowsText: kind === 'queue' || kind === 'topic' },
  );
  return {
    makeInput,
    target: {
      arn: Arn,
      origin: { kind: 'rule', arn: rule.arn },
      caller:
        RoleArn === undefined
          ? { kind: 'service', principal: 'events.amazonaws.com', sourceArn: rule.arn }
          : { kind: 'role', arn: RoleArn },
      retryPolicy: retryPolicyOf(target),
    },
  };
};

/** @throws Error for a dead-letter queue that cannot be one. */
export const retryPolicyOf = ({
  RetryPolicy,
  DeadLetterConfig,
}: Pick<RuleTarget, 'RetryPolicy' | 'DeadLetterConfig'>) => {
  const queueArn = DeadLetterConfig?.Arn;
  if (queueArn !== undefined && findTargetKind(queueArn) !== 'queue') {
    throw new Error(`DeadLetterConfig.Arn ${queueArn} is not the ARN of a standard queue`);
  }
  return {
    maximumRetryAttempts: RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRY_POLICY.maximumRetryAttempts,
    maximumEventAgeSeconds:
      RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_RETRY_POLICY.maximumEventAgeSeconds,
    ...(queueArn !== undefined && { deadLetterQueueArn: queueArn }),
  };
};

/** The event of a rule that fires by time. */
export const scheduledEvent = (
  ruleArn: string,
  timeMs: number,
  { region, accountId }: Place,
): EventEnvelope => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: accountId,
  time: toSeconds(timeMs),
  region,
  resources: [ruleArn],
  detail: {},
});
