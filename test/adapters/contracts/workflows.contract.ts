import { beforeEach, describe, expect, it } from 'vitest';
import type { Workflows } from '../../../shared/ports/workflows.ts';
import { atOnce } from '../support/paging.ts';
import { ids } from '../support/rows.ts';

export interface WorkflowsUnderTest {
  readonly workflows: Workflows;
  /** Every execution that was started, in order. */
  executions(): Promise<readonly { readonly name: string; readonly input: object }[]>;
  /** Something that waits for a token. */
  waitingTask(): Promise<WaitingTask>;
}

export interface WaitingTask {
  readonly token: string;
  /** What the task was answered. */
  answer(): Promise<{ readonly output: object } | { readonly error: string; readonly cause: string }>;
  /** It waits no more. */
  stop(): Promise<void> | void;
}

/** What workflows must do; `makeWorkflows` gives some without executions for each test. */
export const workflowsContract = (name: string, makeWorkflows: () => Promise<WorkflowsUnderTest>) =>
  describe(name, () => {
    let under: WorkflowsUnderTest;
    let workflows: Workflows;
    beforeEach(async () => {
      under = await makeWorkflows();
      workflows = under.workflows;
    });

    it('start a commit under the name of its upload and attempt', async () => {
      const uploadId = ids.upload();

      await workflows.startCommit({ uploadId, attempt: 1 });
      await workflows.startCommit({ uploadId, attempt: 2 });

      expect(await under.executions()).toEqual([
        { name: `${uploadId}-1`, input: { uploadId, attempt: 1 } },
        { name: `${uploadId}-2`, input: { uploadId, attempt: 2 } },
      ]);
    });

    it('start a restore under its id', async () => {
      const restoreId = ids.restore();

      await workflows.startRestore({ restoreId });

      expect(await under.executions()).toEqual([{ name: restoreId, input: { restoreId } }]);
    });

    it('start once what is started again, now or at the same time', async () => {
      const [uploadId, restoreId] = [ids.upload(), ids.restore()];

      await atOnce(3, () => workflows.startCommit({ uploadId, attempt: 1 }));
      await workflows.startRestore({ restoreId });
      await workflows.startRestore({ restoreId });

      expect(await under.executions()).toHaveLength(2);
    });

    it('hand a result to the task that waits, once', async () => {
      const task = await under.waitingTask();

      expect(await workflows.succeedTask(task.token, { progress: { filesDone: 3 } })).toBe('sent');
      expect(await task.answer()).toEqual({ output: { progress: { filesDone: 3 } } });
      expect(await workflows.succeedTask(task.token, {})).toBe('gone');
      expect(await workflows.failTask(task.token, { code: 'INTERNAL', cause: 'late' })).toBe('gone');
      expect(await workflows.heartbeat(task.token)).toBe('gone');
    });

    it('hand a failure to the task that waits', async () => {
      const task = await under.waitingTask();

      const outcome = await workflows.failTask(task.token, { code: 'RESTORE_FAILED', cause: 'disk full' });

      expect(outcome).toBe('sent');
      expect(await task.answer()).toEqual({ error: 'RESTORE_FAILED', cause: 'disk full' });
      expect(await workflows.heartbeat(task.token)).toBe('gone');
    });

    it('take heartbeats as long as the task waits', async () => {
      const task = await under.waitingTask();

      expect(await workflows.heartbeat(task.token)).toBe('sent');
      expect(await workflows.heartbeat(task.token)).toBe('sent');
      await task.stop();

      expect(await workflows.heartbeat(task.token)).toBe('gone');
      expect(await workflows.succeedTask(task.token, {})).toBe('gone');
    });
  });
