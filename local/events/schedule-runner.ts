import type { LocalClock } from '../services.ts';
import type { EventStore, StoredSchedule } from './event-store.ts';
import { parseSchedule, type ScheduleTimes } from './schedule-expression.ts';

/** Something that happens by time. */
export interface TimedTask {
  /** The same at every start. */
  readonly key: string;
  readonly expression: string;
  readonly zone: string;
  /** Stores what is to be delivered. Runs within a transaction of the store. */
  readonly fire: (scheduledMs: number) => void;
}

/**
 * Fires tasks when they are due. What was missed while nothing ran fires once, for its first missed time; the
 * times after that are skipped. (AWS does not pause, so it has no rule for this.)
 */
export class ScheduleRunner {
  readonly #store: EventStore;
  readonly #clock: LocalClock;
  readonly #tasks = new Map<string, { readonly task: TimedTask; readonly times: ScheduleTimes }>();
  #stored: readonly StoredSchedule[] = [];

  /** @throws Error that names the schedule whose expression is not supported. */
  constructor(store: EventStore, clock: LocalClock, tasks: readonly TimedTask[]) {
    this.#store = store;
    this.#clock = clock;
    for (const task of tasks) this.#tasks.set(task.key, { task, times: parseTimes(task) });
    store.transaction(() => this.#align());
  }

  /** Fires what is due, each together with its next time: a crash repeats nothing and loses nothing. */
  fireDue(): void {
    const nowMs = this.#clock();
    const due = this.#stored.filter(({ nextMs }) => nextMs !== undefined && nextMs <= nowMs);
    if (due.length === 0) return;
    for (const schedule of due) this.#store.transaction(() => this.#fire(schedule, nowMs));
    this.#stored = this.#store.schedules();
  }

  #fire({ nextMs, ...schedule }: StoredSchedule, nowMs: number): void {
    const entry = this.#tasks.get(schedule.key);
    if (entry === undefined || nextMs === undefined) return;
    entry.task.fire(nextMs);
    this.#put(schedule, entry.times.next(nowMs, schedule.anchorMs));
  }

  /** Schedules that are new or changed start now, those that are gone are forgotten, the others go on. */
  #align(): void {
    const known = new Map(this.#store.schedules().map((schedule) => [schedule.key, schedule]));
    for (const { task, times } of this.#tasks.values()) {
      const definition = `${task.expression} ${task.zone}`;
      const isKnown = known.get(task.key)?.definition === definition;
      known.delete(task.key);
      if (isKnown) continue;
      const anchorMs = this.#clock();
      this.#put({ key: task.key, definition, anchorMs }, times.next(anchorMs, anchorMs));
    }
    for (const key of known.keys()) this.#store.removeSchedule(key);
    this.#stored = this.#store.schedules();
  }

  #put(schedule: Omit<StoredSchedule, 'nextMs'>, nextMs: number | undefined): void {
    this.#store.putSchedule({ ...schedule, ...(nextMs !== undefined && { nextMs }) });
  }
}

const parseTimes = (task: TimedTask): ScheduleTimes => {
  try {
    return parseSchedule(task.expression, task.zone);
  } catch (cause) {
    throw new Error(`Schedule ${task.key}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};
