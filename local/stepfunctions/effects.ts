import { type Connections, performTask } from './integrations.ts';
import { settleWriting } from './interpreter/map-end.ts';
import { advanceMapRun, settleReading } from './interpreter/map-run.ts';
import { settleNested, startNested } from './interpreter/nested.ts';
import { settleCall } from './interpreter/task.ts';
import type { Effect, Turn } from './interpreter/turn.ts';
import type { MapRunWork } from './map-run-work.ts';
import type { Execution, MapRun, TaskPhase, Thread } from './records.ts';
import type { Store } from './store/store.ts';

/** What effects need of the executor: jobs that run in the order of each execution, and turns. */
export interface Jobs {
  spawn(executionId: number, job: () => Promise<void>): void;
  /** Takes a turn on a thread; what fails in it is the failure of its state. */
  settle(
    executionId: number,
    threadId: string,
    use: (turn: Turn, thread: Thread) => Promise<void>,
  ): Promise<void>;
  abort(executionId: number): Promise<void>;
  isClosing(): boolean;
}

/** Carries out what turns decided, once they are stored, and brings back what came of it. */
export class Effects {
  readonly #store: Store;
  readonly #jobs: Jobs;
  readonly #connections: Connections;
  readonly #work: MapRunWork;

  constructor(options: { store: Store; jobs: Jobs; connections: Connections; work: MapRunWork }) {
    this.#store = options.store;
    this.#jobs = options.jobs;
    this.#connections = options.connections;
    this.#work = options.work;
  }

  carryOut(execution: Execution, effect: Effect): void {
    switch (effect.kind) {
      case 'perform-task':
        this.#perform(execution, effect.threadId, effect.task);
        return;
      case 'stop-children':
        for (const childId of this.#store.mapRuns.runningChildren(effect.mapRunArn)) {
          this.#jobs.spawn(childId, () => this.#jobs.abort(childId));
        }
        return;
      case 'read-items':
        this.#readItems(this.#store.mapRuns.get(effect.mapRunArn));
        return;
      case 'write-results':
        this.#writeResults(this.#store.mapRuns.get(effect.mapRunArn));
        return;
      case 'await-execution':
        this.#tellAwaiting(effect.executionArn);
        return;
      case 'stop-execution': {
        const nested = this.#store.executions.find(effect.executionArn);
        if (nested?.status === 'RUNNING') {
          this.#jobs.spawn(nested.id, () => this.#jobs.abort(nested.id));
        }
      }
    }
  }

  /** Goes on with what was under way when the process ended. `calls` are the tasks from before the start. */
  async resume(execution: Execution, calls: readonly Thread[]): Promise<void> {
    const { id, mapRunArn } = execution;
    if (mapRunArn !== null && isOver(this.#store.mapRuns.get(mapRunArn))) {
      await this.#jobs.abort(id);
    }
    for (const { id: threadId, phase } of calls) {
      // Not those that timed out meanwhile (judged by the stored times), nor those that only await a token.
      if (phase.kind !== 'task' || !this.#isCurrent(id, threadId, phase)) {
        continue;
      }
      if (phase.awaits !== undefined) {
        this.#tellAwaiting(phase.awaits);
      } else if (!phase.isSubmitted) {
        this.#perform(execution, threadId, phase);
      }
    }
    for (const { phase } of this.#store.threads.inPhase(id, 'map-run')) {
      if (phase.kind === 'map-run') {
        await this.#resumeMapRun(this.#store.mapRuns.get(phase.mapRunArn));
      }
    }
  }

  /** An execution has ended: its Map run goes on, and so do the tasks that wait for it. */
  reportEnd(execution: Execution): void {
    const { arn, mapRunArn } = execution;
    if (mapRunArn !== null) {
      const { executionId } = this.#store.mapRuns.get(mapRunArn);
      this.#jobs.spawn(executionId, () => this.#advance(mapRunArn));
    }
    this.#tellAwaiting(arn);
  }

  #perform(execution: Execution, threadId: string, task: TaskPhase): void {
    const settle = (use: (turn: Turn, thread: Thread) => Promise<void>) =>
      this.#jobs.spawn(execution.id, async () => {
        if (this.#isCurrent(execution.id, threadId, task)) {
          await this.#jobs.settle(execution.id, threadId, use);
        }
      });
    if (task.resource.kind === 'start-execution') {
      settle(startNested);
      return;
    }
    void performTask(task, execution, this.#connections).then((outcome) =>
      settle((turn, thread) => settleCall(turn, thread, outcome)),
    );
  }

  #isCurrent(executionId: number, threadId: string, task: TaskPhase): boolean {
    if (this.#jobs.isClosing()) {
      return false;
    }
    const phase = this.#store.threads.get(executionId, threadId)?.phase;
    return phase?.kind === 'task' && phase.attempt === task.attempt;
  }

  #tellAwaiting(executionArn: string): void {
    const nested = this.#store.executions.find(executionArn);
    if (nested === undefined || nested.status === 'RUNNING') {
      return;
    }
    for (const { executionId, threadId } of this.#store.threads.awaiting(executionArn)) {
      this.#jobs.spawn(executionId, async () => {
        const phase = this.#store.threads.get(executionId, threadId)?.phase;
        if (phase?.kind === 'task' && phase.awaits === executionArn && !this.#jobs.isClosing()) {
          await this.#jobs.settle(executionId, threadId, (turn, thread) =>
            settleNested(turn, thread, nested),
          );
        }
      });
    }
  }

  async #resumeMapRun(mapRun: MapRun): Promise<void> {
    if (mapRun.stage === 'reading') {
      this.#readItems(mapRun);
    } else if (mapRun.stage === 'writing') {
      this.#writeResults(mapRun);
    } else {
      await this.#advance(mapRun.arn);
    }
  }

  async #advance(mapRunArn: string): Promise<void> {
    const mapRun = this.#store.mapRuns.get(mapRunArn);
    if (mapRun.status === 'RUNNING' && !this.#jobs.isClosing()) {
      await this.#jobs.settle(mapRun.executionId, mapRun.threadId, (turn, thread) =>
        advanceMapRun(turn, thread, mapRun),
      );
    }
  }

  #readItems({ arn, executionId, threadId, read }: MapRun): void {
    const roleArn = this.#store.executions.get(executionId)?.roleArn;
    if (read === undefined || roleArn === undefined) {
      return;
    }
    void this.#work
      .read(read, roleArn)
      .then((outcome) =>
        this.#settleStage(arn, 'reading', (mapRun) =>
          this.#jobs.settle(executionId, threadId, (turn, thread) =>
            settleReading(turn, thread, mapRun, outcome),
          ),
        ),
      );
  }

  #writeResults(mapRun: MapRun): void {
    const { arn, executionId, threadId, write } = mapRun;
    const roleArn = this.#store.executions.get(executionId)?.roleArn;
    if (write === undefined || roleArn === undefined) {
      return;
    }
    void this.#work
      .write(mapRun, write, roleArn)
      .then((outcome) =>
        this.#settleStage(arn, 'writing', (current) =>
          this.#jobs.settle(executionId, threadId, (turn, thread) =>
            settleWriting(turn, thread, current, outcome),
          ),
        ),
      );
  }

  /** The run may have ended meanwhile, with its execution. */
  #settleStage(arn: string, stage: MapRun['stage'], settle: (mapRun: MapRun) => Promise<void>): void {
    if (this.#jobs.isClosing()) {
      return;
    }
    const { executionId } = this.#store.mapRuns.get(arn);
    this.#jobs.spawn(executionId, async () => {
      const mapRun = this.#store.mapRuns.get(arn);
      if (mapRun.status === 'RUNNING' && mapRun.stage === stage && !this.#jobs.isClosing()) {
        await settle(mapRun);
      }
    });
  }
}

/** No child of it shall run any more. */
function isOver({ status, stage }: MapRun): boolean {
  return status !== 'RUNNING' || stage === 'stopping';
}
