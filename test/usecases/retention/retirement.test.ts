import { describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { journalPrefix, mountPrefix } from '../../../shared/domain/vault/keys.ts';
import { exportJournal, exportMount } from '../../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { decideByRetention } from '../../../shared/usecases/reclaim/decide-by-retention.ts';
import { sweepUpload } from '../../../shared/usecases/reclaim/sweep-upload.ts';
import { executePlan } from '../../../shared/usecases/retention/execute-plan.ts';
import { makePlan } from '../../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../../shared/usecases/retention/point-contents.ts';
import {
  cancelRetirement,
  orderRetirement,
  orderStoreRetirement,
} from '../../../shared/usecases/retention/retire.ts';
import { abortUpload } from '../../../shared/usecases/uploads/abort-upload.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { admin } from '../../support/serving-store.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const dayMillis = 86_400_000;

/** A mount with three points and an upload that was given up. */
async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service, 'never');
  const { mountId } = mount;
  const ids: UploadId[] = [];
  for (const content of ['one', 'two', 'three']) {
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(
      service,
      caller,
      upload,
      await uploadFiles(service, caller, upload, { same: 'a', content }),
    );
    ids.push((await runCommit(service, upload.uploadId)).recoveryPointId);
    service.clock.advance(60_000);
  }
  const aborted = await openSnapshot(service, caller, mount);
  await uploadFiles(service, caller, aborted);
  await abortUpload(service, caller, { uploadId: aborted.uploadId, reason: 'for the test' });
  const dependencies = () => {
    const deps = { ...service, contents: createPointContents(service.vault) };
    return { ...deps, decideAgain: decideByRetention(deps) };
  };
  /** One run of retention. */
  const retain = async () => {
    const { note } = await makePlan(dependencies(), mountId);
    return executePlan(dependencies(), { mountId, sha256: note.sha256, most: 100 });
  };
  /** What is carried out some days later. */
  const reclaim = async () => {
    for (const id of ids) {
      await beginReclaim(dependencies(), id);
      await carryOutReclaim(dependencies(), id);
    }
    await sweepUpload(service, aborted.uploadId);
  };
  const states = () =>
    Promise.all(ids.map(async (id) => (await service.catalog.recoveryPoints.find(id))?.state));
  const listed = async (prefix: string) => (await service.vault.listVersions({ prefix })).versions;
  const retire = () => orderRetirement(service, admin, { mountId, confirmName: 'mount-1' });
  return { service, mount, mountId, caller, ids, retain, reclaim, states, listed, retire };
}

describe('a mount that is retired', () => {
  it('has nothing under its uploads in the end, no version at all, and keeps its journal', async () => {
    const { service, mountId, retain, reclaim, states, listed, retire } = await arrange();
    expect((await listed(`${mountPrefix(mountId)}uploads/`)).length).toBeGreaterThan(10);
    await retire();

    expect(await retain()).toMatchObject({ expired: 3, left: [] });
    service.clock.advance(9 * dayMillis);
    await reclaim();

    expect(await states()).toEqual(['tombstone', 'tombstone', 'tombstone']);
    expect(await listed(`${mountPrefix(mountId)}uploads/`)).toEqual([]);
    await storeJournal(service, mountId);
    expect((await listed(journalPrefix(mountId))).length).toBeGreaterThan(10);
    expect(await exportJournal(service.vault, mountId)).toEqual(await exportMount(service.catalog, mountId));
  });

  it('loses nothing before the undo window ends, and gets all back when the order is taken back', async () => {
    const { service, mountId, retain, reclaim, states, retire } = await arrange();
    await retire();
    await retain();
    service.clock.advance(6 * dayMillis);
    await reclaim();
    expect(await states()).toEqual(['pending-deletion', 'pending-deletion', 'pending-deletion']);

    await cancelRetirement(service, admin, mountId);
    await cancelRetirement(service, admin, mountId);
    expect(await retain()).toMatchObject({ broughtBack: 3, expired: 0 });

    service.clock.advance(30 * dayMillis);
    await reclaim();
    expect(await states()).toEqual(['available', 'available', 'available']);
  });

  it('takes no more backups until the order is taken back', async () => {
    const { service, mountId, mount, caller, retire } = await arrange();
    const retired = await retire();
    expect(await retire()).toEqual(retired);

    await expect(openSnapshot(service, caller, mount)).rejects.toMatchObject({
      code: 'MOUNT_STATE_CONFLICT',
    });

    await cancelRetirement(service, admin, mountId);
    expect(await openSnapshot(service, caller, mount)).toMatchObject({ state: 'open' });
  });

  it('is not retired without its name, or while an upload is open', async () => {
    const { service, mount, mountId, caller, retire } = await arrange();

    await expect(orderRetirement(service, admin, { mountId, confirmName: 'mount-2' })).rejects.toMatchObject({
      code: 'RETIREMENT_NOT_CONFIRMED',
      status: 400,
    });
    await openSnapshot(service, caller, mount);
    await expect(retire()).rejects.toMatchObject({ code: 'MOUNT_BUSY' });

    expect(await service.catalog.mounts.find(mountId)).not.toHaveProperty('retirement');
  });

  it('is one of all those of a store that is retired', async () => {
    const { service, mount } = await arrange();
    const { storeId } = mount;

    await expect(
      orderStoreRetirement(service, admin, { storeId, confirmName: 'mount-1' }),
    ).rejects.toMatchObject({ code: 'RETIREMENT_NOT_CONFIRMED' });
    const ordered = await orderStoreRetirement(service, admin, { storeId, confirmName: 'store-1' });

    expect(ordered).toMatchObject([{ retirement: { orderedBy: 'key-admin' } }]);
  });
});
