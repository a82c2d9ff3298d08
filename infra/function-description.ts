import { Duration } from 'aws-cdk-lib';
import type { VariableName } from '../functions/runtime/environment.ts';

/** Lambda's own limit. */
export const longestTimeout = Duration.minutes(15);

/** What a function may do in the catalog: DynamoDB's actions on the table, and the indexes that it may query. */
export interface CatalogRights {
  readonly items?: readonly (
    | 'GetItem'
    | 'BatchGetItem'
    | 'Query'
    | 'PutItem'
    | 'UpdateItem'
    | 'DeleteItem'
    | 'ConditionCheckItem'
  )[];
  readonly indexes?: readonly string[];
}

/** What a function may do in the vault, by patterns of keys under `v1/mounts/`. */
export interface VaultRights {
  readonly read?: readonly string[];
  readonly listVersions?: true;
  /** Locks objects for longer, never for shorter. */
  readonly lock?: readonly string[];
  /** Puts objects itself. What a write-once PUT finds in its place is read back. */
  readonly put?: readonly string[];
  /** Signs PUTs for others, and never reads what they put. */
  readonly signPut?: readonly string[];
  /** Tags objects for the archive class, and never untags them. */
  readonly markCold?: readonly string[];
  /** Asks S3 for copies of archived objects that can be read. */
  readonly thaw?: readonly string[];
  /** Deletes versions of objects. The policy of the bucket allows it to one role: there can be one such function. */
  readonly deleteVersions?: readonly string[];
}

/** Everything that makes a function: what it reads from its environment and the least it must be allowed. */
export interface FunctionDescription {
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly catalog?: CatalogRights;
  readonly vault?: VaultRights;
  readonly starts?: readonly (
    | 'commit-upload'
    | 'restore-staging'
    | 'backup-request'
    | 'rebuild-catalog'
    | 'retention'
    | 'reclaim'
    | 'audit'
  )[];
  /** May answer tasks that wait for a token. */
  readonly answersTasks?: true;
  readonly publishes?: true;
  readonly memoryMib?: number;
  readonly timeout?: Duration;
  /** Invoked by events: how Lambda repeats a failed one before it becomes a dead letter. */
  readonly events?: { readonly retries: 0 | 1 | 2; readonly maxAge: Duration };
  /** The most that run at once, taken from the account's limit; or the setting of the stage that says it. */
  readonly concurrency?: number | 'commitConcurrency';
}
