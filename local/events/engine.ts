import type { EventEnvelope, LocalClock } from '../services.ts';
import type { RuleConfig, ScheduleConfig } from './configuration.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { DeliveryTarget } from './delivery-target.ts';
import {
  createRouter,
  type EventRouter,
  type RoutedTarget,
  scheduledEvent,
  toSeconds,
} from './event-router.ts';
import { EventStore } from './event-store.ts';
import { type EventAcceptance, type PutEventsAnswer, putEvents } from './put-events.ts';
import { ScheduleRunner, type TimedTask } from './schedule-runner.ts';
import { requireTargetKind, type TargetConnections } from './target-call.ts';

export interface EngineOptions extends TargetConnections {
  /** Holds what was accepted and not delivered, and the state of schedules. One process at a time. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  /** Custom buses; the one named `default` is always there. */
  readonly busNames?: readonly string[];
  readonly rules: readonly RuleConfig[];
  readonly schedules: readonly ScheduleConfig[];
  readonly clock?: LocalClock;
}

/** EventBridge and Scheduler without their HTTP. */
export interface Engine {
  readonly store: EventStore;
  publish(event: EventEnvelope): void;
  putEvents(request: unknown): PutEventsAnswer;
  /** Fires and delivers what is due. */
  wake(): void;
  close(): void;
}

/** @throws Error that names the rule or schedule which uses what is not supported here. */
export const openEngine = (options: EngineOptions): Engine => {
  const { region, accountId, clock = Date.now } = options;
  const router = createRouter(options.rules);
  const schedules = options.schedules.map((schedule) => ({ schedule, target: scheduleTarget(schedule) }));
  const store = new EventStore(options.directory);
  const queue = new DeliveryQueue({
    ...{ store, clock, connections: options },
    targets: [...router.targets, ...schedules.map(({ target }) => target)],
  });
  const deliver: Deliver = (targets, event) => {
    const ingestedAt = toSeconds(clock());
    for (const { target, makeInput } of targets) queue.add(target, makeInput(event, ingestedAt));
  };
  const accept: EventAcceptance['accept'] = (events) => {
    store.transaction(() => {
      for (const { busName, event } of events) deliver(router.match(busName, event), event);
    });
    queue.wake();
  };
  const busNames = new Set(['default', ...(options.busNames ?? [])]);
  const runner = startRunner(store, clock, [
    ...options.rules.flatMap((rule) => ruleTask(rule, router, deliver, { region, accountId })),
    ...schedules.map(({ schedule, target }) => scheduleTask(schedule, target, queue)),
  ]);
  return {
    store,
    publish: (event) => accept([{ busName: 'default', event }]),
    putEvents: (request) => putEvents(request, { region, accountId, clock, busNames, accept }),
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

/** Stores an event for targets; within a transaction of the store. */
type Deliver = (targets: readonly RoutedTarget[], event: EventEnvelope) => void;

const startRunner = (store: EventStore, clock: LocalClock, tasks: readonly TimedTask[]): ScheduleRunner => {
  try {
    return new ScheduleRunner(store, clock, tasks);
  } catch (error) {
    store.close();
    throw error;
  }
};

const ruleTask = (
  { arn, scheduleExpression }: RuleConfig,
  router: EventRouter,
  deliver: Deliver,
  place: Pick<EngineOptions, 'region' | 'accountId'>,
): readonly TimedTask[] => {
  if (scheduleExpression === undefined) return [];
  const fire = (scheduledMs: number) =>
    deliver(router.targetsOf(arn), scheduledEvent(arn, scheduledMs, place));
  return [{ key: arn, expression: scheduleExpression, zone: 'UTC', fire }];
};

const scheduleTask = (schedule: ScheduleConfig, target: DeliveryTarget, queue: DeliveryQueue): TimedTask => ({
  key: schedule.scheduleArn,
  expression: schedule.expression,
  zone: schedule.zone,
  fire: (scheduledMs) => queue.add(target, fillScheduledTime(schedule, scheduledMs)),
});

const scheduleTarget = (schedule: ScheduleConfig): DeliveryTarget => {
  const { scheduleArn, arn, retryPolicy, functionRetryPolicy } = schedule;
  requireTargetKind(arn);
  return { key: scheduleArn, arn, isSchedule: true, retryPolicy, functionRetryPolicy };
};

/** The context attributes that are the same for each attempt. */
const fillScheduledTime = ({ input, scheduleArn }: ScheduleConfig, scheduledMs: number): string =>
  input
    .replaceAll('<aws.scheduler.scheduled-time>', toSeconds(scheduledMs))
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn);
