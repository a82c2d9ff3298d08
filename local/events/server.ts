import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EventEnvelope, LocalClock, LocalService } from '../services.ts';
import type { RuleConfig, ScheduleConfig } from './configuration.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { DeliveryTarget } from './delivery-target.ts';
import { createRouter, type RoutedTarget, scheduledEvent, toSeconds } from './event-router.ts';
import { type DeadLetter, EventStore } from './event-store.ts';
import { type Authenticate, listenEvents } from './http-endpoint.ts';
import { type EventAcceptance, type PutEventsAnswer, putEvents } from './put-events.ts';
import { ScheduleRunner, type TimedTask } from './schedule-runner.ts';
import { requireTargetKind, type TargetConnections } from './target-call.ts';

export interface EventsOptions extends TargetConnections {
  /** Holds what was accepted and not delivered, and the state of schedules. One process at a time. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  /** Custom buses; the one named `default` is always there. */
  readonly busNames?: readonly string[];
  readonly rules: readonly RuleConfig[];
  readonly schedules: readonly ScheduleConfig[];
  readonly port?: number;
  readonly clock?: LocalClock;
  readonly authenticate?: Authenticate;
}

export interface LocalEvents extends LocalService {
  /** Takes an event of an AWS service on the default bus: it is stored when this returns. */
  publish(event: EventEnvelope): void;
  /** PutEvents without HTTP. */
  putEvents(entries: readonly object[]): PutEventsAnswer;
  /** Does what is due now; it would be done within a second anyway. */
  wake(): void;
  addDeadLetter(letter: Omit<DeadLetter, 'at'>): void;
  deadLetters(queueArn: string): readonly DeadLetter[];
}

/** Looking at the clock each second, instead of sleeping until the next time, notices a laptop's sleep as well. */
const WAKE_INTERVAL_MS = 1_000;

/** EventBridge with its rules, and EventBridge Scheduler: goes on with what an earlier run left undelivered. */
export const startEvents = async (options: EventsOptions): Promise<LocalEvents> => {
  const { region, accountId, clock = Date.now } = options;
  const router = createRouter(options.rules);
  const schedules = options.schedules.map((schedule) => ({ schedule, target: scheduleTarget(schedule) }));
  const store = new EventStore(options.directory);
  const queue = new DeliveryQueue({
    ...{ store, clock, connections: options },
    targets: [...router.targets, ...schedules.map(({ target }) => target)],
  });

  const deliver = (targets: readonly RoutedTarget[], event: EventEnvelope): void => {
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
  const put = (request: unknown) => putEvents(request, { region, accountId, clock, busNames, accept });
  const tasks: readonly TimedTask[] = [
    ...options.rules.flatMap(({ arn, scheduleExpression }) => {
      const fire = (scheduledMs: number) =>
        deliver(router.targetsOf(arn), scheduledEvent(arn, scheduledMs, { region, accountId }));
      return scheduleExpression === undefined
        ? []
        : [{ key: arn, expression: scheduleExpression, zone: 'UTC', fire }];
    }),
    ...schedules.map(({ schedule, target }) => ({
      ...{ key: schedule.scheduleArn, expression: schedule.expression, zone: schedule.zone },
      fire: (scheduledMs: number) => queue.add(target, fillScheduledTime(schedule, scheduledMs)),
    })),
  ];

  try {
    const runner = new ScheduleRunner(store, clock, tasks);
    const server = await listenEvents(options.port ?? 0, options.authenticate, put);
    const wake = (): void => {
      runner.fireDue();
      queue.wake();
    };
    wake();
    const timer = setInterval(() => {
      try {
        wake();
      } catch (error) {
        // A full disk, for one: the next second may be better, and the other services go on.
        process.emitWarning(error as Error);
      }
    }, WAKE_INTERVAL_MS);
    return {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      publish: (event) => accept([{ busName: 'default', event }]),
      putEvents: (entries) => put({ Entries: entries }),
      wake,
      addDeadLetter: (letter) => store.addDeadLetter({ ...letter, at: clock() }),
      deadLetters: (queueArn) => store.deadLetters(queueArn),
      close: async () => {
        clearInterval(timer);
        queue.close();
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
};

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
