import type { DatabaseSync } from 'node:sqlite';
import type { EventEnvelope } from '../../services.ts';
import { makeExecutionArn, makeMachineArn } from '../arns.ts';
import type { ExecutionReader, NewChild, Turn } from '../interpreter/turn.ts';
import { type Json, parseStored } from '../json.ts';
import type { ExecutionRecord, NewExecution, NewStart, Thread } from '../records.ts';
import { openDatabase, Statements, transact, transactLater } from './database.ts';
import { ExecutionStore } from './execution-store.ts';
import { MachineStore } from './machine-store.ts';
import { MapRunStore } from './map-run-store.ts';
import { StatusEventStore } from './status-event-store.ts';
import { ThreadStore } from './thread-store.ts';

/** Standard executions live at most a year. */
export const MAX_EXECUTION_MILLISECONDS = 365 * 24 * 60 * 60 * 1000;

/** Another execution took the name since a turn looked for it. */
export class NameTaken extends Error {}

/** Children of a Map run that are in memory at once while they are gone through. */
const CHILDREN_PAGE = 100;

/** Everything the service remembers, in one file. Each public method that writes is one transaction. */
export class Store {
  readonly machines: MachineStore;
  readonly executions: ExecutionStore;
  readonly threads: ThreadStore;
  readonly mapRuns: MapRunStore;
  readonly statusEvents: StatusEventStore;
  readonly #reportStatus: ReportStatus | undefined;
  readonly #database: DatabaseSync;
  readonly #sql: Statements;

  /** `reportStatus` makes the events of status changes; without it nobody wants any. */
  constructor(directory: string, reportStatus?: ReportStatus) {
    this.#reportStatus = reportStatus;
    this.#database = openDatabase(directory);
    this.#sql = new Statements(this.#database);
    this.machines = new MachineStore(this.#sql);
    this.executions = new ExecutionStore(this.#sql);
    this.threads = new ThreadStore(this.#sql);
    this.mapRuns = new MapRunStore(this.#sql);
    this.statusEvents = new StatusEventStore(this.#sql);
  }

  start(start: NewStart): number {
    return this.transact(() => this.#start(start));
  }

  /** For changes of state machines; executions have methods of their own here. */
  transact<Result>(work: () => Result): Result {
    return transact(this.#database, work);
  }

  /** Stores all that a turn changes, and returns the ids of the executions it starts. Throws NameTaken. */
  commit(turn: Turn): number[] {
    return (leadsOn(turn) ? transactLater : transact)(this.#database, () => {
      const { id } = turn.execution;
      this.executions.addEvents(id, turn.events);
      this.#commitThreads(turn);
      for (const mapRun of turn.mapRuns.values()) {
        this.mapRuns.put(mapRun);
      }
      for (const [arn, inputs] of turn.childInputs) {
        this.mapRuns.addInputs(arn, inputs);
      }
      const children = turn.newChildren.map((child) => describeChild(turn, child));
      return [...children, ...turn.starts].map((start) => this.#start(start));
    });
  }

  /** The view of one execution that a turn reads. */
  reader(executionId: number): Omit<ExecutionReader, 'planStart' | 'findRefusal'> {
    const { threads, mapRuns } = this;
    const isUnder = (id: string, under: string | undefined) =>
      under === undefined || id === under || id.startsWith(`${under}/`);
    return {
      thread: (id) => threads.get(executionId, id),
      children: (parent) => threads.children(executionId, parent),
      firstPendingChild: (parent) => threads.firstPendingChild(executionId, parent),
      countUnfinishedChildren: (parent) => threads.countUnfinishedChildren(executionId, parent),
      openMapRuns: (under) =>
        threads
          .inPhase(executionId, 'map-run')
          .filter(({ id }) => isUnder(id, under))
          .flatMap(({ phase }) => (phase.kind === 'map-run' ? [mapRuns.get(phase.mapRunArn)] : [])),
      tally: (arn) => mapRuns.tally(arn),
      childInputs: (arn, from, limit) => mapRuns.inputs(arn, from, limit),
      mapChildren: (arn) => this.mapChildren(arn),
      awaited: (under) =>
        threads
          .inPhase(executionId, 'task')
          .filter(({ id }) => isUnder(id, under))
          .flatMap(({ phase }) =>
            phase.kind === 'task' && phase.awaits !== undefined ? [phase.awaits] : [],
          ),
    };
  }

  /** In the order of their items, however many there are. */
  *mapChildren(mapRunArn: string): Generator<ExecutionRecord> {
    for (let afterId = 0; ; ) {
      const page = this.executions.listChildren(mapRunArn, afterId, CHILDREN_PAGE);
      yield* page;
      afterId = page.at(-1)?.id ?? 0;
      if (page.length < CHILDREN_PAGE) {
        return;
      }
    }
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
      this.machines.removeIfIdle(turn.execution.machineArn);
      this.#report(id);
      return;
    }
    for (const parent of turn.removedSubtrees) {
      this.threads.removeBelow(id, parent);
    }
    for (const thread of turn.threads.values()) {
      this.threads.put(id, thread);
    }
  }

  #start({ execution, startAt }: NewStart): number {
    if (this.executions.find(execution.arn) !== undefined) {
      throw new NameTaken(execution.arn);
    }
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
    this.#report(id);
    return id;
  }

  #report(executionId: number): void {
    const execution = this.executions.get(executionId);
    if (execution !== undefined && this.#reportStatus !== undefined) {
      this.statusEvents.add(this.#reportStatus(execution));
    }
  }
}

/**
 * Nothing depends on it yet, and the next turn comes at once and is on the disk before it has effects: half as many
 * commits of a workflow wait for the disk. After a power cut in between a task may run again, as after one a moment earlier.
 */
function leadsOn(turn: Turn): boolean {
  const { effects, starts, newChildren, mapRuns, threads } = turn;
  const isWithoutEffect = effects.length + starts.length + newChildren.length + mapRuns.size === 0;
  const goesOn = threads.size > 0 && [...threads.values()].every(({ phase }) => phase.kind === 'enter');
  return isWithoutEffect && goesOn && turn.outcome === undefined && !turn.isAnswered;
}

type ReportStatus = (execution: ExecutionRecord) => EventEnvelope;

function describeChild(turn: Turn, child: NewChild): NewStart {
  const { machineName, startAt } = child.mapRun;
  const execution: NewExecution = {
    arn: makeExecutionArn(turn.home, machineName, child.name),
    name: child.name,
    machineArn: makeMachineArn(turn.home, machineName),
    machineName,
    roleArn: turn.execution.roleArn,
    definitionHash: turn.execution.definitionHash,
    revisionId: turn.execution.revisionId,
    machineUpdatedAt: turn.execution.machineUpdatedAt,
    input: JSON.stringify(child.input),
    startedAt: turn.now,
    timesOutAt: turn.now + MAX_EXECUTION_MILLISECONDS,
    mapRunArn: child.mapRun.arn,
    position: child.position,
    itemCount: child.itemCount,
  };
  return { execution, startAt };
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
