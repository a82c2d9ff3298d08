import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { untilNothingIsCompressed } from './compressing.ts';
import type { Random } from './random.ts';

export type TaskEnd<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'failed'; readonly error: unknown }
  /** It was killed between two calls, or while one was under way: nobody hears of it again. */
  | { readonly outcome: 'crashed' };

/** What may happen to a task beside its own work, each for one call of a port. */
export interface Weather {
  readonly crashes: number;
  /** The answer is a while in coming; for a Lambda minutes, for a gateway that is frozen days. */
  readonly delays: number;
}

export type TaskKind = 'lambda' | 'gateway';

const minute = 60_000;
/** Lambda ends what runs longer; a gateway that hangs stays. */
const longestDelay = { lambda: 12 * minute, gateway: 3 * 24 * 60 * minute } as const;

interface Waiting {
  /** For the trace. */
  readonly label: () => string;
  readonly dueAt: number;
  readonly task?: Task;
  go(): Promise<void>;
}

/**
 * Runs tasks one step at a time. A step is one call of a port with all that its task does until the next one; which task
 * goes on is chosen by the seed. So every interleaving of calls can come up, and the same seed gives the same.
 */
export class Scheduler {
  /** True time, which is also S3's. Milliseconds. */
  now: number;
  steps = 0;
  weather: Weather = { crashes: 0, delays: 0 };
  /** Called after each call of a port, before its caller hears of it. */
  afterCall: (task: Task, method: string) => Promise<void> = async () => {};
  /** What happened, line by line; absent when nobody wants to know, for it costs more than the steps. */
  trace: string[] | undefined;
  readonly #random: Random;
  #waiting: Waiting[] = [];
  #tasks = 0;

  constructor(random: Random, start: number) {
    this.#random = random;
    this.now = start;
  }

  get random(): Random {
    return this.#random;
  }

  /** Starts a task; its first step is scheduled like any other. */
  run<T>(name: string, kind: TaskKind, body: (task: Task) => Promise<T>): Promise<TaskEnd<T>> {
    const task = new Task(this, `${name}#${++this.#tasks}`, kind);
    return new Promise((resolve) => {
      task.onCrash = () => resolve({ outcome: 'crashed' });
      this.wait({
        label: () => `${task.name} starts`,
        dueAt: this.now,
        task,
        go: async () => {
          const paused = task.untilItPauses();
          body(task).then(
            (value) => task.end(() => resolve({ outcome: 'done', value })),
            (error: unknown) => task.end(() => resolve({ outcome: 'failed', error })),
          );
          await paused;
        },
      });
    });
  }

  /** For what happens outside of tasks: people, schedules, gateways between two attempts. */
  sleep(millis: number): Promise<void> {
    return new Promise((resolve) => {
      this.wait({ label: () => 'time passes', dueAt: this.now + millis, go: async () => resolve() });
    });
  }

  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  note(line: () => string): void {
    this.trace?.push(`${String(this.steps).padStart(5)} ${new Date(this.now).toISOString()} ${line()}`);
  }

  /** Lets one of those that are due go on; false when nothing is left. */
  async step(): Promise<boolean> {
    if (this.#waiting.length === 0) return false;
    let due = this.#dueNow();
    if (due.length === 0) {
      this.now = Math.min(...this.#waiting.map(({ dueAt }) => dueAt));
      due = this.#dueNow();
    }
    const chosen = this.#random.pick(due);
    if (chosen === undefined) return false;
    this.#waiting.splice(this.#waiting.indexOf(chosen), 1);
    this.steps++;
    this.now += this.#random.below(400);
    if (chosen.task === undefined || !chosen.task.isDead) {
      this.note(chosen.label);
      await chosen.go();
      // Who waited for the end of a task, or for a time, goes on now and says what comes next.
      if (chosen.task === undefined || chosen.task.hasEnded) await this.settle();
    }
    return true;
  }

  /** Until what goes on outside of tasks has come to where it waits. */
  async settle(): Promise<void> {
    await turnOfTheLoop();
  }

  /** The same, where it may be compressing or expanding. */
  async settleWithThreads(): Promise<void> {
    await untilNothingIsCompressed();
  }

  #dueNow(): Waiting[] {
    return this.#waiting.filter(({ dueAt }) => dueAt <= this.now);
  }

  /** When a call that is made now goes on. */
  chooseDelay(kind: TaskKind): number {
    return this.#random.chance(this.weather.delays) ? this.#random.below(longestDelay[kind]) : 0;
  }

  chooseCrash(): 'before' | 'after' | undefined {
    if (!this.#random.chance(this.weather.crashes)) return undefined;
    return this.#random.chance(0.5) ? 'before' : 'after';
  }
}

/** Something that calls ports: a Lambda's invocation, or a gateway's attempt at something. */
export class Task {
  readonly name: string;
  readonly kind: TaskKind;
  /** Nobody waits for it. */
  isScheduled = false;
  isDead = false;
  hasEnded = false;
  onCrash: () => void = () => {};
  readonly #scheduler: Scheduler;
  #pauses: () => void = () => {};
  /** Calls that the task made at once go one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;

  constructor(scheduler: Scheduler, name: string, kind: TaskKind) {
    this.#scheduler = scheduler;
    this.name = name;
    this.kind = kind;
  }

  /** Makes a call of a port a step of its own. */
  call<T>(method: string, args: readonly unknown[], call: () => Promise<T>): Promise<T> {
    const schedule = () => this.#schedule(method, args, call);
    if (this.#underWay++ === 0) return schedule();
    return this.#last.then(schedule, schedule);
  }

  untilItPauses(): Promise<void> {
    return new Promise((resolve) => {
      this.#pauses = resolve;
    });
  }

  end(report: () => void): void {
    if (this.isDead) return;
    this.hasEnded = true;
    report();
    this.#pauses();
  }

  #schedule<T>(method: string, args: readonly unknown[], call: () => Promise<T>): Promise<T> {
    const scheduler = this.#scheduler;
    const made = new Promise<T>((resolve, reject) => {
      const go = async () => {
        const crash = scheduler.chooseCrash();
        if (crash === 'before') return this.#die();
        const answer = await call().then(
          (value) => () => resolve(value),
          (error: unknown) => () => {
            scheduler.note(() => `  ${this.name} gets ${String(error)}`);
            reject(error);
          },
        );
        await scheduler.afterCall(this, method);
        if (crash === 'after') return this.#die();
        this.#underWay--;
        const paused = this.untilItPauses();
        answer();
        // Of calls made at once the next one waits already, and the task need not come to another; nor one that has failed
        // without waiting for all of them.
        await (this.#underWay > 0 || this.hasEnded ? scheduler.settleWithThreads() : paused);
      };
      const dueAt = scheduler.now + scheduler.chooseDelay(this.kind);
      const label = () => `${this.name}: ${method}(${describe(args)})`;
      scheduler.wait({ label, dueAt, task: this, go });
    });
    this.#last = made.catch(() => {});
    this.#pauses();
    return made;
  }

  #die(): void {
    this.#scheduler.note(() => `  ${this.name} dies`);
    this.isDead = true;
    this.hasEnded = true;
    this.onCrash();
  }
}

const describe = (args: readonly unknown[]): string =>
  args
    .map((value) => (value instanceof Uint8Array ? `${value.length} bytes` : (JSON.stringify(value) ?? '')))
    .join(', ')
    .slice(0, 200);
