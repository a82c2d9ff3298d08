import type { RestoreId, UploadId } from '../domain/ids.ts';

/** Step Functions. Starting twice with one name starts once. */
export interface Workflows {
  startCommit(input: { readonly uploadId: UploadId; readonly attempt: number }): Promise<void>;
  startRestore(input: { readonly restoreId: RestoreId }): Promise<void>;
  /** `gone` when nothing waits for the token any more. */
  succeedTask(taskToken: string, output: object): Promise<'sent' | 'gone'>;
  failTask(
    taskToken: string,
    error: { readonly code: string; readonly cause: string },
  ): Promise<'sent' | 'gone'>;
  heartbeat(taskToken: string): Promise<'sent' | 'gone'>;
}
