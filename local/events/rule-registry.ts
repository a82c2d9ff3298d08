import type { DeliveryQueue } from '../delivery/delivery-queue.ts';
import { toSeconds } from '../delivery/schedule-context.ts';
import type { EventEnvelope, LocalClock } from '../services.ts';
import type { Place, RuleConfig } from './configuration.ts';
import { compileRule, type Route, scheduledEvent } from './event-router.ts';
import type { EventStore, Owner } from './event-store.ts';
import type { ScheduleRunner } from './schedule-runner.ts';

interface RegistryOptions {
  readonly store: EventStore;
  readonly queue: DeliveryQueue;
  readonly runner: ScheduleRunner;
  readonly clock: LocalClock;
  readonly place: Place;
}

/** The rules of all buses: stored, and compiled in memory. */
export class RuleRegistry {
  readonly #options: RegistryOptions;
  readonly #routes = new Map<string, Route>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Takes up what is stored. */
  load(): void {
    for (const rule of this.#options.store.rules()) this.#activate(compileRule(rule));
  }

  all(): readonly RuleConfig[] {
    return [...this.#routes.values()]
      .map(({ rule }) => rule)
      .sort((a, b) => (keyOf(a.busName, a.name) < keyOf(b.busName, b.name) ? -1 : 1));
  }

  find(busName: string, name: string): RuleConfig | undefined {
    return this.#routes.get(keyOf(busName, name))?.rule;
  }

  /** @throws Error that names the rule which uses what is not supported here. */
  put(rule: RuleConfig, owner: Owner): void {
    const route = compileRule(rule);
    this.#options.store.transaction(() => {
      this.#options.store.putRule(rule, owner);
      this.#activate(route);
    });
  }

  remove(rule: RuleConfig): void {
    this.#routes.delete(keyOf(rule.busName, rule.name));
    this.#options.store.transaction(() => {
      this.#options.store.removeRule(rule);
      this.#options.runner.remove(timerKeyOf(rule));
    });
  }

  /** Stores an event for the targets of each rule that matches it; within a transaction. */
  route(busName: string, event: EventEnvelope): void {
    for (const route of this.#routes.values()) {
      const { rule, matches } = route;
      if (rule.isEnabled && rule.busName === busName && matches?.(event) === true)
        this.#deliver(route, event);
    }
  }

  #activate(route: Route): void {
    const { rule, times } = route;
    this.#routes.set(keyOf(rule.busName, rule.name), route);
    const key = timerKeyOf(rule);
    if (times === undefined || !rule.isEnabled) {
      this.#options.runner.remove(key);
      return;
    }
    const ages = route.targets.map(({ target }) => target.retryPolicy.maximumEventAgeSeconds);
    this.#options.runner.put({
      key,
      definition: `${rule.scheduleExpression}`,
      start: (nowMs) => ({ firstMs: times.next(nowMs, nowMs), anchorMs: nowMs }),
      next: times.next,
      maximumAgeMs: Math.max(60, ...ages) * 1_000,
      fire: (scheduledMs, dueMs) =>
        this.#deliver(route, scheduledEvent(rule.arn, scheduledMs, this.#options.place), dueMs),
    });
  }

  #deliver({ targets }: Route, event: EventEnvelope, acceptedAt: number = this.#options.clock()): void {
    const ingestedAt = toSeconds(this.#options.clock());
    for (const { target, makeInput } of targets) {
      this.#options.queue.add({ target, payload: makeInput(event, ingestedAt), acceptedAt });
    }
  }
}

const keyOf = (busName: string, name: string): string => `${busName}/${name}`;
const timerKeyOf = (rule: RuleConfig): string => `rule ${keyOf(rule.busName, rule.name)}`;
