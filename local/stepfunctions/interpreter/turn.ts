import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Home } from '../arns.ts';
import type { StateMachine } from '../definition/model.ts';
import { type Failure, STATES } from '../failure.ts';
import type { Json } from '../json.ts';
import type { QueryEnvironment } from '../jsonata/functions.ts';
import type {
  ChildInput,
  EventDetails,
  Execution,
  ExecutionRecord,
  MapRun,
  NewStart,
  StartPlan,
  StartRequest,
  StoredEvent,
  Tally,
  TaskPhase,
  Thread,
} from '../records.ts';
import type { Access } from '../role-access.ts';

export interface Limits {
  /** Of an input, an output, a task's result and a variable: 256 KiB on AWS. */
  readonly payloadBytes: number;
  /** Of one execution: 25,000 on AWS. */
  readonly historyEvents: number;
}

/** What was stored by earlier turns. */
export interface ExecutionReader {
  thread(id: string): Thread | undefined;
  /** In the order of their positions. */
  children(parent: string): Thread[];
  firstPendingChild(parent: string): Thread | undefined;
  countUnfinishedChildren(parent: string): number;
  /** Map runs that threads below (and including) this one, or any thread, wait for. */
  openMapRuns(under?: string): MapRun[];
  tally(mapRunArn: string): Tally;
  childInputs(mapRunArn: string, from: number, limit: number): ChildInput[];
  /** Children that were started, in the order of their items. */
  mapChildren(mapRunArn: string): Iterable<ExecutionRecord>;
  /** Nested executions that tasks below (and including) this thread, or any, wait for. */
  awaited(under?: string): string[];
  /** What StartExecution would do. Throws what it would refuse with. */
  planStart(request: StartRequest): StartPlan;
  /** Why the execution's role may not do something. */
  findRefusal(access: Access): string | undefined;
}

export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | { readonly status: 'FAILED' | 'ABORTED'; readonly error?: string; readonly cause?: string }
  | { readonly status: 'TIMED_OUT' };

export type Effect =
  | { readonly kind: 'perform-task'; readonly threadId: string; readonly task: TaskPhase }
  | { readonly kind: 'stop-children' | 'read-items' | 'write-results'; readonly mapRunArn: string }
  | { readonly kind: 'await-execution' | 'stop-execution'; readonly executionArn: string };

/** A child execution to be started together with the parent's own changes. */
export interface NewChild extends ChildInput {
  readonly mapRun: MapRun;
  readonly position: number;
  readonly name: string;
}

/** Thrown when the next event would be the last that a history may hold. */
export class HistoryFull extends Error {}

const ENDING: ReadonlySet<HistoryEventType> = new Set([
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionAborted',
  'ExecutionTimedOut',
]);

export interface TurnContext {
  readonly machine: StateMachine;
  readonly execution: Execution;
  readonly reader: ExecutionReader;
  readonly environment: QueryEnvironment;
  readonly limits: Limits;
  readonly home: Home;
}

/**
 * One step of one execution: it reads what is stored and collects what shall change. Nothing takes effect
 * before the executor has stored all of it in one transaction; the effects come after that.
 */
export class Turn {
  readonly machine: StateMachine;
  readonly execution: Execution;
  readonly reader: ExecutionReader;
  readonly environment: QueryEnvironment;
  readonly limits: Limits;
  readonly home: Home;
  readonly now: number;

  readonly events: StoredEvent[] = [];
  readonly threads = new Map<string, Thread>();
  readonly removedSubtrees = new Set<string>();
  readonly mapRuns = new Map<string, MapRun>();
  readonly childInputs = new Map<string, readonly ChildInput[]>();
  readonly newChildren: NewChild[] = [];
  /** Nested executions to be started together with the parent's own changes. */
  readonly starts: NewStart[] = [];
  readonly effects: Effect[] = [];
  outcome: Outcome | undefined;
  /** Somebody is told that it is stored. */
  isAnswered = false;

  constructor(context: TurnContext) {
    this.machine = context.machine;
    this.execution = context.execution;
    this.reader = context.reader;
    this.environment = context.environment;
    this.limits = context.limits;
    this.home = context.home;
    this.now = context.environment.now();
  }

  event(type: HistoryEventType, previousId: number, details: EventDetails = {}): number {
    const id = this.execution.eventCount + this.events.length + 1;
    if (id >= this.limits.historyEvents && !ENDING.has(type)) {
      throw new HistoryFull();
    }
    this.events.push({ id, previousId, at: this.now, type, details });
    return id;
  }

  /** Adds an event of this thread and returns the thread that continues from it. */
  record(thread: Thread, type: HistoryEventType, details: EventDetails = {}): Thread {
    return this.put({ ...thread, previousEvent: this.event(type, thread.previousEvent, details) });
  }

  put(thread: Thread): Thread {
    this.threads.set(thread.id, thread);
    return thread;
  }

  thread(id: string): Thread {
    const thread = this.threads.get(id) ?? this.reader.thread(id);
    if (thread === undefined) {
      throw new Error(`Execution ${this.execution.arn} has no thread ${id}`);
    }
    return thread;
  }

  /** Removes all threads below this one and stops the Map runs and executions that they (or it) wait for. */
  removeChildren(thread: Thread): void {
    this.abortMapRuns(thread.id);
    this.stopAwaited(thread.id);
    this.removedSubtrees.add(thread.id);
    for (const id of this.threads.keys()) {
      if (id.startsWith(`${thread.id}/`)) {
        this.threads.delete(id);
      }
    }
  }

  abortMapRuns(under?: string): void {
    for (const stored of this.reader.openMapRuns(under)) {
      const mapRun = this.mapRuns.get(stored.arn) ?? stored;
      if (mapRun.status === 'RUNNING') {
        this.endMapRun(mapRun, 'ABORTED');
      }
    }
  }

  /** As AWS does it: a task that is given up takes the execution with it that it waits for. */
  stopAwaited(under?: string): void {
    for (const executionArn of this.reader.awaited(under)) {
      this.effects.push({ kind: 'stop-execution', executionArn });
    }
  }

  endMapRun(mapRun: MapRun, status: 'SUCCEEDED' | 'FAILED' | 'ABORTED'): void {
    this.mapRuns.set(mapRun.arn, { ...mapRun, status, stoppedAt: this.now });
    if (status !== 'SUCCEEDED') {
      this.effects.push({ kind: 'stop-children', mapRunArn: mapRun.arn });
    }
  }

  end(outcome: Outcome): void {
    this.abortMapRuns();
    this.stopAwaited();
    this.outcome = outcome;
  }

  fail(previousId: number, failure: Failure): void {
    const details = pickFailure(failure);
    this.event('ExecutionFailed', previousId, { executionFailedEventDetails: details });
    this.end({ status: 'FAILED', ...details });
  }

  /** Keeps the events so far, drops every other change, and ends the execution as AWS does at its limit. */
  failForFullHistory(): void {
    this.dropChanges();
    this.fail(this.execution.eventCount + this.events.length, {
      error: STATES.runtime,
      cause: `The execution reached the maximum number of history events (${this.limits.historyEvents}).`,
    });
  }

  dropChanges(): void {
    for (const changes of [this.threads, this.removedSubtrees, this.mapRuns, this.childInputs]) {
      changes.clear();
    }
    this.newChildren.length = 0;
    this.starts.length = 0;
    this.effects.length = 0;
  }
}

/** Error and cause as events and outcomes carry them: absent where a failure has none. */
export function pickFailure(failure: Failure): { error?: string; cause?: string } {
  return {
    ...(failure.error !== undefined && { error: failure.error }),
    ...(failure.cause !== undefined && { cause: failure.cause }),
  };
}
