import type { DatabaseSync } from 'node:sqlite';
import { makeExecutionArn, makeMachineArn } from '../arns.ts';
import type { ExecutionReader, NewChild, Turn } from '../interpreter/turn.ts';
import { type Json, parseStored } from '../json.ts';
import type { Thread } from '../records.ts';
import { openDatabase, Statements, transact } from './database.ts';
import { ExecutionStore, type NewExecution } from './execution-store.ts';
import { MachineStore } from './machine-store.ts';
import { MapRunStore } from './map-run-store.ts';
import { ThreadStore } from './thread-store.ts';

/** Standard executions live at most a year. */
export const MAX_EXECUTION_MILLISECONDS = 365 * 24 * 60 * 60 * 1000;

/** Everything the service remembers, in one file. Each public method that writes is one transaction. */
export class Store {
  readonly machines: MachineStore;
  readonly executions: ExecutionStore;
  readonly threads: ThreadStore;
  readonly mapRuns: MapRunStore;
  readonly #database: DatabaseSync;
  readonly #sql: Statements;

  constructor(directory: string) {
    this.#database = openDatabase(directory);
    this.#sql = new Statements(this.#database);
    this.machines = new MachineStore(this.#sql);
    this.executions = new ExecutionStore(this.#sql);
    this.threads = new ThreadStore(this.#sql);
    this.mapRuns = new MapRunStore(this.#sql);
  }

  start(execution: NewExecution, startAt: string): number {
    return transact(this.#database, () => this.#start(execution, startAt));
  }

  /** Stores all that a turn changes, and returns the ids of the child executions it starts. */
  commit(turn: Turn): number[] {
    return transact(this.#database, () => {
      const { id } = turn.execution;
      this.executions.addEvents(id, turn.events);
      this.#commitThreads(turn);
      for (const mapRun of turn.mapRuns.values()) {
        this.mapRuns.put(mapRun);
      }
      for (const [arn, inputs] of turn.childInputs) {
        this.mapRuns.addInputs(arn, inputs);
      }
      return turn.newChildren.map((child) => this.#start(describeChild(turn, child), child.mapRun.startAt));
    });
  }

  /** The view of one execution that a turn reads. */
  reader(executionId: number): ExecutionReader {
    const { threads, mapRuns } = this;
    return {
      thread: (id) => threads.get(executionId, id),
      children: (parent) => threads.children(executionId, parent),
      firstPendingChild: (parent) => threads.firstPendingChild(executionId, parent),
      countUnfinishedChildren: (parent) => threads.countUnfinishedChildren(executionId, parent),
      openMapRuns: (under) =>
        threads
          .inPhase(executionId, 'map-run')
          .filter(({ id }) => under === undefined || id === under || id.startsWith(`${under}/`))
          .flatMap(({ phase }) => (phase.kind === 'map-run' ? [mapRuns.get(phase.mapRunArn)] : [])),
      tally: (arn) => mapRuns.tally(arn),
      childInputs: (arn, from, limit) => mapRuns.inputs(arn, from, limit),
      childOutputs: (arn) => mapRuns.outputs(arn),
    };
  }

  /** The next moment at which a thread, or a whole execution, has to be woken. */
  nextDue(): number | undefined {
    const row = this.#sql.row(
      `SELECT min(due) AS due FROM (
         SELECT min(due_at) AS due FROM threads WHERE due_at IS NOT NULL
         UNION ALL SELECT min(times_out_at) FROM executions WHERE status = 'RUNNING')`,
    );
    return typeof row?.due === 'number' ? row.due : undefined;
  }

  dueExecutions(now: number): number[] {
    const rows = this.#sql.rows(
      `SELECT execution_id AS id FROM threads WHERE due_at <= ?
       UNION SELECT id FROM executions WHERE status = 'RUNNING' AND times_out_at <= ?`,
      now,
      now,
    );
    return rows.map((row) => Number(row.id));
  }

  close(): void {
    this.#database.close();
  }

  #commitThreads(turn: Turn): void {
    const { id } = turn.execution;
    if (turn.outcome !== undefined) {
      this.executions.end(id, turn.outcome, turn.now);
      this.threads.removeAll(id);
      return;
    }
    for (const parent of turn.removedSubtrees) {
      this.threads.removeBelow(id, parent);
    }
    for (const thread of turn.threads.values()) {
      this.threads.put(id, thread);
    }
  }

  #start(execution: NewExecution, startAt: string): number {
    const id = this.executions.insert(execution);
    const details = {
      executionStartedEventDetails: {
        input: execution.input,
        inputDetails: { truncated: false },
        roleArn: execution.roleArn,
      },
    };
    const started = {
      id: 1,
      previousId: 0,
      at: execution.startedAt,
      type: 'ExecutionStarted',
      details,
    } as const;
    this.executions.addEvents(id, [started]);
    this.threads.put(id, makeTopThread(startAt, parseStored(execution.input)));
    return id;
  }
}

function describeChild(turn: Turn, child: NewChild): NewExecution {
  const { machineName } = child.mapRun;
  return {
    arn: makeExecutionArn(turn.home, machineName, child.name),
    name: child.name,
    machineArn: makeMachineArn(turn.home, machineName),
    machineName,
    roleArn: turn.execution.roleArn,
    definitionHash: turn.execution.definitionHash,
    input: JSON.stringify(child.input),
    startedAt: turn.now,
    timesOutAt: turn.now + MAX_EXECUTION_MILLISECONDS,
    mapRunArn: child.mapRun.arn,
    position: child.position,
    itemCount: child.itemCount,
  };
}

function makeTopThread(state: string, input: Json): Thread {
  return {
    id: '0',
    parent: null,
    position: 0,
    state,
    input,
    variables: {},
    // AWS lets the first state's event follow no other.
    previousEvent: 0,
    enteredEvent: 0,
    enteredAt: 0,
    retriesUsed: [],
    phase: { kind: 'enter' },
  };
}
