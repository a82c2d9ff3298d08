import * as z from 'zod';
import { pageOf, parseInput } from './api-input.ts';
import {
  type ScheduleConfig,
  type StoredSchedule,
  scheduleArn,
  scheduleTargetSchema,
} from './configuration.ts';
import type { Engine } from './engine.ts';
import { asInvalid, invalid, noSuchResource, RequestError } from './request-error.ts';

export interface ScheduleCall {
  readonly engine: Engine;
  /** From the path. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly input: unknown;
}

/** Seconds since the epoch, as REST-JSON gives times. */
const instant = z.number().transform((seconds) => seconds * 1_000);

const scheduleSchema = z.strictObject({
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  ClientToken: z.string().optional(),
  Description: z.string().max(512).optional(),
  EndDate: instant.optional(),
  FlexibleTimeWindow: z.discriminatedUnion('Mode', [
    z.strictObject({ Mode: z.literal('OFF') }),
    z.strictObject({
      Mode: z.literal('FLEXIBLE'),
      MaximumWindowInMinutes: z.number().int().min(1).max(1_440),
    }),
  ]),
  GroupName: z.string().default('default'),
  ScheduleExpression: z.string().max(256),
  ScheduleExpressionTimezone: z.string().max(50).default('UTC'),
  StartDate: instant.optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: scheduleTargetSchema,
});

export const createSchedule = (call: ScheduleCall): object => {
  const { engine, name } = call;
  const schedule = readSchedule(call);
  const known = engine.schedules.find(name);
  if (known !== undefined) {
    const isRepeated = schedule.clientToken !== undefined && schedule.clientToken === known.clientToken;
    if (isRepeated) return { ScheduleArn: known.arn };
    throw new RequestError('ConflictException', `Schedule ${name} already exists.`, 409);
  }
  asInvalid(() => engine.schedules.put(schedule, 'api'));
  return { ScheduleArn: schedule.arn };
};

/** Replaces the whole schedule: what is not given takes its default. */
export const updateSchedule = (call: ScheduleCall): object => {
  const schedule = readSchedule(call);
  requireSchedule(call.engine, call.name);
  asInvalid(() => call.engine.schedules.put(schedule, 'api'));
  return { ScheduleArn: schedule.arn };
};

const readSchedule = ({ engine, name, input }: ScheduleCall): ScheduleConfig => {
  const request = parseInput(scheduleSchema, input);
  const { StartDate, EndDate, FlexibleTimeWindow, Description, ClientToken } = request;
  if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name)) throw invalid(`${name} is not a name for a schedule.`);
  requireDefaultGroup(request.GroupName);
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate) {
    throw invalid('EndDate must be later than StartDate.');
  }
  return {
    name,
    arn: scheduleArn(name, engine.place),
    expression: request.ScheduleExpression,
    zone: request.ScheduleExpressionTimezone,
    isEnabled: request.State === 'ENABLED',
    deletesItself: request.ActionAfterCompletion === 'DELETE',
    target: request.Target,
    ...(StartDate !== undefined && { startMs: StartDate }),
    ...(EndDate !== undefined && { endMs: EndDate }),
    ...(FlexibleTimeWindow.Mode === 'FLEXIBLE' && {
      windowMinutes: FlexibleTimeWindow.MaximumWindowInMinutes,
    }),
    ...(Description !== undefined && { description: Description }),
    ...(ClientToken !== undefined && { clientToken: ClientToken }),
  };
};

export const getSchedule = ({ engine, name, query }: ScheduleCall): object => {
  requireDefaultGroup(query.get('groupName') ?? 'default');
  const schedule = requireSchedule(engine, name);
  return {
    ...summarize(schedule),
    Target: schedule.target,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.zone,
    ActionAfterCompletion: schedule.deletesItself ? 'DELETE' : 'NONE',
    Description: schedule.description,
    StartDate: seconds(schedule.startMs),
    EndDate: seconds(schedule.endMs),
    FlexibleTimeWindow:
      schedule.windowMinutes === undefined
        ? { Mode: 'OFF' }
        : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: schedule.windowMinutes },
  };
};

export const deleteSchedule = ({ engine, name, query }: ScheduleCall): object => {
  requireDefaultGroup(query.get('groupName') ?? 'default');
  engine.schedules.remove(requireSchedule(engine, name));
  return {};
};

export const listSchedules = ({ engine, query }: ScheduleCall): object => {
  const ofQuery = (name: string): string | undefined => query.get(name) ?? undefined;
  // A group that does not exist has no schedules.
  const isOurs = (ofQuery('ScheduleGroup') ?? 'default') === 'default';
  const state = ofQuery('State');
  const found = engine.schedules
    .all()
    .filter(({ name }) => isOurs && name.startsWith(ofQuery('NamePrefix') ?? ''))
    .filter(({ isEnabled }) => state === undefined || (state === 'ENABLED') === isEnabled);
  const Limit = Math.min(100, Math.max(1, Number(ofQuery('MaxResults') ?? 100) || 100));
  const { page, ...next } = pageOf(found, ({ name }) => name, { Limit, NextToken: ofQuery('NextToken') });
  const Schedules = page.map((schedule) => ({
    ...summarize(schedule),
    Target: { Arn: schedule.target.Arn },
  }));
  return { Schedules, ...next };
};

const summarize = ({ arn, name, isEnabled, createdAt, modifiedAt }: StoredSchedule) => ({
  Arn: arn,
  Name: name,
  GroupName: 'default',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  CreationDate: seconds(createdAt),
  LastModificationDate: seconds(modifiedAt),
});

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

export const getScheduleGroup = ({ engine, name }: ScheduleCall): object => {
  requireDefaultGroup(name);
  return describeDefaultGroup(engine);
};

export const listScheduleGroups = ({ engine, query }: ScheduleCall): object => {
  const isFound = 'default'.startsWith(query.get('NamePrefix') ?? '');
  return { ScheduleGroups: isFound ? [describeDefaultGroup(engine)] : [] };
};

const describeDefaultGroup = ({ place: { region, accountId } }: Engine): object => ({
  Arn: `arn:aws:scheduler:${region}:${accountId}:schedule-group/default`,
  Name: 'default',
  State: 'ACTIVE',
});

const requireSchedule = ({ schedules }: Engine, name: string): StoredSchedule => {
  const schedule = schedules.find(name);
  if (schedule === undefined) throw noSuchResource(`Schedule ${name} does not exist.`, 404);
  return schedule;
};

const requireDefaultGroup = (name: string): void => {
  if (name !== 'default') {
    throw noSuchResource(
      `Schedule group ${name} does not exist; the local Scheduler has the default one.`,
      404,
    );
  }
};
