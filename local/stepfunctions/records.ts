import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { TaskResource } from './definition/model.ts';
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
  /** The call was answered; only the token's return is awaited. */
  readonly isSubmitted: boolean;
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
}

/** What one child execution of a Map run gets: one item, or a batch. */
export interface ChildInput {
  readonly input: Json;
  readonly itemCount: number;
}

export type Tally = { readonly [status in ExecutionStatus]: { executions: number; items: number } };
