import { DeliveryQueue } from '../delivery/delivery-queue.ts';
import { DeliveryStore } from '../delivery/delivery-store.ts';
import type { ServiceEvent, TargetConnections } from '../delivery/target-call.ts';
import type { EventEnvelope, LocalClock } from '../services.ts';
import { busNameOf, type Place, type RuleConfig, type ScheduleConfig } from './configuration.ts';
import { EventStore } from './event-store.ts';
import { type EventAcceptance, type PutEventsAnswer, putEvents, serviceEvent } from './put-events.ts';
import { RuleRegistry } from './rule-registry.ts';
import { ScheduleRegistry } from './schedule-registry.ts';
import { ScheduleRunner } from './schedule-runner.ts';

export interface EngineOptions extends Omit<TargetConnections, 'putServiceEvent'>, Place {
  /** Holds buses, rules, schedules, and what was accepted and not delivered. One process at a time. */
  readonly directory: string;
  /** Custom buses of the template; the one named `default` is always there. */
  readonly busNames?: readonly string[];
  /** Those of the template. */
  readonly rules: readonly RuleConfig[];
  readonly schedules: readonly ScheduleConfig[];
  readonly clock?: LocalClock;
}

/** EventBridge and Scheduler without their HTTP. */
export interface Engine {
  readonly place: Place;
  readonly clock: LocalClock;
  readonly store: EventStore;
  readonly rules: RuleRegistry;
  readonly schedules: ScheduleRegistry;
  /** Names of the buses, `default` among them. */
  busNames(): ReadonlySet<string>;
  publish(event: EventEnvelope): void;
  putEvents(request: unknown): PutEventsAnswer;
  putServiceEvent(event: ServiceEvent): void;
  /** Fires and delivers what is due. */
  wake(): void;
  close(): void;
}

/** @throws Error that names the rule or schedule which uses what is not supported here. */
export const openEngine = (options: EngineOptions): Engine => {
  const { region, accountId, clock = Date.now } = options;
  const place = { region, accountId };
  const store = new EventStore(options.directory);
  const putServiceEvent = (event: ServiceEvent): void => {
    const busName = busNameOf(event.busArn);
    requireBus(busNames(), busName);
    accept([{ busName, event: serviceEvent(event, { ...place, clock }) }]);
  };
  const queue = new DeliveryQueue({
    ...{ store: new DeliveryStore(store.database), clock },
    connections: { ...options, putServiceEvent },
  });
  const runner = new ScheduleRunner(store, clock);
  const rules = new RuleRegistry({ store, queue, runner, clock, place });
  const schedules = new ScheduleRegistry({ store, queue, runner, clock, place });
  const busNames = (): ReadonlySet<string> => new Set(['default', ...store.buses().map(({ name }) => name)]);
  const accept: EventAcceptance['accept'] = (events) => {
    store.transaction(() => {
      for (const { busName, event } of events) rules.route(busName, event);
    });
    queue.wake();
  };
  try {
    store.transaction(() => {
      putTemplate(store, options, clock);
      rules.load();
      schedules.load();
      runner.removeOthers();
    });
  } catch (error) {
    store.close();
    throw error;
  }
  return {
    ...{ place, clock, store, rules, schedules, busNames, putServiceEvent },
    publish: (event) => accept([{ busName: 'default', event }]),
    putEvents: (request) => putEvents(request, { ...place, clock, busNames: busNames(), accept }),
    wake: () => {
      runner.fireDue();
      queue.wake();
    },
    close: () => {
      queue.close();
      store.close();
    },
  };
};

/** What the template says wins over what an earlier template said and over what was changed by the API since. */
const putTemplate = (store: EventStore, options: EngineOptions, clock: LocalClock): void => {
  store.removeAllOfTemplate();
  const nowMs = clock();
  for (const name of options.busNames ?? []) store.putBus({ name, createdAt: nowMs }, 'template');
  for (const rule of options.rules) store.putRule(rule, 'template');
  for (const schedule of options.schedules) {
    store.putSchedule({ ...schedule, createdAt: nowMs, modifiedAt: nowMs }, 'template');
  }
};

const requireBus = (busNames: ReadonlySet<string>, name: string): void => {
  if (busNames.has(name)) return;
  const error = new Error(`Event bus ${name} does not exist.`);
  error.name = 'ResourceNotFoundException';
  throw error;
};
