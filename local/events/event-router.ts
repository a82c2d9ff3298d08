import { randomUUID } from 'node:crypto';
import type { EventEnvelope } from '../services.ts';
import type { RuleConfig, RuleTarget } from './configuration.ts';
import type { DeliveryTarget } from './delivery-target.ts';
import { compilePattern, type EventFilter } from './event-pattern.ts';
import { requireTargetKind } from './target-call.ts';
import { compileTargetInput, type MakeInput } from './target-input.ts';

/** A target of a rule, ready to be used. */
export interface RoutedTarget {
  readonly target: DeliveryTarget;
  readonly makeInput: MakeInput;
}

interface Route {
  readonly rule: RuleConfig;
  /** Absent for rules that fire by time only. */
  readonly matches?: EventFilter;
  readonly targets: readonly RoutedTarget[];
}

export interface EventRouter {
  readonly targets: readonly DeliveryTarget[];
  /** The targets of each rule on that bus that matches the event. */
  match(busName: string, event: EventEnvelope): readonly RoutedTarget[];
  targetsOf(ruleArn: string): readonly RoutedTarget[];
}

/** @throws Error that names the rule which uses what is not supported here. */
export const createRouter = (rules: readonly RuleConfig[]): EventRouter => {
  const routes = rules.map(compileRule);
  return {
    targets: routes.flatMap((route) => route.targets.map(({ target }) => target)),
    match: (busName, event) =>
      routes
        .filter(({ rule, matches }) => rule.busName === busName && matches?.(event) === true)
        .flatMap((route) => route.targets),
    targetsOf: (ruleArn) => routes.find(({ rule }) => rule.arn === ruleArn)?.targets ?? [],
  };
};

const compileRule = (rule: RuleConfig): Route => {
  try {
    const targets = rule.targets.map((target) => compileTarget(rule, target));
    if (rule.eventPattern === undefined) return { rule, targets };
    return { rule, targets, matches: compilePattern(rule.eventPattern) };
  } catch (cause) {
    throw new Error(`Rule ${rule.name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

const compileTarget = (rule: RuleConfig, target: RuleTarget): RoutedTarget => {
  requireTargetKind(target.arn);
  const { arn, retryPolicy, functionRetryPolicy } = target;
  return {
    target: { key: `${rule.arn}/${target.id}`, arn, isSchedule: false, retryPolicy, functionRetryPolicy },
    makeInput: compileTargetInput(target, rule),
  };
};

/** The event of a rule that fires by time. */
export const scheduledEvent = (
  ruleArn: string,
  timeMs: number,
  { region, accountId }: { readonly region: string; readonly accountId: string },
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

/** `2026-11-21T02:30:00Z`: EventBridge gives whole seconds. */
export const toSeconds = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
