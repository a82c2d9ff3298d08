import { setImmediate } from 'node:timers/promises';
import type { LocalClock } from '../services.ts';
import { Alarm, type StartTimer } from './alarm.ts';
import { refuse } from './api/errors.ts';
import { makeBaseMachineArn } from './arns.ts';
import { Effects } from './effects.ts';
import type { Connections } from './integrations.ts';
import { updateMapRun } from './interpreter/map-run.ts';
import { guard, runThread } from './interpreter/run.ts';
import { beatTask, settleTask, type TaskOutcome } from './interpreter/task.ts';
import type { Turn } from './interpreter/turn.ts';
import { abortExecution, timeOutExecution, wakeThread } from './interpreter/wake.ts';
import { Mailbox } from './mailbox.ts';
import type { MapRunWork } from './map-run-work.ts';
import type { Execution, ExecutionRecord, MapRun, Thread } from './records.ts';
import type { Starts } from './starts.ts';
import type { Store } from './store/store.ts';
import { readTaskToken } from './task-token.ts';
import type { TurnTaker } from './turn-taker.ts';

export interface ExecutorOptions {
  readonly store: Store;
  readonly starts: Starts;
  readonly turns: TurnTaker;
  readonly connections: Connections;
  readonly work: MapRunWork;
  readonly clock: LocalClock;
  readonly startTimer: StartTimer;
  /** Called after each commit: there may be events to deliver. */
  readonly onCommit: () => void;
  /** Called when a task was handed over to somebody who will answer with its token. */
  readonly onHandedOver: () => void;
}

/**
 * Runs executions: takes turns and, once they are stored, lets their effects happen. All that it knows is in
 * the store, so `resume` goes on after a restart where the last committed turn left off.
 */
export class Executor {
  readonly #store: Store;
  readonly #options: ExecutorOptions;
  readonly #effects: Effects;
  readonly #mailbox = new Mailbox((executionId) => this.#runNextThread(executionId));
  readonly #alarm: Alarm;
  #isClosing = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#store = options.store;
    const jobs = {
      spawn: (executionId: number, job: () => Promise<void>) => this.#spawn(executionId, job),
      settle: (id: number, threadId: string, use: (turn: Turn, thread: Thread) => Promise<void>) =>
        this.#settle(id, threadId, use),
      abort: (executionId: number) => this.#abort(executionId, {}),
      isClosing: () => this.#isClosing,
    };
    this.#effects = new Effects({ ...options, jobs });
    this.#alarm = new Alarm({
      clock: options.clock,
      startTimer: options.startTimer,
      nextDue: () => this.#store.nextDue(),
      ring: () => void this.#wakeDueExecutions(),
    });
  }

  /** Throws an ApiError for what StartExecution would refuse. */
  start(request: Parameters<Starts['plan']>[0]): ExecutionRecord {
    const plan = this.#options.starts.plan(request);
    if (plan.kind === 'existing') {
      return plan.execution;
    }
    const id = this.#store.start(plan);
    this.#options.onCommit();
    this.#wake(id);
    return this.#store.executions.get(id) as ExecutionRecord;
  }

  /** Resolves with the time of the stop. An execution that has ended before stays as it is. */
  async stop(execution: Execution, failure: { error?: string; cause?: string }): Promise<number> {
    await this.#enqueue(execution.id, () => this.#abort(execution.id, failure));
    return this.#store.executions.get(execution.id)?.stoppedAt ?? this.#options.clock();
  }

  /** SendTaskSuccess and SendTaskFailure: resolves once the outcome is stored. */
  async answerTask(token: string, outcome: TaskOutcome): Promise<void> {
    await this.#useToken(token, (turn, thread) => {
      turn.isAnswered = true;
      return settleTask(turn, thread, outcome);
    });
  }

  async beat(token: string): Promise<void> {
    await this.#useToken(token, async (turn, thread) => beatTask(turn, thread));
  }

  /** UpdateMapRun. Returns false when the run has ended. */
  updateMapRun({ arn, executionId }: MapRun, changes: Parameters<typeof updateMapRun>[3]): Promise<boolean> {
    return this.#enqueue(executionId, async () => {
      const mapRun = this.#store.mapRuns.get(arn);
      if (mapRun.status !== 'RUNNING') {
        return false;
      }
      await this.#settle(executionId, mapRun.threadId, (turn, thread) =>
        updateMapRun(turn, thread, mapRun, changes),
      );
      return true;
    });
  }

  /** Goes on with every execution that was running when the process ended. */
  resume(): void {
    for (const execution of this.#store.executions.listRunning()) {
      const calls = this.#store.threads.inPhase(execution.id, 'task');
      this.#spawn(execution.id, () => this.#effects.resume(execution, calls));
    }
    this.#alarm.set();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#alarm.stop();
    await this.#mailbox.drain();
  }

  /** A job first lets happen whatever is due: what comes too late must not win because its timer is slow. */
  #enqueue<Result>(executionId: number, job: () => Promise<Result>): Promise<Result> {
    return this.#mailbox.enqueue(executionId, async () => {
      await this.#wakeDueThreads(executionId);
      return job();
    });
  }

  #spawn(executionId: number, job: () => Promise<void>): void {
    this.#enqueue(executionId, job).catch((error: Error) => process.emitWarning(error));
  }

  #wake(executionId: number): void {
    this.#spawn(executionId, async () => undefined);
  }

  async #take(executionId: number, work: (turn: Turn) => Promise<void>): Promise<void> {
    const taken = await this.#options.turns.take(executionId, work, () => this.#isClosing);
    if (taken === undefined) {
      return;
    }
    const { turn, startedIds } = taken;
    this.#options.onCommit();
    for (const startedId of startedIds) {
      this.#wake(startedId);
    }
    for (const effect of turn.effects) {
      this.#effects.carryOut(turn.execution, effect);
    }
    if (turn.outcome !== undefined) {
      this.#effects.reportEnd(turn.execution);
    }
    if (turn.events.some(({ type }) => type === 'TaskSubmitted')) {
      this.#options.onHandedOver();
    }
    this.#alarm.set();
  }

  async #useToken(token: string, use: (turn: Turn, thread: Thread) => Promise<void>): Promise<void> {
    const content = readTaskToken(token);
    if (content === undefined) {
      throw refuse('InvalidToken', 'Invalid token');
    }
    const { executionId, threadId } = content;
    if (this.#store.executions.get(executionId) === undefined) {
      throw refuse('TaskDoesNotExist', 'The execution of this task is not known here');
    }
    await this.#enqueue(executionId, async () => {
      const phase = this.#store.threads.get(executionId, threadId)?.phase;
      if (phase?.kind !== 'task' || phase.token !== token) {
        throw refuse('TaskTimedOut', 'Provided task does not exist anymore');
      }
      await this.#settle(executionId, threadId, use);
    });
  }

  #settle(
    executionId: number,
    threadId: string,
    use: (turn: Turn, thread: Thread) => Promise<void>,
  ): Promise<void> {
    return this.#take(executionId, (turn) => {
      const thread = turn.thread(threadId);
      return guard(turn, thread, () => use(turn, thread));
    });
  }

  #abort(executionId: number, failure: { error?: string; cause?: string }): Promise<void> {
    return this.#take(executionId, async (turn) => abortExecution(turn, failure));
  }

  /**
   * Takes one step of one thread, and queues up for the next: in between a workflow that loops without
   * waiting can be stopped, and the service answers.
   */
  async #runNextThread(executionId: number): Promise<void> {
    try {
      const thread = this.#isClosing ? undefined : this.#store.threads.nextRunnable(executionId);
      if (thread !== undefined) {
        await this.#take(executionId, (turn) => this.#step(turn, thread));
        await setImmediate();
        this.#wake(executionId);
      }
    } catch (error) {
      process.emitWarning(error as Error);
    }
  }

  /**
   * As AWS does it, an execution of a state machine that is being deleted ends where it would enter a state.
   */
  async #step(turn: Turn, thread: Thread): Promise<void> {
    const machine = this.#store.machines.find(makeBaseMachineArn(turn.execution.machineArn));
    if (machine?.status === 'DELETING' && thread.phase.kind === 'enter') {
      abortExecution(turn, {});
    } else {
      await runThread(turn, thread);
    }
  }

  async #wakeDueExecutions(): Promise<void> {
    const due = this.#store.dueExecutions(this.#options.clock());
    const awake = due.map((id) =>
      this.#enqueue(id, async () => undefined).catch((error: Error) => process.emitWarning(error)),
    );
    await Promise.all(awake);
    if (!this.#isClosing) {
      this.#alarm.set();
    }
  }

  async #wakeDueThreads(executionId: number): Promise<void> {
    while (!this.#isClosing) {
      const now = this.#options.clock();
      const execution = this.#store.executions.get(executionId);
      if (execution?.status === 'RUNNING' && execution.timesOutAt <= now) {
        await this.#take(executionId, async (turn) => timeOutExecution(turn));
        return;
      }
      const thread = this.#store.threads.nextDue(executionId, now);
      if (thread === undefined) {
        return;
      }
      await this.#take(executionId, (turn) => wakeThread(turn, thread));
    }
  }
}
