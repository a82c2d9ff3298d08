import type { RequestId, RestoreId, UploadId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';

/** Step Functions. Starting twice with one name starts once. */
export interface Workflows {
  startCommit(input: { readonly uploadId: UploadId; readonly attempt: number }): Promise<void>;
  startRestore(input: { readonly restoreId: RestoreId }): Promise<void>;
  startRequest(input: { readonly requestId: RequestId }): Promise<void>;
  /** Once for each `scheduledAt`: that is its name. */
  startRetention(input: { readonly scheduledAt: Instant }): Promise<void>;
  startReclaim(input: { readonly scheduledAt: Instant }): Promise<void>;
  startAudit(input: { readonly scheduledAt: Instant }): Promise<void>;
  startRebuild(input: RebuildOrder): Promise<void>;
  /** Undefined when there was none of that id in the last 90 days. */
  findRebuild(rebuildId: string): Promise<RebuildExecution | undefined>;
  /** `gone` when nothing waits for the token any more. */
  succeedTask(taskToken: string, output: object): Promise<'sent' | 'gone'>;
  failTask(
    taskToken: string,
    error: { readonly code: string; readonly cause: string },
  ): Promise<'sent' | 'gone'>;
  heartbeat(taskToken: string): Promise<'sent' | 'gone'>;
}

export interface RebuildOrder {
  readonly rebuildId: string;
  readonly mode: 'empty' | 'replay';
  readonly by: string;
}

/** `output` is what the workflow answered. */
export type RebuildExecution =
  | { readonly state: 'running' }
  | { readonly state: 'completed'; readonly output: unknown }
  | { readonly state: 'failed'; readonly code: string; readonly reason: string };
