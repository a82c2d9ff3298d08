import type { LocalClock } from '../services.ts';
import type { EventStore, StoredTimer } from './event-store.ts';

/** Something that happens by time. */
export interface TimedTask {
  /** The same at every start. */
  readonly key: string;
  /** What its times are made of: when this changes, the task starts anew. */
  readonly definition: string;
  /** The first time of a task that starts now, and what its later times count from. */
  start(nowMs: number): { readonly firstMs: number | undefined; readonly anchorMs: number };
  next(afterMs: number, anchorMs: number): number | undefined;
  /** How late it still makes sense to fire. */
  readonly maximumAgeMs: number;
  /**
   * Stores what is to be delivered, its age counted from `dueMs`: later than the scheduled time only where that was
   * past when the task began. Runs within a transaction of the store.
   */
  fire(scheduledMs: number, dueMs: number): void;
  /** There will be no other time. Runs within the same transaction. */
  complete?(): void;
}

/**
 * Fires tasks when they are due. What was missed while nothing ran fires once: for the first missed time that is
 * not too old, or, when all are, for the first of all, which then ends as a dead letter.
 */
export class ScheduleRunner {
  readonly #store: EventStore;
  readonly #clock: LocalClock;
  readonly #tasks = new Map<string, TimedTask>();
  readonly #timers = new Map<string, StoredTimer>();

  constructor(store: EventStore, clock: LocalClock) {
    this.#store = store;
    this.#clock = clock;
    for (const timer of store.timers()) this.#timers.set(timer.key, timer);
  }

  /** Within a transaction of the store. A task that is known by the same definition goes on. */
  put(task: TimedTask): void {
    this.#tasks.set(task.key, task);
    if (this.#timers.get(task.key)?.definition === task.definition) return;
    const { firstMs, anchorMs } = task.start(this.#clock());
    this.#putTimer({ key: task.key, definition: task.definition, anchorMs }, firstMs);
  }

  /** Within a transaction of the store. */
  remove(key: string): void {
    this.#tasks.delete(key);
    this.#timers.delete(key);
    this.#store.removeTimer(key);
  }

  /** Forgets the times of tasks that were not put again. */
  removeOthers(): void {
    for (const key of [...this.#timers.keys()]) if (!this.#tasks.has(key)) this.remove(key);
  }

  hasCompleted(key: string): boolean {
    const timer = this.#timers.get(key);
    return timer !== undefined && timer.nextMs === undefined;
  }

  /** Fires what is due, each together with its next time: a crash repeats nothing and loses nothing. */
  fireDue(): void {
    const nowMs = this.#clock();
    for (const timer of [...this.#timers.values()]) {
      const task = this.#tasks.get(timer.key);
      if (task === undefined || timer.nextMs === undefined || timer.nextMs > nowMs) continue;
      try {
        this.#store.transaction(() => this.#fire(task, timer, nowMs));
      } catch (error) {
        // It was not stored that it fired: it is still due.
        this.#timers.set(timer.key, timer);
        throw error;
      }
    }
  }

  #fire(task: TimedTask, { nextMs = 0, ...timer }: StoredTimer, nowMs: number): void {
    const oldestMs = nowMs - task.maximumAgeMs;
    const isTooOld = Math.max(nextMs, timer.anchorMs) < oldestMs;
    const later = isTooOld ? task.next(oldestMs - 1, timer.anchorMs) : undefined;
    const scheduledMs = later !== undefined && later <= nowMs ? later : nextMs;
    task.fire(scheduledMs, Math.max(scheduledMs, timer.anchorMs));
    const following = task.next(nowMs, timer.anchorMs);
    this.#putTimer(timer, following);
    if (following === undefined) task.complete?.();
  }

  #putTimer(timer: Omit<StoredTimer, 'nextMs'>, nextMs: number | undefined): void {
    const stored = { ...timer, ...(nextMs !== undefined && { nextMs }) };
    this.#timers.set(timer.key, stored);
    this.#store.putTimer(stored);
  }
}
