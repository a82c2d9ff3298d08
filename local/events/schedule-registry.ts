import { randomInt, randomUUID } from 'node:crypto';
import type { DeliveryQueue } from '../delivery/delivery-queue.ts';
import { toSeconds } from '../delivery/schedule-context.ts';
import { requireTargetKind } from '../delivery/target-call.ts';
import type { LocalClock } from '../services.ts';
import type { Place, ScheduleConfig, StoredSchedule } from './configuration.ts';
import { retryPolicyOf } from './event-router.ts';
import type { EventStore, Owner } from './event-store.ts';
import { parseSchedule, type ScheduleTimes } from './schedule-expression.ts';
import type { ScheduleRunner, TimedTask } from './schedule-runner.ts';

interface RegistryOptions {
  readonly store: EventStore;
  readonly queue: DeliveryQueue;
  readonly runner: ScheduleRunner;
  readonly clock: LocalClock;
  readonly place: Place;
}

/** The schedules of EventBridge Scheduler. */
export class ScheduleRegistry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Takes up what is stored. Those that deleted themselves before stay deleted. */
  load(): void {
    const { store, runner } = this.#options;
    for (const schedule of store.schedules()) {
      this.#activate(schedule);
      if (schedule.deletesItself && runner.hasCompleted(schedule.arn)) store.removeSchedule(schedule.name);
    }
  }

  all(): readonly StoredSchedule[] {
    return this.#options.store.schedules();
  }

  find(name: string): StoredSchedule | undefined {
    return this.#options.store.findSchedule(name);
  }

  /** @throws Error that names the schedule which uses what is not supported here. */
  put(schedule: ScheduleConfig, owner: Owner): void {
    const { store, clock, runner } = this.#options;
    store.transaction(() => {
      const known = store.findSchedule(schedule.name);
      // One of the same name may have deleted itself: its times are not this one's.
      if (known === undefined) runner.remove(schedule.arn);
      const createdAt = known?.createdAt ?? clock();
      const stored = { ...schedule, createdAt, modifiedAt: clock() };
      store.putSchedule(stored, owner);
      this.#activate(stored);
    });
  }

  remove({ name, arn }: ScheduleConfig): void {
    this.#options.store.transaction(() => {
      this.#options.store.removeSchedule(name);
      this.#options.runner.remove(arn);
    });
  }

  #activate(schedule: ScheduleConfig): void {
    const task = this.#taskOf(schedule);
    if (schedule.isEnabled) this.#options.runner.put(task);
    else this.#options.runner.remove(schedule.arn);
  }

  #taskOf(schedule: ScheduleConfig): TimedTask {
    const { arn, name, expression, zone, startMs, endMs, deletesItself } = schedule;
    const [times, retryPolicy] = compileSchedule(schedule);
    return {
      key: arn,
      definition: [expression, zone, startMs ?? '', endMs ?? ''].join(' '),
      start: (nowMs) => firstTime(times, schedule, nowMs),
      next: (afterMs, anchorMs) => within(times, endMs, times.next(afterMs, anchorMs)),
      maximumAgeMs: retryPolicy.maximumEventAgeSeconds * 1_000,
      fire: (scheduledMs, dueMs) => this.#fire(schedule, scheduledMs, dueMs),
      complete: () => {
        // The timer stays, or the next start of the same template would fire it again.
        if (deletesItself) this.#options.store.removeSchedule(name);
      },
    };
  }

  #fire(schedule: ScheduleConfig, scheduledMs: number, dueMs: number): void {
    const { arn, target, windowMinutes } = schedule;
    // Somewhere in the window: a second of it is as good as any other.
    const dueAt = dueMs + (windowMinutes === undefined ? 0 : randomInt(windowMinutes * 60) * 1_000);
    this.#options.queue.add({
      target: {
        arn: target.Arn,
        caller: { kind: 'role', arn: target.RoleArn },
        origin: { kind: 'schedule', arn, scheduledAt: scheduledMs },
        retryPolicy: retryPolicyOf(target),
      },
      payload: target.Input ?? defaultInput(arn, scheduledMs, this.#options.place),
      ...{ acceptedAt: dueAt, dueAt },
    });
  }
}

/** @throws Error that names the schedule which uses what is not supported here. */
const compileSchedule = (schedule: ScheduleConfig) => {
  const { name, expression, zone, target } = schedule;
  try {
    const kind = requireTargetKind(target.Arn);
    const isJsonNeeded = kind === 'function' || kind === 'state-machine';
    if (isJsonNeeded && target.Input !== undefined) JSON.parse(target.Input);
    return [parseSchedule(expression, zone), retryPolicyOf(target)] as const;
  } catch (cause) {
    throw new Error(`Schedule ${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

/** A one-off time that is past is due at once; start and end do not apply to it. */
const firstTime = (times: ScheduleTimes, { startMs, endMs }: ScheduleConfig, nowMs: number) => {
  if (times.kind === 'at') return { firstMs: times.next(Number.NEGATIVE_INFINITY, nowMs), anchorMs: nowMs };
  const anchorMs = startMs ?? nowMs;
  // A rate begins with its start itself; without one, at once.
  const isRateAhead = times.kind === 'rate' && anchorMs >= nowMs;
  const firstMs = isRateAhead ? anchorMs : times.next(Math.max(nowMs, (startMs ?? 0) - 1), anchorMs);
  return { firstMs: within(times, endMs, firstMs), anchorMs };
};

const within = (times: ScheduleTimes, endMs: number | undefined, timeMs: number | undefined) =>
  timeMs !== undefined && endMs !== undefined && times.kind !== 'at' && timeMs > endMs ? undefined : timeMs;

/** What a target without an Input receives; its detail is text. */
const defaultInput = (arn: string, timeMs: number, { region, accountId }: Place): string =>
  JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: accountId,
    time: toSeconds(timeMs),
    region,
    resources: [arn],
    detail: '{}',
  });
