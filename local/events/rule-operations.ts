import * as z from 'zod';
import type { EventEnvelope } from '../services.ts';
import { pageFields, pageOf, parseInput } from './api-input.ts';
import { type EventsOperation, noSuchBus } from './bus-operations.ts';
import { busNameOf, type RuleConfig, ruleArn } from './configuration.ts';
import type { Engine } from './engine.ts';
import { compilePattern, type EventFilter } from './event-pattern.ts';
import { asInvalid, invalid, noSuchResource, RequestError } from './request-error.ts';

const MAX_PATTERN = 4_096;

const putSchema = z.strictObject({
  Name: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  EventBusName: z.string().optional(),
  EventPattern: z.string().max(MAX_PATTERN).optional(),
  ScheduleExpression: z.string().max(256).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Description: z.string().max(512).optional(),
  RoleArn: z.string().optional(),
});

/** Replaces a rule that is there; its targets stay. */
export const putRule: EventsOperation = (engine, input) => {
  const request = parseInput(putSchema, input);
  const busName = requireBusName(engine, request.EventBusName);
  const { Name: name, EventPattern, ScheduleExpression, Description, RoleArn } = request;
  if (!EventPattern && !ScheduleExpression) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (EventPattern) compileText(EventPattern);
  const known = engine.rules.find(busName, name);
  const rule: RuleConfig = {
    ...{ name, busName, isEnabled: request.State === 'ENABLED', targets: known?.targets ?? [] },
    arn: known?.arn ?? ruleArn(busName, name, engine.place),
    ...(Description !== undefined && { description: Description }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    ...(EventPattern && { eventPattern: EventPattern }),
    ...(ScheduleExpression && { scheduleExpression: ScheduleExpression }),
  };
  asInvalid(() => engine.rules.put(rule, 'api'));
  return { RuleArn: rule.arn };
};

/** @throws InvalidEventPatternException */
const compileText = (pattern: string): EventFilter =>
  asInvalid(() => compilePattern(JSON.parse(pattern)), 'InvalidEventPatternException');

const nameSchema = z.strictObject({ Name: z.string(), EventBusName: z.string().optional() });

/** Succeeds for a rule that is not there. */
export const deleteRule: EventsOperation = (engine, input) => {
  const schema = nameSchema.extend({ Force: z.boolean().optional() });
  const { Name, EventBusName } = parseInput(schema, input);
  const rule = engine.rules.find(requireBusName(engine, EventBusName), Name);
  if (rule === undefined) return {};
  if (rule.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
  engine.rules.remove(rule);
  return {};
};

const setEnabled =
  (isEnabled: boolean): EventsOperation =>
  (engine, input) => {
    const { Name, EventBusName } = parseInput(nameSchema, input);
    engine.rules.put({ ...requireRule(engine, Name, EventBusName), isEnabled }, 'api');
    return {};
  };

export const enableRule = setEnabled(true);
export const disableRule = setEnabled(false);

export const describeRule: EventsOperation = (engine, input) => {
  const { Name, EventBusName } = parseInput(nameSchema, input);
  return describe(requireRule(engine, Name, EventBusName));
};

export const listRules: EventsOperation = (engine, input) => {
  const schema = z.strictObject({
    NamePrefix: z.string().default(''),
    EventBusName: z.string().optional(),
    ...pageFields,
  });
  const { NamePrefix, EventBusName, ...paging } = parseInput(schema, input);
  const busName = requireBusName(engine, EventBusName);
  const found = engine.rules
    .all()
    .filter((rule) => rule.busName === busName && rule.name.startsWith(NamePrefix));
  const { page, ...next } = pageOf(found, ({ name }) => name, paging);
  return { Rules: page.map(describe), ...next };
};

const describe = (rule: RuleConfig): object => ({
  Name: rule.name,
  Arn: rule.arn,
  EventBusName: rule.busName,
  State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
  EventPattern: rule.eventPattern,
  ScheduleExpression: rule.scheduleExpression,
  Description: rule.description,
  RoleArn: rule.roleArn,
});

/** @throws ResourceNotFoundException */
export const requireRule = (engine: Engine, name: string, busNameOrArn: string | undefined): RuleConfig => {
  const busName = requireBusName(engine, busNameOrArn);
  const rule = engine.rules.find(busName, name);
  if (rule === undefined) throw noSuchResource(`Rule ${name} does not exist on EventBus ${busName}.`);
  return rule;
};

const requireBusName = ({ busNames }: Engine, nameOrArn: string | undefined): string => {
  const name = busNameOf(nameOrArn);
  if (!busNames().has(name)) throw noSuchBus(name);
  return name;
};

const EVENT_FIELDS = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

export const testEventPattern: EventsOperation = (_, input) => {
  const schema = z.strictObject({ EventPattern: z.string().max(MAX_PATTERN), Event: z.string() });
  const { EventPattern, Event } = parseInput(schema, input);
  const matches = compileText(EventPattern);
  return { Result: matches(readEvent(Event)) };
};

const readEvent = (text: string): EventEnvelope => {
  const event = asInvalid(() => JSON.parse(text) as EventEnvelope, 'ValidationException');
  const isObject = typeof event === 'object' && event !== null;
  const missing = EVENT_FIELDS.find((field) => !isObject || !Object.hasOwn(event, field));
  if (missing === undefined) return event;
  throw new RequestError(
    'ValidationException',
    `Parameter Event is not valid. Reason: it has no ${missing}.`,
  );
};
