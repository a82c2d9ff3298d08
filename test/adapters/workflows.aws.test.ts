import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAwsWorkflows } from '../../shared/adapters/aws/workflows.ts';
import { workflowsContract } from './contracts/workflows.contract.ts';
import { ids } from './support/rows.ts';
import { type RunningWorkflows, runWorkflows } from './support/running-workflows.ts';

let running: RunningWorkflows;
beforeEach(async () => {
  running = await runWorkflows();
});
afterEach(() => running.close());

workflowsContract('workflows on Step Functions', async () => running);

describe('workflows on Step Functions', () => {
  const unknownArn = 'arn:aws:states:eu-central-1:111122223333:stateMachine:unknown';

  it('need the ARN of what they start, and of nothing else', async () => {
    const { client } = running;
    const onlyRestore = createAwsWorkflows({ client, restoreStateMachineArn: unknownArn });
    const neither = createAwsWorkflows({ client });

    await expect(onlyRestore.startCommit({ uploadId: ids.upload(), attempt: 1 })).rejects.toThrow(
      /commitStateMachineArn was not given/,
    );
    await expect(neither.startRestore({ restoreId: ids.restore() })).rejects.toThrow(
      /restoreStateMachineArn was not given/,
    );
    const { token } = await running.waitingTask();
    expect(await neither.heartbeat(token)).toBe('sent');
  });

  it('throw for a state machine that does not exist', async () => {
    const workflows = createAwsWorkflows({ client: running.client, restoreStateMachineArn: unknownArn });

    await expect(workflows.startRestore({ restoreId: ids.restore() })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('StateMachineDoesNotExist'),
    });
  });

  it('throw for what never was a token: only a token of the past is gone', async () => {
    await expect(running.workflows.heartbeat('not a token')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('InvalidToken'),
    });
  });

  it('cut a cause that is too long for Step Functions', async () => {
    const task = await running.waitingTask();

    await running.workflows.failTask(task.token, { code: 'RESTORE_FAILED', cause: 'x'.repeat(50_000) });

    expect(await task.answer()).toEqual({ error: 'RESTORE_FAILED', cause: 'x'.repeat(32_768) });
  });
});
