import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import {
  busNameOf,
  type RuleConfig,
  ruleTargetSchema,
  type ScheduleConfig,
  scheduleTargetSchema,
} from '../events/configuration.ts';
import { integer, parseProperties, withoutEffect } from './properties.ts';

export interface EventsPlan {
  readonly busNames: readonly string[];
  readonly rules: readonly RuleConfig[];
  readonly schedules: readonly ScheduleConfig[];
}

const busSchema = z.strictObject({ Name: z.string().optional(), ...withoutEffect('Description', 'Tags') });

const state = z.enum(['ENABLED', 'DISABLED']).default('ENABLED');

const ruleSchema = z.strictObject({
  EventBusName: z.string().default('default'),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: state,
  Targets: z.array(ruleTargetSchema).default([]),
  Description: z.string().optional(),
  RoleArn: z.string().optional(),
  ...withoutEffect('Name', 'Tags'),
});

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const scheduleSchema = z.strictObject({
  FlexibleTimeWindow: z.discriminatedUnion('Mode', [
    z.strictObject({ Mode: z.literal('OFF') }),
    z.strictObject({ Mode: z.literal('FLEXIBLE'), MaximumWindowInMinutes: integer.min(1).max(1_440) }),
  ]),
  GroupName: z.literal('default', 'only the default schedule group is supported').optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  StartDate: instant.optional(),
  EndDate: instant.optional(),
  State: state,
  Target: scheduleTargetSchema,
  Description: z.string().optional(),
  ...withoutEffect('Name', 'KmsKeyArn'),
});

/** Event buses, rules and schedules. */
export const readEvents = ({ resources }: Deployment): EventsPlan => {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const buses = ofType('AWS::Events::EventBus');
  for (const bus of buses) parseProperties(bus, busSchema);
  return {
    busNames: buses.map((bus) => bus.name),
    rules: ofType('AWS::Events::Rule').map(readRule),
    schedules: ofType('AWS::Scheduler::Schedule').map(readSchedule),
  };
};

const readRule = (resource: DeployedResource): RuleConfig => {
  const { EventPattern, ScheduleExpression, State, Targets, Description, RoleArn, EventBusName } =
    parseProperties(resource, ruleSchema);
  return {
    name: resource.name,
    arn: resource.attributes.Arn ?? '',
    busName: busNameOf(EventBusName),
    isEnabled: State === 'ENABLED',
    targets: Targets,
    ...(EventPattern !== undefined && { eventPattern: JSON.stringify(EventPattern) }),
    ...(ScheduleExpression !== undefined && { scheduleExpression: ScheduleExpression }),
    ...(Description !== undefined && { description: Description }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
  };
};

const readSchedule = (resource: DeployedResource): ScheduleConfig => {
  const { FlexibleTimeWindow, StartDate, EndDate, Description, ...properties } = parseProperties(
    resource,
    scheduleSchema,
  );
  return {
    name: resource.name,
    arn: resource.attributes.Arn ?? '',
    expression: properties.ScheduleExpression,
    zone: properties.ScheduleExpressionTimezone,
    isEnabled: properties.State === 'ENABLED',
    // CloudFormation has no ActionAfterCompletion.
    deletesItself: false,
    target: properties.Target,
    ...(StartDate !== undefined && { startMs: StartDate }),
    ...(EndDate !== undefined && { endMs: EndDate }),
    ...(FlexibleTimeWindow.Mode === 'FLEXIBLE' && {
      windowMinutes: FlexibleTimeWindow.MaximumWindowInMinutes,
    }),
    ...(Description !== undefined && { description: Description }),
  };
};
