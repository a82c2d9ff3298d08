import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { TaskResource } from './definition/model.ts';
import type { ReadRequest, WriteRequest } from './distributed/requests.ts';
import type { Failure } from './failure.ts';
import type { Json } from './json.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  readonly id: number;
  readonly arn: string;
  readonly name: string;
  /** Of a distributed Map's child: the machine's ARN and name with the Map's label. */
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly definitionHash: string;
  /** Of the machine as it was at the start. */
  readonly revisionId: string | null;
  readonly machineUpdatedAt: number;
  readonly status: ExecutionStatus;
  readonly input: string;
  readonly startedAt: number;
  readonly timesOutAt: number;
  /** Ids of events are 1, 2, … without gaps: the number stored is also the last id. */
  readonly eventCount: number;
  /** Set on a child of a distributed Map. */
  readonly mapRunArn: string | null;
}

export interface ExecutionRecord extends Execution {
  readonly stoppedAt: number | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly itemCount: number | null;
}

export type NewExecution = Omit<Execution, 'id' | 'status' | 'eventCount'> & {
  /** Of a distributed Map's child: its place in the result. */
  readonly position: number | null;
  readonly itemCount: number | null;
};

export interface StartRequest {
  readonly stateMachineArn: string;
  /** Absent: any name that is not taken. */
  readonly name: string | undefined;
  /** JSON text. */
  readonly input: string;
}

/** An execution to be stored, and the state it begins with. */
export interface NewStart {
  readonly execution: NewExecution;
  readonly startAt: string;
}

/** What a start comes to: a running execution is found again by its name and input. */
export type StartPlan =
  | ({ readonly kind: 'new' } & NewStart)
  | { readonly kind: 'existing'; readonly execution: ExecutionRecord };

/**
 * One line of control of an execution: the top level, a branch, or a Map iteration. This is what a restart
 * goes on from. The id is the path of positions from the top: `0`, `0/2`, `0/2/1`.
 */
export interface Thread {
  readonly id: string;
  readonly parent: string | null;
  readonly position: number;
  readonly state: string;
  readonly input: Json;
  /** Assigned in this thread's own scope. */
  readonly variables: { readonly [name: string]: Json };
  /** What the next event of this thread names as its `previousEventId`. */
  readonly previousEvent: number;
  readonly enteredEvent: number;
  readonly enteredAt: number;
  /** Retries used since the state was entered, per retrier. */
  readonly retriesUsed: readonly number[];
  readonly mapItem?: { readonly Index: number; readonly Value: Json };
  readonly phase: Phase;
}

export type Phase =
  /** Map iterations that wait for MaxConcurrency. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'enter' }
  /** Entered, and to do its work again after a backoff. */
  | { readonly kind: 'work' }
  | { readonly kind: 'join' }
  | { readonly kind: 'wait'; readonly wakeAt: number }
  | { readonly kind: 'backoff'; readonly wakeAt: number }
  | TaskPhase
  | { readonly kind: 'children'; readonly startedEvent: number }
  | { readonly kind: 'map-run'; readonly mapRunArn: string }
  | { readonly kind: 'done'; readonly output: Json };

export interface TaskPhase {
  readonly kind: 'task';
  /** One attempt. What comes back for another attempt is late and is dropped. */
  readonly attempt: string;
  readonly token?: string;
  readonly resource: TaskResource;
  readonly arguments: Json;
  /** The call was answered; only the token's return, or the end of a nested execution, is awaited. */
  readonly isSubmitted: boolean;
  /** ARN of the nested execution whose end is the task's. */
  readonly awaits?: string;
  readonly timesOutAt: number;
  readonly heartbeatSeconds?: number;
  readonly heartbeatDueAt?: number;
}

/** Phases in which a thread can go on by itself. */
export const RUNNABLE_PHASES = ['enter', 'work', 'join'] as const satisfies readonly Phase['kind'][];

export function findDue(phase: Phase): number | null {
  switch (phase.kind) {
    case 'wait':
    case 'backoff':
      return phase.wakeAt;
    case 'task':
      return Math.min(phase.timesOutAt, phase.heartbeatDueAt ?? Number.POSITIVE_INFINITY);
    default:
      return null;
  }
}

export type EventDetails = Omit<HistoryEvent, 'id' | 'previousEventId' | 'timestamp' | 'type'>;

export interface StoredEvent {
  readonly id: number;
  readonly previousId: number;
  readonly at: number;
  readonly type: HistoryEventType;
  readonly details: EventDetails;
}

export interface MapRun {
  readonly arn: string;
  readonly executionId: number;
  readonly threadId: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  /**
   * What a run is about while it is RUNNING; `stopping` goes before the results of a failed run are written.
   */
  readonly stage: 'reading' | 'running' | 'stopping' | 'writing';
  readonly startedAt: number;
  readonly stoppedAt: number | null;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | null;
  readonly toleratedFailurePercentage: number | null;
  readonly childCount: number;
  readonly itemCount: number;
  /** Of the children: `{machine}/{label}`. */
  readonly machineName: string;
  readonly startAt: string;
  readonly batching?: Batching;
  /** Where the items are to be read from, when they are not in the state's input. */
  readonly read?: ReadRequest;
  /** Where the results are to be written to, when they are not the state's output. */
  readonly write?: WriteRequest;
  /** What the run fails with once its results are written. */
  readonly failure?: Failure;
}

export interface Batching {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly batchInput?: Json;
}

/** What one child execution of a Map run gets: one item, or a batch. */
export interface ChildInput {
  readonly input: Json;
  readonly itemCount: number;
}

export type Tally = { readonly [status in ExecutionStatus]: { executions: number; items: number } };
