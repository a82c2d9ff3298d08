import { describe, expect, it } from 'vitest';
import { createAwsWorkflows } from '../../shared/adapters/aws/workflows.ts';
import type { Caller } from '../../shared/domain/access.ts';
import { cancelRestore } from '../../shared/usecases/restores/cancel-restore.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import { reportRestoreProgress, reportRestoreResult } from '../../shared/usecases/restores/report-restore.ts';
import { until } from '../local/stepfunctions/harness.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';
import { openWorkflows } from './support.ts';

const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
const progress = { filesDone: 1, filesTotal: 1, bytesDone: 10, bytesTotal: 10 };
/** More than the five minutes without a word after which a store counts as silent. */
const silence = 301;

async function arrange({ isFrozen = false, maxUsd = 100 } = {}) {
  const { service, local, machines } = await openWorkflows(() => {}, {
    archiveClass: isFrozen ? 'GLACIER' : 'none',
  });
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  const { recoveryPointId } = await runCommit(service, upload.uploadId);
  const { objects } = await service.vault.listStorage({ prefix: 'v1/' });
  const packs = objects.map(({ key }) => key).filter((key) => key.includes('/packs/'));
  for (const pack of isFrozen ? packs : []) service.vault.freeze('GLACIER', pack);
  const thaw = { tier: 'Standard', maxUsd } as const;
  const { restoreId } = await orderRestore(service, operator, { recoveryPointId, ...(isFrozen && { thaw }) });
  const workflows = createAwsWorkflows({
    client: local.workflows.client,
    restoreStateMachineArn: machines.restore,
  });
  const executionArn = await local.workflows.start(machines.restore, { restoreId });
  const handedOver = (fence: number) =>
    until(
      `hand-over ${fence}`,
      async () => (await service.catalog.restores.find(restoreId))?.fence === fence,
    );
  const report = { ...service, workflows };
  const ended = () => local.workflows.ended(executionArn);
  const find = () => service.catalog.restores.find(restoreId);
  /** Silence until the workflow acts on it. */
  const stayed = async (fence: number) => {
    await handedOver(fence);
    local.time.advance(silence);
    // The retry waits a second of its own before it hands over again.
    await until(`the end of hand-over ${fence}`, async () => {
      local.time.advance(1);
      const restore = await find();
      return restore?.fence !== fence || restore.endedAt !== undefined;
    });
  };
  return { service, local, caller, recoveryPointId, restoreId, handedOver, report, ended, find, stayed };
}

describe('restore-staging', () => {
  it('hands the restore over, follows the heartbeats and records the end', async () => {
    const { service, local, caller, recoveryPointId, restoreId, handedOver, report, ended, find } =
      await arrange();
    await using _ = local;
    await handedOver(1);

    for (let beat = 0; beat < 5; beat++) {
      local.time.advance(250);
      await reportRestoreProgress(report, caller, { restoreId, fence: 1, progress });
    }
    await reportRestoreResult(report, caller, { restoreId, fence: 1, outcome: 'completed', progress });

    expect((await ended()).status).toBe('SUCCEEDED');
    expect(await find()).toMatchObject({ state: 'completed', progress });
    expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([]);
    expect(service.events.published).toContainEqual(expect.objectContaining({ type: 'Restore Ended' }));
  });

  it('hands over again to a gateway that fell silent, which then goes on', async () => {
    const { local, caller, restoreId, handedOver, report, ended, find, stayed } = await arrange();
    await using _ = local;
    await stayed(1);
    await handedOver(2);

    const stale = reportRestoreProgress(report, caller, { restoreId, fence: 1, progress });
    await expect(stale).rejects.toMatchObject({ code: 'RESTORE_STATE_CONFLICT' });
    await reportRestoreResult(report, caller, { restoreId, fence: 2, outcome: 'completed', progress });

    expect((await ended()).status).toBe('SUCCEEDED');
    expect(await find()).toMatchObject({ state: 'completed', fence: 2 });
  });

  it('ends at once when it is cancelled, and that is no failure', async () => {
    const { service, local, recoveryPointId, restoreId, handedOver, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);

    await cancelRestore(report, operator, restoreId);

    expect((await ended()).status).toBe('SUCCEEDED');
    expect(await find()).toMatchObject({ state: 'cancelled', reason: 'cancelled by key-operator' });
    expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([]);
  });

  it('fails with its own error when files had to be left out, and the restore says which', async () => {
    const { local, caller, restoreId, handedOver, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);
    const damage = {
      filesDamaged: 1,
      bytesDamaged: 10,
      files: [{ path: 'a', code: 'VAULT_OBJECT_MISSING' }],
      objectsDamaged: 0,
      objects: [],
    };

    const outcome = 'completed-with-damage';
    await reportRestoreResult(report, caller, { restoreId, fence: 1, outcome, progress, damage });

    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'RESTORE_DAMAGED' });
    expect(await find()).toMatchObject({ state: 'completed-with-damage', damage });
  });

  it('fails when the gateway stays silent, and gives the pin back', async () => {
    const { service, local, recoveryPointId, ended, find, stayed } = await arrange();
    await using _ = local;

    for (const fence of [1, 2, 3]) await stayed(fence);

    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'RESTORE_FAILED' });
    expect(await find()).toMatchObject({ state: 'failed', reason: expect.stringContaining('STORE_SILENT') });
    expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([]);
  });

  it('fails with the gateway’s reason when the gateway gives up', async () => {
    const { local, caller, restoreId, handedOver, report, ended, find } = await arrange();
    await using _ = local;
    await handedOver(1);

    await reportRestoreResult(report, caller, {
      restoreId,
      fence: 1,
      outcome: 'failed',
      code: 'VAULT_OBJECT_DAMAGED',
      reason: 'pack 3 is not what was stored',
    });

    expect((await ended()).status).toBe('FAILED');
    expect(await find()).toMatchObject({
      state: 'failed',
      reason: 'VAULT_OBJECT_DAMAGED: pack 3 is not what was stored',
    });
  });

  it('goes on after the service was restarted while it waited', async () => {
    const { local, caller, restoreId, handedOver, ended, service } = await arrange();
    await using _ = local;
    await handedOver(1);
    await local.restart();
    const workflows = createAwsWorkflows({ client: local.workflows.client });

    await reportRestoreResult({ ...service, workflows }, caller, {
      restoreId,
      fence: 1,
      outcome: 'completed',
      progress,
    });

    expect((await ended()).status).toBe('SUCCEEDED');
  });

  describe('of packs that are frozen', () => {
    const hour = 3600;
    let once = 0;
    /** All was asked for, and paid for, since the copies that lapsed. */
    const asked = ({ find }: Awaited<ReturnType<typeof arrange>>, times = 1) =>
      until(`ask ${times}`, async () => {
        const { usd = 0 } = (await find())?.thaw ?? {};
        once ||= usd;
        return once > 0 && Math.round(usd / once) === times;
      });
    /** The workflow's clock, in steps below a store's silence, as long as it waits. */
    const outwait = ({ local, find }: Awaited<ReturnType<typeof arrange>>) =>
      until('the end of the wait', async () => {
        if ((await find())?.state !== 'thawing') return true;
        local.time.advance(50);
        return false;
      });

    it('asks for them, waits, hands over, and thaws again what lapsed before it was read', async () => {
      const arranged = await arrange({ isFrozen: true });
      const { service, local, caller, restoreId, handedOver, report, ended, find } = arranged;
      await using _ = local;
      for (const fence of [1, 2]) {
        await asked(arranged, fence);
        service.clock.advance(5 * hour * 1000);
        await outwait(arranged);
        await handedOver(fence);
        if (fence === 2) break;
        service.clock.advance(49 * hour * 1000);
        const lapsed = { restoreId, fence, outcome: 'frozen', object: 'a pack' } as const;
        await reportRestoreResult(report, caller, lapsed);
      }
      await reportRestoreResult(report, caller, { restoreId, fence: 2, outcome: 'completed', progress });

      expect((await ended()).status).toBe('SUCCEEDED');
      expect(await find()).toMatchObject({ state: 'completed', fence: 2 });
    });

    it('ends without a failure when it is cancelled meanwhile', async () => {
      const arranged = await arrange({ isFrozen: true });
      const { service, local, recoveryPointId, restoreId, report, ended } = arranged;
      await using _ = local;
      await asked(arranged);

      await cancelRestore(report, operator, restoreId);
      let status: string | undefined;
      void ended().then((end) => {
        status = end.status;
      });
      await until('the end', async () => {
        local.time.advance(50);
        return status !== undefined;
      });

      expect(status).toBe('SUCCEEDED');
      expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([]);
    });

    it('fails with the price when that is above the limit', async () => {
      const { service, local, recoveryPointId, ended, find } = await arrange({ isFrozen: true, maxUsd: 0 });
      await using _ = local;

      expect(await ended()).toMatchObject({ status: 'FAILED', error: 'RESTORE_FAILED' });
      expect(await find()).toMatchObject({ reason: expect.stringMatching(/^THAW_COST_ABOVE_LIMIT/) });
      expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([]);
    });
  });
});
