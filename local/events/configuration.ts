import * as z from 'zod';

/** Numbers of a template may come as text. */
const integer = z.coerce.number().int();

const delivery = {
  Arn: z.string().min(1).max(1_600),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: integer.min(0).max(185).optional(),
      MaximumEventAgeInSeconds: integer.min(60).max(86_400).optional(),
    })
    .optional(),
  // CDK writes it for every queue. All that it can hold is for FIFO and fair queues.
  SqsParameters: z.strictObject({}).optional(),
};

/** A target of a rule: as the API takes it, and templates as well. What is not in it is not supported. */
export const ruleTargetSchema = z.strictObject({
  ...delivery,
  Id: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  RoleArn: z.string().optional(),
  Input: z.string().max(8_192).optional(),
  InputPath: z.string().max(256).optional(),
  InputTransformer: z
    .strictObject({
      InputPathsMap: z.record(z.string(), z.string()).optional(),
      InputTemplate: z.string().min(1).max(8_192),
    })
    .optional(),
});

export type RuleTarget = z.infer<typeof ruleTargetSchema>;

/** A target of a schedule: as the API takes it, and templates as well. */
export const scheduleTargetSchema = z.strictObject({
  ...delivery,
  RoleArn: z.string().min(1),
  Input: z.string().min(1).optional(),
});

export type ScheduleTarget = z.infer<typeof scheduleTargetSchema>;

export interface RuleConfig {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly isEnabled: boolean;
  readonly description?: string;
  readonly roleArn?: string;
  /** JSON. One of this and `scheduleExpression` is there, or both. */
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly targets: readonly RuleTarget[];
}

/** A schedule of EventBridge Scheduler. */
export interface ScheduleConfig {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  /** IANA name. */
  readonly zone: string;
  readonly isEnabled: boolean;
  readonly startMs?: number;
  readonly endMs?: number;
  /** Of a flexible time window. Absent: off. */
  readonly windowMinutes?: number;
  readonly deletesItself: boolean;
  readonly description?: string;
  /** Of the request that made it: the same request again finds it. */
  readonly clientToken?: string;
  readonly target: ScheduleTarget;
}

/** A schedule as it is kept: with its dates. */
export interface StoredSchedule extends ScheduleConfig {
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

export const busArn = (name: string, { region, accountId }: Place): string =>
  `arn:aws:events:${region}:${accountId}:event-bus/${name}`;

export const ruleArn = (busName: string, name: string, { region, accountId }: Place): string =>
  `arn:aws:events:${region}:${accountId}:rule/${busName === 'default' ? '' : `${busName}/`}${name}`;

export const scheduleArn = (name: string, { region, accountId }: Place): string =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;

/** A bus is named by its name or its ARN. */
export const busNameOf = (nameOrArn = 'default'): string => nameOrArn.replace(/^arn:[^/]+:event-bus\//, '');
