import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../functions/runtime/metric-names.ts';
import { createWatch } from '../../functions/watch/handler.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { endRestore } from '../../shared/usecases/restores/end-restore.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import { lambdaContext } from '../support/http-event.ts';
import { createMemoryService } from '../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';

const day = 86_400_000;
const minute = 60_000;

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  /** Runs the watch; answers what it measured. */
  const run = async () => {
    const measured: Partial<Record<MetricName, number>> = {};
    const telemetry = {
      ...service.telemetry,
      measure: (values: Partial<Record<MetricName, number>>) => void Object.assign(measured, values),
    };
    await createWatch({ ...service, telemetry })({} as never, lambdaContext as never);
    return measured;
  };
  return { service, mount, caller, run };
}

describe('a run of the watch', () => {
  it('counts itself, and everything that it found, also when that is nothing', async () => {
    const { run } = await arrange();
    await run();

    expect(await run()).toEqual({
      WatchRuns: 1,
      WatchRestarts: 0,
      OverdueUploads: 0,
      OverdueRestores: 0,
      OverdueRequests: 0,
      AbandonedStagedFiles: 0,
      JournalEntriesStored: 0,
      JournalsBehind: 0,
      JournalsForked: 0,
      ScheduledRequests: 0,
      MissedSchedules: 0,
      SchedulesNotRun: 0,
      AlertsRaised: 0,
      StoresNotWatched: 0,
    });
  });

  it('counts the journal entries that it stored', async () => {
    const { run } = await arrange();

    expect(await run()).toMatchObject({ JournalEntriesStored: 1, JournalsBehind: 0 });
  });

  it('counts a forked journal as behind and as forked', async () => {
    const { service, mount, run } = await arrange();
    const key = formatVaultKey({ kind: 'journal', mountId: mount.mountId, number: 1 });
    await service.vault.putOnce(key, Buffer.from('of another time'));

    expect(await run()).toMatchObject({ WatchRuns: 1, JournalsBehind: 1, JournalsForked: 1 });
  });

  it('counts uploads and restores past their deadlines', async () => {
    const { service, mount, caller, run } = await arrange();
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const { recoveryPointId } = await runCommit(service, upload.uploadId);
    await orderRestore(service, { credentialId: 'key-operator', role: 'operator' }, { recoveryPointId });
    await openSnapshot(service, caller, mount);

    service.clock.advance(60 * day);

    expect(await run()).toMatchObject({ OverdueUploads: 1, OverdueRestores: 1 });
  });

  it('counts staged files that their store has never said to be gone', async () => {
    const { service, mount, caller, run } = await arrange();
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const { recoveryPointId } = await runCommit(service, upload.uploadId);
    const capabilities = ['stage-restore', 'staged-leases'];
    const seen = { at: service.clock.now(), gatewayVersion: '1', capabilities };
    await service.catalog.stores.noteSeen(mount.storeId, seen);
    const operator = { credentialId: 'key-operator', role: 'operator' } as const;
    const { restoreId, progress } = await orderRestore(service, operator, { recoveryPointId, lease: '1d' });
    await handOverRestore(service, { restoreId, taskToken: 'token' });
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });

    service.clock.advance(31 * day - minute);
    expect(await run()).toMatchObject({ AbandonedStagedFiles: 0 });
    service.clock.advance(2 * minute);
    expect(await run()).toMatchObject({ AbandonedStagedFiles: 1 });
    expect(await run()).toMatchObject({ AbandonedStagedFiles: 0 });
  });

  it('counts the workflows that it starts for whoever could not', async () => {
    const { service, mount, caller, run } = await arrange();
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    service.clock.advance(5 * 60_000);

    expect(await run()).toMatchObject({ WatchRestarts: 1 });
  });
});
