import type { ItemFormat, Transformation } from '../distributed/requests.ts';
import type { Template } from '../jsonata/template.ts';

/** A state machine whose definition was accepted. State names are unique across all scopes, as AWS demands. */
export interface StateMachine {
  readonly startAt: string;
  readonly timeoutSeconds?: number;
  readonly states: ReadonlyMap<string, State>;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

export interface Exit {
  readonly output?: Template;
  readonly assign?: Template;
  /** Absent: the state ends its scope. */
  readonly next?: string;
}

export interface ErrorHandling {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: 'FULL' | 'NONE';
}

export interface Catcher extends Exit {
  readonly errorEquals: readonly string[];
}

interface Named {
  readonly name: string;
}

export interface PassState extends Named, Exit {
  readonly type: 'Pass';
}

export interface TaskState extends Named, Exit, ErrorHandling {
  readonly type: 'Task';
  readonly resource: TaskResource;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
  readonly heartbeatSeconds?: Template;
}

export type TaskResource =
  | { readonly kind: 'lambda-invoke'; readonly waitsForToken: boolean }
  | { readonly kind: 'lambda-function'; readonly arn: string }
  | { readonly kind: 'put-events' }
  | { readonly kind: 'start-execution'; readonly pattern: 'request-response' | 'sync' | 'token' };

export interface ChoiceState extends Named {
  readonly type: 'Choice';
  readonly choices: readonly (Exit & { readonly condition: Template })[];
  readonly otherwise?: Exit;
}

export interface WaitState extends Named, Exit {
  readonly type: 'Wait';
  readonly seconds?: Template;
  readonly timestamp?: Template;
}

export interface SucceedState extends Named, Exit {
  readonly type: 'Succeed';
}

export interface FailState extends Named {
  readonly type: 'Fail';
  readonly error?: Template;
  readonly cause?: Template;
}

export interface ParallelState extends Named, Exit, ErrorHandling {
  readonly type: 'Parallel';
  readonly arguments?: Template;
  /** The first state of each branch. */
  readonly branches: readonly string[];
}

export interface MapState extends Named, Exit, ErrorHandling {
  readonly type: 'Map';
  /** The first state of the item processor. */
  readonly startAt: string;
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly maxConcurrency?: Template;
  /** Present: each item (or batch) runs as an execution of its own. */
  readonly distributed?: DistributedMap;
}

export interface DistributedMap {
  readonly label: string;
  readonly batcher?: ItemBatcher;
  readonly toleratedFailureCount?: Template;
  readonly toleratedFailurePercentage?: Template;
  readonly reader?: ItemReader;
  readonly writer?: ResultWriter;
}

/** Where the items are read from in S3: the objects that a listing finds, or what one object holds. */
export type ItemReader = { readonly arguments: Template; readonly maxItems?: Template } & (
  | { readonly source: 'list' }
  | { readonly source: 'object'; readonly format: ItemFormat }
);

export interface ResultWriter {
  /** Absent: the results are the state's output. */
  readonly arguments?: Template;
  readonly transformation: Transformation;
  readonly outputType: 'JSON' | 'JSONL';
}

export interface ItemBatcher {
  readonly maxItemsPerBatch?: Template;
  readonly maxInputBytesPerBatch?: Template;
  readonly batchInput?: Template;
}

/** Seconds that a state may wait or a task may take, at most: AWS's bound. */
export const MAX_SECONDS = 99_999_999;
