import { setImmediate } from 'node:timers/promises';
import type { LocalClock } from '../services.ts';
import { Alarm, type StartTimer } from './alarm.ts';
import { refuse } from './api/errors.ts';
import { type Home, makeExecutionArn } from './arns.ts';
import { type Connections, performTask } from './integrations.ts';
import { advanceMapRun } from './interpreter/map-run.ts';
import { guard, runThread } from './interpreter/run.ts';
import { beatTask, settleCall, settleTask, type TaskOutcome } from './interpreter/task.ts';
import type { Effect, Turn } from './interpreter/turn.ts';
import { abortExecution, timeOutExecution, wakeThread } from './interpreter/wake.ts';
import { Mailbox } from './mailbox.ts';
import type { Execution, ExecutionRecord, TaskPhase, Thread } from './records.ts';
import type { Machine } from './store/machine-store.ts';
import { MAX_EXECUTION_MILLISECONDS, type Store } from './store/store.ts';
import { readTaskToken } from './task-token.ts';
import type { TurnTaker } from './turn-taker.ts';

export interface ExecutorOptions {
  readonly store: Store;
  readonly turns: TurnTaker;
  readonly home: Home;
  readonly connections: Connections;
  readonly clock: LocalClock;
  readonly startTimer: StartTimer;
}

/**
 * Runs executions: takes turns and, once they are stored, lets their effects happen. All that it knows is in
 * the store, so `resume` goes on after a restart where the last committed turn left off.
 */
export class Executor {
  readonly #store: Store;
  readonly #options: ExecutorOptions;
  readonly #mailbox = new Mailbox((executionId) => this.#runNextThread(executionId));
  readonly #alarm: Alarm;
  #isClosing = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#alarm = new Alarm({
      clock: options.clock,
      startTimer: options.startTimer,
      nextDue: () => this.#store.nextDue(),
      ring: () => void this.#wakeDueExecutions(),
    });
  }

  /** Idempotent while the execution runs: the same name with the same input is the same execution. */
  start(machine: Machine, name: string, input: string): ExecutionRecord {
    const arn = makeExecutionArn(this.#options.home, machine.name, name);
    const existing = this.#store.executions.find(arn);
    if (existing !== undefined) {
      if (existing.status === 'RUNNING' && existing.input === input) {
        return existing;
      }
      throw refuse('ExecutionAlreadyExists', arn);
    }
    const { startAt, timeoutSeconds } = this.#options.turns.machine(machine.definitionHash);
    const startedAt = this.#options.clock();
    const milliseconds = Math.min(
      (timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000,
      MAX_EXECUTION_MILLISECONDS,
    );
    const id = this.#store.start(
      {
        arn,
        name,
        machineArn: machine.arn,
        machineName: machine.name,
        roleArn: machine.roleArn,
        definitionHash: machine.definitionHash,
        input,
        startedAt,
        timesOutAt: startedAt + milliseconds,
        mapRunArn: null,
        position: null,
        itemCount: null,
      },
      startAt,
    );
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
    await this.#useToken(token, (turn, thread) => settleTask(turn, thread, outcome));
  }

  async beat(token: string): Promise<void> {
    await this.#useToken(token, async (turn, thread) => beatTask(turn, thread));
  }

  /** Goes on with every execution that was running when the process ended. */
  resume(): void {
    for (const execution of this.#store.executions.listRunning()) {
      const calls = this.#store.threads.inPhase(execution.id, 'task');
      this.#spawn(execution.id, () => this.#resumeExecution(execution, calls));
    }
    this.#alarm.set();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#alarm.stop();
    await this.#mailbox.drain();
  }

  async #resumeExecution(execution: Execution, calls: readonly Thread[]): Promise<void> {
    const { id, mapRunArn } = execution;
    if (mapRunArn !== null && this.#store.mapRuns.get(mapRunArn).status !== 'RUNNING') {
      await this.#abort(id, {});
    }
    for (const { id: threadId, phase } of calls) {
      // Not those that timed out meanwhile (judged by the stored times), nor those that only await a token.
      if (phase.kind === 'task' && !phase.isSubmitted && this.#isCurrent(id, threadId, phase)) {
        this.#perform(execution, threadId, phase);
      }
    }
    for (const { phase } of this.#store.threads.inPhase(id, 'map-run')) {
      if (phase.kind === 'map-run') {
        await this.#advanceMapRun(id, phase.mapRunArn);
      }
    }
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
    const { turn, childIds } = taken;
    for (const childId of childIds) {
      this.#wake(childId);
    }
    for (const effect of turn.effects) {
      this.#carryOut(turn.execution, effect);
    }
    if (turn.outcome !== undefined && turn.execution.mapRunArn !== null) {
      this.#reportToMapRun(turn.execution.mapRunArn);
    }
    this.#alarm.set();
  }

  #carryOut(execution: Execution, effect: Effect): void {
    if (effect.kind === 'perform-task') {
      this.#perform(execution, effect.threadId, effect.task);
      return;
    }
    for (const childId of this.#store.mapRuns.runningChildren(effect.mapRunArn)) {
      this.#spawn(childId, () => this.#abort(childId, {}));
    }
  }

  #perform(execution: Execution, threadId: string, task: TaskPhase): void {
    void performTask(task, execution, this.#options.connections).then((outcome) => {
      this.#spawn(execution.id, async () => {
        if (this.#isCurrent(execution.id, threadId, task)) {
          await this.#settle(execution.id, threadId, (turn, thread) => settleCall(turn, thread, outcome));
        }
      });
    });
  }

  #isCurrent(executionId: number, threadId: string, task: TaskPhase): boolean {
    if (this.#isClosing) {
      return false;
    }
    const phase = this.#store.threads.get(executionId, threadId)?.phase;
    return phase?.kind === 'task' && phase.attempt === task.attempt;
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

  #reportToMapRun(mapRunArn: string): void {
    const { executionId } = this.#store.mapRuns.get(mapRunArn);
    this.#spawn(executionId, () => this.#advanceMapRun(executionId, mapRunArn));
  }

  async #advanceMapRun(executionId: number, mapRunArn: string): Promise<void> {
    const mapRun = this.#store.mapRuns.get(mapRunArn);
    if (mapRun.status === 'RUNNING' && !this.#isClosing) {
      await this.#settle(executionId, mapRun.threadId, (turn, thread) => advanceMapRun(turn, thread, mapRun));
    }
  }

  #abort(executionId: number, failure: { error?: string; cause?: string }): Promise<void> {
    return this.#take(executionId, async (turn) => abortExecution(turn, failure));
  }

  /**
   * Takes one step of one thread, and queues up for the next: in between a workflow that loops without waiting
   * can be stopped, and the service answers.
   */
  async #runNextThread(executionId: number): Promise<void> {
    try {
      const thread = this.#isClosing ? undefined : this.#store.threads.nextRunnable(executionId);
      if (thread !== undefined) {
        await this.#take(executionId, (turn) => runThread(turn, thread));
        await setImmediate();
        this.#wake(executionId);
      }
    } catch (error) {
      process.emitWarning(error as Error);
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
