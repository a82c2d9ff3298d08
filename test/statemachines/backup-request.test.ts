import { describe, expect, it } from 'vitest';
import { createAwsWorkflows } from '../../shared/adapters/aws/workflows.ts';
import { noProgress } from '../../shared/domain/backup-request.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { abortRequest } from '../../shared/usecases/requests/abort-request.ts';
import { reportRequestProgress, reportRequestResult } from '../../shared/usecases/requests/report-request.ts';
import type { RequestInput } from '../../shared/usecases/requests/request-backup.ts';
import { until } from '../local/stepfunctions/harness.ts';
import { arrangeAgent, operator } from '../support/requesting.ts';
import { openWorkflows } from './support.ts';

const minute = 60_000;

async function arrange(input: (now: Instant) => Partial<RequestInput> = () => ({}), silentMinutes = 0) {
  const { service, local, machines } = await openWorkflows();
  const agent = await arrangeAgent(service);
  const made = await agent.request(input(service.clock.now()));
  const { requestId } = made;
  service.clock.advance(silentMinutes * minute);
  const workflows = createAwsWorkflows({
    client: local.workflows.client,
    requestStateMachineArn: machines.request,
  });
  const executionArn = await local.workflows.start(machines.request, { requestId });
  const find = () => agent.find(made);
  const handedOver = (fence: number) =>
    until(`hand-over ${fence}`, async () => (await find()).fence === fence);
  const ended = () => local.workflows.ended(executionArn);
  return { ...agent, service, local, requestId, find, handedOver, ended, report: { ...service, workflows } };
}

describe('backup-request', () => {
  it('hands the request over, follows the heartbeats, and ends with the recovery point', async () => {
    const { local, caller, requestId, handedOver, upload, commit, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);

    for (let beat = 0; beat < 3; beat++) {
      local.time.advance(250);
      await reportRequestProgress(report, caller, { requestId, fence: 1, progress: noProgress });
    }
    await commit(await upload({ requestId, fence: 1 }));
    await reportRequestResult(report, caller, { requestId, fence: 1, outcome: 'completed' });

    expect(await find()).toMatchObject({ state: 'completed', progress: { percent: 100 } });
    expect((await ended()).status).toBe('SUCCEEDED');
  });

  it('fails at once when the agent is down and the request is manual', async () => {
    const { local, ended, find } = await arrange(() => ({}), 5);
    await using _ = local;

    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'BACKUP_REQUEST_FAILED' });
    expect(await find()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the agent is down'),
    });
  });

  it('waits for an agent that is down when the request is scheduled, and goes on when it is back', async () => {
    const inAnHour = (now: Instant) => ({
      windowEndsAt: new Date(Date.parse(now) + 60 * minute).toISOString() as Instant,
    });
    const { local, seen, find, handedOver, report, requestId } = await arrange(inAnHour, 5);
    await using _ = local;
    await until('it waits', async () => (await find()).state === 'waiting');

    await seen();
    await until('it is handed over', async () => {
      local.time.advance(30);
      return (await find()).fence === 1;
    });

    await handedOver(1);
    await abortRequest(report, operator, requestId);
  });

  it('waits again for a store that is gone before it took a scheduled request', async () => {
    const tomorrow = (now: Instant) => ({
      windowEndsAt: new Date(Date.parse(now) + 24 * 60 * minute).toISOString() as Instant,
    });
    const { local, find, handedOver, report, requestId } = await arrange(tomorrow);
    await using _ = local;
    await handedOver(1);

    await until('it waits', async () => {
      local.time.advance(60);
      return (await find()).state === 'waiting';
    });

    expect(await find()).toMatchObject({ owner: 'service', fence: 3 });
    await abortRequest(report, operator, requestId);
  });

  it('fails a store that falls silent while RMAN runs, after it was handed over again', async () => {
    const { local, caller, requestId, handedOver, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);
    await reportRequestProgress(report, caller, { requestId, fence: 1, progress: noProgress });

    await until('the end', async () => {
      local.time.advance(60);
      return (await find()).endedAt !== undefined;
    });

    expect((await ended()).status).toBe('FAILED');
    expect(await find()).toMatchObject({ fence: 3, reason: expect.stringContaining('STORE_SILENT') });
  });

  it('leaves an upload to itself when its store falls silent', async () => {
    const { service, local, caller, requestId, handedOver, report, ended, find, upload } = await arrange();
    await using _ = local;
    await handedOver(1);
    await reportRequestProgress(report, caller, { requestId, fence: 1, progress: noProgress });
    const { opened } = await upload({ requestId, fence: 1 });
    // Its commit is asked for and not done: nobody can tell how it ends.
    await service.catalog.uploads.beginCommit(opened.uploadId, opened.fence, {
      ...{ manifestSha256: 'a'.repeat(64), manifestBytes: 1, attempt: 1, requestedAt: service.clock.now() },
    });

    let status = '';
    void ended().then((execution) => (status = execution.status ?? ''));
    await until('the end of the execution', async () => {
      local.time.advance(60);
      return status !== '';
    });

    expect(status).toBe('SUCCEEDED');
    expect(await find()).toMatchObject({ state: 'uploading' });
  });

  it('ends at once when it is aborted, and that is no failure', async () => {
    const { local, requestId, handedOver, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);

    await abortRequest(report, operator, requestId);

    expect((await ended()).status).toBe('SUCCEEDED');
    expect(await find()).toMatchObject({ state: 'aborted' });
  });
});
