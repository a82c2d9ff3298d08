import * as z from 'zod';
import { pageFields, pageOf, parseInput } from './api-input.ts';
import type { EventsOperation } from './bus-operations.ts';
import { busNameOf, type RuleTarget, ruleTargetSchema } from './configuration.ts';
import { asInvalid, invalid, RequestError } from './request-error.ts';
import { requireRule } from './rule-operations.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_TARGETS = 5;

const ruleFields = { Rule: z.string(), EventBusName: z.string().optional() };

/** Adds targets, or replaces those with the same id. */
export const putTargets: EventsOperation = (engine, input) => {
  const schema = z.strictObject({ ...ruleFields, Targets: z.array(ruleTargetSchema).min(1).max(100) });
  const { Rule, EventBusName, Targets } = parseInput(schema, input);
  const rule = requireRule(engine, Rule, EventBusName);
  const targets = new Map<string, RuleTarget>(rule.targets.map((target) => [target.Id, target]));
  if (new Set(Targets.map(({ Id }) => Id)).size < Targets.length) {
    throw invalid('Two targets of the request have the same Id.');
  }
  for (const target of Targets) targets.set(target.Id, target);
  if (targets.size > MAX_TARGETS) {
    throw new RequestError(
      'LimitExceededException',
      `The requested resource exceeds the maximum number allowed: a rule has at most ${MAX_TARGETS} targets.`,
    );
  }
  asInvalid(() => engine.rules.put({ ...rule, targets: [...targets.values()] }, 'api'));
  return { FailedEntryCount: 0, FailedEntries: [] };
};

export const removeTargets: EventsOperation = (engine, input) => {
  const schema = z.strictObject({
    ...ruleFields,
    Ids: z.array(z.string()).min(1).max(100),
    Force: z.boolean().optional(),
  });
  const { Rule, EventBusName, Ids } = parseInput(schema, input);
  const rule = requireRule(engine, Rule, EventBusName);
  engine.rules.put({ ...rule, targets: rule.targets.filter(({ Id }) => !Ids.includes(Id)) }, 'api');
  return { FailedEntryCount: 0, FailedEntries: [] };
};

export const listTargetsByRule: EventsOperation = (engine, input) => {
  const { Rule, EventBusName, ...paging } = parseInput(
    z.strictObject({ ...ruleFields, ...pageFields }),
    input,
  );
  const { targets } = requireRule(engine, Rule, EventBusName);
  const sorted = [...targets].sort((a, b) => (a.Id < b.Id ? -1 : 1));
  const { page, ...next } = pageOf(sorted, ({ Id }) => Id, paging);
  return { Targets: page, ...next };
};

export const listRuleNamesByTarget: EventsOperation = (engine, input) => {
  const schema = z.strictObject({
    TargetArn: z.string(),
    EventBusName: z.string().optional(),
    ...pageFields,
  });
  const { TargetArn, EventBusName, ...paging } = parseInput(schema, input);
  const busName = busNameOf(EventBusName);
  const found = engine.rules
    .all()
    .filter((rule) => rule.busName === busName && rule.targets.some(({ Arn }) => Arn === TargetArn))
    .map(({ name }) => name);
  const { page, ...next } = pageOf(found, (name) => name, paging);
  return { RuleNames: page, ...next };
};
