import { z } from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { RuleConfig, RuleTarget, ScheduleConfig, TargetConfig } from '../events/configuration.ts';
import { DEFAULT_FUNCTION_RETRY_POLICY, DEFAULT_RETRY_POLICY } from '../events/delivery-target.ts';
import type { FunctionPlan } from './functions.ts';
import { integer, parseProperties, withoutEffect } from './properties.ts';

export interface EventsPlan {
  readonly busNames: readonly string[];
  readonly rules: readonly RuleConfig[];
  readonly schedules: readonly ScheduleConfig[];
}

const delivery = {
  Arn: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: integer.optional(),
      MaximumEventAgeInSeconds: integer.optional(),
    })
    .optional(),
  ...withoutEffect('RoleArn'),
};

const ruleTarget = z.strictObject({
  ...delivery,
  Id: z.string(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .strictObject({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
    .optional(),
});

const busSchema = z.strictObject({ Name: z.string().optional(), ...withoutEffect('Description', 'Tags') });

const ruleSchema = z.strictObject({
  EventBusName: z.string().default('default'),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(ruleTarget).default([]),
  ...withoutEffect('Name', 'Description', 'RoleArn', 'Tags'),
});

const scheduleSchema = z.strictObject({
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF', 'flexible time windows are not supported') }),
  GroupName: z.literal('default').optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.strictObject({
    ...delivery,
    Input: z.string('give the target an Input, the default is not made here'),
  }),
  ...withoutEffect('Name', 'Description', 'KmsKeyArn'),
});

/** Event buses, rules and schedules. What is disabled is left out. */
export const readEvents = ({ resources }: Deployment, functions: readonly FunctionPlan[]): EventsPlan => {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const buses = ofType('AWS::Events::EventBus');
  for (const bus of buses) parseProperties(bus, busSchema);
  return {
    busNames: buses.map((bus) => bus.name),
    rules: ofType('AWS::Events::Rule').flatMap((rule) => readRule(rule, functions)),
    schedules: ofType('AWS::Scheduler::Schedule').flatMap((schedule) => readSchedule(schedule, functions)),
  };
};

const readRule = (resource: DeployedResource, functions: readonly FunctionPlan[]): readonly RuleConfig[] => {
  const { EventBusName, EventPattern, ScheduleExpression, State, Targets } = parseProperties(
    resource,
    ruleSchema,
  );
  if (State === 'DISABLED') return [];
  return [
    {
      name: resource.name,
      arn: resource.attributes.Arn ?? '',
      // A rule may name its bus by ARN.
      busName: EventBusName.replace(/^arn:[^/]+:event-bus\//, ''),
      ...(EventPattern !== undefined && { eventPattern: EventPattern }),
      ...(ScheduleExpression !== undefined && { scheduleExpression: ScheduleExpression }),
      targets: Targets.map((target) => readRuleTarget(target, functions)),
    },
  ];
};

const readRuleTarget = (
  target: z.infer<typeof ruleTarget>,
  functions: readonly FunctionPlan[],
): RuleTarget => {
  const { Id, Input, InputPath, InputTransformer } = target;
  return {
    id: Id,
    ...readTarget(target, functions),
    ...(Input !== undefined && { input: Input }),
    ...(InputPath !== undefined && { inputPath: InputPath }),
    ...(InputTransformer !== undefined && {
      inputTransformer: {
        pathsMap: InputTransformer.InputPathsMap,
        template: InputTransformer.InputTemplate,
      },
    }),
  };
};

const readSchedule = (
  resource: DeployedResource,
  functions: readonly FunctionPlan[],
): readonly ScheduleConfig[] => {
  const properties = parseProperties(resource, scheduleSchema);
  if (properties.State === 'DISABLED') return [];
  return [
    {
      scheduleArn: resource.attributes.Arn ?? '',
      expression: properties.ScheduleExpression,
      zone: properties.ScheduleExpressionTimezone,
      input: properties.Target.Input,
      ...readTarget(properties.Target, functions),
    },
  ];
};

const readTarget = (
  { Arn, RetryPolicy, DeadLetterConfig }: z.infer<z.ZodObject<typeof delivery>>,
  functions: readonly FunctionPlan[],
): TargetConfig => ({
  arn: Arn,
  retryPolicy: {
    maximumRetryAttempts: RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRY_POLICY.maximumRetryAttempts,
    maximumEventAgeSeconds:
      RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_RETRY_POLICY.maximumEventAgeSeconds,
    ...(DeadLetterConfig !== undefined && { deadLetterQueueArn: DeadLetterConfig.Arn }),
  },
  functionRetryPolicy: functions.find(({ arn }) => arn === Arn)?.retryPolicy ?? DEFAULT_FUNCTION_RETRY_POLICY,
});
