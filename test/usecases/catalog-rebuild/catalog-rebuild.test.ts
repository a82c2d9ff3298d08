import { describe, expect, it } from 'vitest';
import { emptyState } from '../../../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import { createMemoryVault } from '../../../shared/adapters/memory/vault.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type { Restore } from '../../../shared/domain/restore.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { formatVaultKey, uploadPrefix } from '../../../shared/domain/vault/keys.ts';
import {
  exportCatalog,
  exportJournal,
  exportMount,
} from '../../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { readJournal } from '../../../shared/usecases/catalog-rebuild/read-journal.ts';
import { rebuildCatalog } from '../../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { signOffReconciliation } from '../../../shared/usecases/catalog-rebuild/sign-off.ts';
import { requireJournalStored } from '../../../shared/usecases/journal/require-journal-stored.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { changeMount } from '../../../shared/usecases/mounts/change-mount.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import { requireDeletionAllowed } from '../../../shared/usecases/mounts/require-in-step.ts';
import { setStrategy } from '../../../shared/usecases/requests/strategies.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { abortUpload } from '../../../shared/usecases/uploads/abort-upload.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { signUpload } from '../../../shared/usecases/uploads/sign-upload.ts';
import { watchUploads } from '../../../shared/usecases/uploads/watch-uploads.ts';
import { present } from '../../adapters/support/line.ts';
import { Crash, crashing } from '../../support/crashing.ts';
import { interrupted } from '../../support/interrupted.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { admin } from '../../support/serving-store.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

/** A mount with two points, an upload that was given up and one that is open. */
async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const { mountId, storeId } = mount;
  const backUp = async () => {
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    service.clock.advance(60_000);
    return runCommit(service, upload.uploadId);
  };
  const first = await backUp();
  await changeMount(service, admin, { mountId, expire: '3w', backupEvery: '1w' });
  await service.catalog.stores.noteSeen(storeId, {
    ...{
      at: service.clock.now(),
      gatewayVersion: '1.0.0',
      capabilities: ['backup-request', 'stage-restore'],
    },
  });
  await service.catalog.agents.note(
    storeId,
    [{ name: 'LEDGER', mountId, highestLevel: 1 }],
    service.clock.now(),
  );
  await setStrategy(service, admin, { mountId, database: 'LEDGER', expire: '2w' });
  const aborted = await openSnapshot(service, caller, mount);
  await abortUpload(service, caller, { uploadId: aborted.uploadId, reason: 'for the test' });
  const second = await backUp();
  const open = await openSnapshot(service, caller, mount);
  await uploadFiles(service, caller, open);
  await storeJournal(service, mountId);
  return { service, mount, mountId, storeId, caller, backUp, first, second, aborted, open };
}

/** The same service with a catalog that knows nothing. */
const lose = (service: MemoryService): MemoryService => ({ ...service, catalog: createMemoryCatalog() });

/** The same service over a copy of its vault: a rebuild adds to the journal. */
async function copyOf(service: MemoryService): Promise<MemoryService> {
  const vault = createMemoryVault(service);
  const { versions } = await service.vault.listVersions({ prefix: '' });
  for (const { key } of versions) {
    const bytes = await Array.fromAsync(present(await service.vault.read(key)));
    await vault.putOnce(key, Buffer.concat(bytes));
  }
  return { ...service, vault };
}

const rebuild = (service: MemoryService, mode: 'empty' | 'replay' = 'empty') =>
  rebuildCatalog(service, { mode, by: 'an-operator' });

describe('a catalog that is rebuilt from the vault', () => {
  it('is the one that was lost, but for what a rebuild makes void', async () => {
    const { service, mountId, storeId } = await arrange();
    await createMount(service, {
      storeId,
      name: 'mount-2',
      expire: 'never',
      maxPendingSnapshots: 5,
    });
    const { items } = await service.catalog.mounts.list({}, { limit: 10 });
    for (const each of items) await storeJournal(service, each.mountId);
    const expected = await exportCatalog(service.catalog);
    const lost = await service.catalog.mounts.find(mountId);
    const after = lose(service);

    expect(await rebuild(after)).toEqual({ rebuilt: 2, inStep: 0, failed: [] });

    expect(await exportCatalog(after.catalog)).toEqual(expected);
    const mount = await after.catalog.mounts.find(mountId);
    expect(mount).toMatchObject({ epoch: 2, reconciliation: { since: service.clock.now() } });
    expect(mount).not.toHaveProperty('openUploadId');
    expect(mount?.journal.number).toBe((lost?.journal.number ?? 0) + 2);
    expect(mount?.journal.stored).toBe(mount?.journal.number);
    expect(await exportJournal(after.vault, mountId)).toEqual(await exportMount(after.catalog, mountId));
  });

  it('gives up what was uploaded without a commit, whatever lies there', async () => {
    const { service, mountId, open, aborted, first } = await arrange();
    const record = await service.vault.read(
      formatVaultKey({ kind: 'recovery-point', mountId, uploadId: first.recoveryPointId }),
    );
    const forged = formatVaultKey({ kind: 'recovery-point', mountId, uploadId: open.uploadId });
    await service.vault.putOnce(forged, Buffer.concat(await Array.fromAsync(record ?? [])));
    const after = lose(service);

    await rebuild(after);

    expect(await after.catalog.recoveryPoints.find(open.uploadId)).toBeUndefined();
    expect(await after.catalog.uploads.find(open.uploadId)).toMatchObject({ state: 'closing' });
    expect(await after.catalog.uploads.find(aborted.uploadId)).toMatchObject({
      state: 'closing',
      closeReason: 'aborted: for the test',
    });
    const page = await after.vault.listVersions({ prefix: uploadPrefix(mountId, open.uploadId) });
    expect(page.versions.length).toBeGreaterThan(1);
  });

  it('gives up more of them than one transaction has room for', async () => {
    const { service, mountId } = await arrange();
    const strays = Array.from(
      { length: 170 },
      (_, index) => `01K${String(index).padStart(23, '0')}` as UploadId,
    );
    for (const uploadId of strays) {
      const key = formatVaultKey({ kind: 'pack', mountId, uploadId, number: 1, sha256: 'a'.repeat(64) });
      await service.vault.putOnce(key, Buffer.from('lost'));
    }
    const lost = { ...service, catalog: createMemoryCatalog(emptyState()) };

    const { rebuilt, failed } = await rebuildCatalog(lost, { mode: 'empty', by: 'somebody' });

    const found = await Promise.all(strays.map((uploadId) => lost.catalog.uploads.find(uploadId)));
    expect([rebuilt, failed, new Set(found.map((upload) => upload?.state))]).toEqual([
      ...[1, [], new Set(['closing'])],
    ]);
    expect(await exportMount(lost.catalog, mountId)).toEqual(await exportJournal(lost.vault, mountId));
  });

  it('lets its gateway go on: the old upload is refused, its snapshot uploaded anew, a committed one known', async () => {
    const { service, caller, open, second } = await arrange();
    const committed = await service.catalog.uploads.find(second.recoveryPointId);
    const after = lose(service);
    await rebuild(after);
    const reopen = ({ mountId, snapshotId, snapName, requestedAt }: Upload) =>
      openUpload(after, caller, { mountId, snapshotId, snapName, requestedAt });

    const { uploadId, fence } = open;
    await expect(signUpload(after, caller, { uploadId, fence, objects: [] })).rejects.toMatchObject({
      code: 'UPLOAD_FENCED',
    });
    expect(await reopen(present(committed))).toMatchObject({
      uploadId: committed?.uploadId,
      state: 'committed',
    });
    const again = await reopen(open);
    expect(again).toMatchObject({ epoch: 2, parent: { uploadId: second.recoveryPointId } });
    expect(again.uploadId).not.toBe(open.uploadId);
    await askCommit(after, caller, again, await uploadFiles(after, caller, again));
    expect(await runCommit(after, again.uploadId)).toMatchObject({
      seq: 3,
      parentId: second.recoveryPointId,
    });
    expect(await exportJournal(after.vault, open.mountId)).toEqual(
      await exportMount(after.catalog, open.mountId),
    );
  });

  it('gives restores other numbers than before: they name folders on disks', async () => {
    const { service, first } = await arrange();
    const order = (of: MemoryService) => orderRestore(of, admin, { recoveryPointId: first.recoveryPointId });
    const before = await order(service);
    const after = lose(service);
    await rebuild(after);

    expect((await order(after)).jobId).toBeGreaterThan(before.jobId + 1_000_000);
  });

  it('lets nothing be deleted before somebody signs it off', async () => {
    const { service, mountId } = await arrange();
    const after = lose(service);
    await rebuild(after);
    const find = async () => present(await after.catalog.mounts.find(mountId));
    const rebuilt = await find();

    expect(() => requireDeletionAllowed(rebuilt)).toThrow('not signed off');
    await signOffReconciliation(after, admin, mountId);
    await signOffReconciliation(after, admin, mountId);

    const signedOff = await find();
    expect(() => requireDeletionAllowed(signedOff)).not.toThrow();
    expect(signedOff.journal.number).toBe(rebuilt.journal.number + 1);
    await storeJournal(after, mountId);
    const [entry] = (await readJournal(after.vault, mountId)).slice(-1);
    expect(entry).toMatchObject({ kind: 'reconciliation-signed-off', data: { epoch: 2, by: 'key-admin' } });
  });

  it('is refused where there is a catalog', async () => {
    const { service } = await arrange();

    await expect(rebuild(service)).rejects.toMatchObject({ code: 'CATALOG_NOT_EMPTY' });
  });

  it('names the mounts whose journal is broken, and rebuilds the others', async () => {
    const { service, mountId, storeId } = await arrange();
    const other = await createMount(service, {
      ...{ storeId, name: 'mount-2', expire: 'never', maxPendingSnapshots: 5 },
    });
    const key = (number: number) => formatVaultKey({ kind: 'journal', mountId: other.mountId, number });
    await service.vault.putOnce(key(2), Buffer.from('{"kind":"of another time"}'));
    const after = lose(service);

    expect(await rebuild(after)).toMatchObject({
      rebuilt: 1,
      failed: [
        {
          mountId: other.mountId,
          code: 'JOURNAL_BROKEN',
          message: expect.stringContaining('entry 1 is missing'),
        },
      ],
    });

    expect(await after.catalog.mounts.find(other.mountId)).toBeUndefined();
    expect(await after.catalog.mounts.find(mountId)).toBeDefined();
  });

  it('goes on after any crash, by a replay', async () => {
    const { service } = await arrange();
    const expected = await exportCatalog(service.catalog);
    const plan = { calls: 0, at: 0, when: 'before' as const };
    await rebuild({ ...lose(await copyOf(service)), catalog: crashing(createMemoryCatalog(), plan) });
    const calls = plan.calls;
    expect(calls).toBeGreaterThan(5);

    for (let at = 1; at <= calls; at++) {
      for (const when of ['before', 'after'] as const) {
        const after = lose(await copyOf(service));
        const crashed = { ...after, catalog: crashing(after.catalog, { calls: 0, at, when }) };
        await expect(rebuild(crashed)).rejects.toThrow(Crash);

        expect(await rebuild(after, 'replay')).toMatchObject({ failed: [] });

        expect(await exportCatalog(after.catalog)).toEqual(expected);
      }
    }
  });
});

describe('a catalog from yesterday, against a vault of today,', () => {
  /** Yesterday an upload was open that is a point by now; another point is on its way out. */
  async function arrangeYesterday() {
    const state = emptyState();
    const service = createMemoryService({ catalogOf: () => createMemoryCatalog(state) });
    const { mount, caller } = await createStoreAndMount(service);
    const { mountId } = mount;
    const upload = await openSnapshot(service, caller, mount);
    const packed = await uploadFiles(service, caller, upload);
    await storeJournal(service, mountId);
    const yesterday = structuredClone(state);
    await askCommit(service, caller, upload, packed);
    const point = await runCommit(service, upload.uploadId);
    const today = await exportCatalog(service.catalog);
    service.clock.advance(30 * 86_400_000);
    const old: MemoryService = { ...service, catalog: createMemoryCatalog(yesterday) };
    const objects = () => service.vault.listVersions({ prefix: uploadPrefix(mountId, upload.uploadId) });
    const find = async () => present(await old.catalog.mounts.find(mountId));
    return { old, mountId, caller, mount, upload, point, today, objects, find };
  }

  it('deletes nothing: what it would sweep is a point by now, which its own journal entry shows', async () => {
    const { old, mountId, upload, objects, find } = await arrangeYesterday();
    const before = await objects();

    expect(await watchUploads(old)).toMatchObject({ abandoned: 1 });

    const { journalNumber } = present(await old.catalog.uploads.find(upload.uploadId));
    await expect(requireJournalStored(old, mountId, present(journalNumber))).rejects.toMatchObject({
      code: 'JOURNAL_FORKED',
    });
    const stopped = await find();
    expect(() => requireDeletionAllowed(stopped)).toThrow('stands still');
    expect(await objects()).toEqual(before);
  });

  it('is brought up to the vault by a replay, and then waits to be signed off', async () => {
    const { old, mountId, caller, mount, point, today, find } = await arrangeYesterday();
    await watchUploads(old);
    await requireJournalStored(old, mountId, 2).catch(() => {});

    expect(await rebuild(old, 'replay')).toEqual({ rebuilt: 1, inStep: 0, failed: [] });

    expect(await exportCatalog(old.catalog)).toEqual(today);
    const replayed = await find();
    expect(replayed).not.toHaveProperty('diverged');
    expect(() => requireDeletionAllowed(replayed)).toThrow('not signed off');
    const next = await openSnapshot(old, caller, mount);
    expect(next.parent?.uploadId).toBe(point.recoveryPointId);
    expect(await rebuild(old, 'replay')).toEqual({ rebuilt: 0, inStep: 1, failed: [] });
  });

  it('is replayed also before anything has noticed, an open upload of then being given up', async () => {
    const { old, today, find } = await arrangeYesterday();

    await rebuild(old, 'replay');

    expect(await exportCatalog(old.catalog)).toEqual(today);
    expect(await find()).not.toHaveProperty('openUploadId');
  });

  it('is replayed also where nothing was journaled since: what was uploaded then, and it knows nothing of, is given up', async () => {
    const state = emptyState();
    const service = createMemoryService({ catalogOf: () => createMemoryCatalog(state) });
    const { mount, caller } = await createStoreAndMount(service);
    await storeJournal(service, mount.mountId);
    const yesterday = structuredClone(state);
    const upload = await openSnapshot(service, caller, mount);
    await uploadFiles(service, caller, upload);
    const old: MemoryService = { ...service, catalog: createMemoryCatalog(yesterday) };

    expect(await rebuild(old, 'replay')).toEqual({ rebuilt: 1, inStep: 0, failed: [] });

    expect(await old.catalog.uploads.find(upload.uploadId)).toMatchObject({ state: 'closing' });
    expect(await rebuild(old, 'replay')).toEqual({ rebuilt: 0, inStep: 1, failed: [] });
  });

  it('is left alone where it is ahead of the vault by what waits in its outbox', async () => {
    const { service, mountId, caller, mount } = await arrange();
    await abortUpload(service, caller, {
      uploadId: present((await service.catalog.mounts.find(mountId))?.openUploadId),
      reason: 'not stored yet',
    });
    await openSnapshot(service, caller, mount);

    expect(await rebuild(service, 'replay')).toEqual({ rebuilt: 0, inStep: 1, failed: [] });

    const found = present(await service.catalog.mounts.find(mountId));
    expect(found.journal.stored).toBe(found.journal.number);
    expect(found.openUploadId).toBeDefined();
  });
});

describe('two rebuilds of one mount at once', () => {
  /** The first run stands still at its call number `at`, while the second one comes through and a backup is committed. */
  async function overlap(service: MemoryService, of: Arranged, at: number) {
    const { mount, caller } = of;
    const plan = { calls: 0, at };
    let committed: UploadId | undefined;
    const meanwhile = async () => {
      expect(await rebuild(service, 'replay')).toMatchObject({ failed: [] });
      const upload = await openSnapshot(service, caller, mount);
      await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
      committed = (await runCommit(service, upload.uploadId)).recoveryPointId;
    };
    const first: MemoryService = {
      ...service,
      catalog: interrupted(service.catalog, plan, meanwhile),
      vault: interrupted(service.vault, plan, meanwhile),
    };
    const end = await rebuild(first, 'replay');
    return { end, calls: plan.calls, committed };
  }

  type Arranged = Pick<Awaited<ReturnType<typeof arrange>>, 'mount' | 'caller'>;

  async function everywhere(make: () => Promise<{ service: MemoryService; of: Arranged }>) {
    const { service, of } = await make();
    const { calls } = await overlap(service, of, 0);
    expect(calls).toBeGreaterThan(15);
    for (let at = 1; at <= calls; at++) {
      const { service: again, of: that } = await make();
      const { end, committed } = await overlap(again, that, at);

      expect(end).toMatchObject({ failed: [] });
      const { mountId } = that.mount;
      const point = await again.catalog.recoveryPoints.find(present(committed));
      expect(point).toMatchObject({ state: 'available' });
      const found = present(await again.catalog.mounts.find(mountId));
      expect(found).toMatchObject({ headId: committed, epoch: 2 });
      expect(found).not.toHaveProperty('diverged');
      expect(await exportJournal(again.vault, mountId)).toEqual(await exportMount(again.catalog, mountId));
    }
  }

  it('lose no commit that was acknowledged in between, when the catalog was lost', async () => {
    const { service, ...of } = await arrange();
    await everywhere(async () => ({ service: lose(await copyOf(service)), of }));
  });

  it('lose no commit that was acknowledged in between, when the catalog is from the past', async () => {
    const state = emptyState();
    const service = createMemoryService({ catalogOf: () => createMemoryCatalog(state) });
    const of = await createStoreAndMount(service);
    await storeJournal(service, of.mount.mountId);
    const past = structuredClone(state);
    const upload = await openSnapshot(service, of.caller, of.mount);
    await askCommit(service, of.caller, upload, await uploadFiles(service, of.caller, upload));
    await runCommit(service, upload.uploadId);

    await everywhere(async () => {
      const catalog = createMemoryCatalog(structuredClone(past));
      return { service: { ...(await copyOf(service)), catalog }, of };
    });
  });
});

describe('a restore that is ordered around a rebuild', () => {
  /** A catalog from the past with a point, on which a restore is ordered at the rebuild's call number `at`. */
  async function orderAt(at: number) {
    const state = emptyState();
    const service = createMemoryService({ catalogOf: () => createMemoryCatalog(state) });
    const { mount, caller } = await createStoreAndMount(service);
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const { recoveryPointId } = await runCommit(service, upload.uploadId);
    await storeJournal(service, mount.mountId);
    const past = structuredClone(state);
    await changeMount(service, admin, { mountId: mount.mountId, expire: '3w' });
    await storeJournal(service, mount.mountId);
    const catalog = createMemoryCatalog(past);
    // An index that is behind does not show what was ordered a moment before.
    const restores = { ...catalog.restores, listRunning: async () => ({ items: [] }) };
    const old: MemoryService = { ...service, catalog: { ...catalog, restores } };
    const plan = { calls: 0, at };
    const order = () => orderRestore(old, admin, { recoveryPointId });
    let ordered: Restore | string | undefined;
    const during = interrupted(old.catalog, plan, async () => {
      ordered = await order().catch((error: { code: string }) => error.code);
    });
    expect(await rebuild({ ...old, catalog: during }, 'replay')).toMatchObject({ rebuilt: 1, failed: [] });
    return { old, ordered, calls: plan.calls, recoveryPointId };
  }

  it('is refused, ended by it, or has its pin, wherever it comes', async () => {
    const seen = new Set<string>();
    const { calls } = await orderAt(0);
    for (let at = 1; at <= calls; at++) {
      const { old, ordered, recoveryPointId } = await orderAt(at);
      const pins = await old.catalog.recoveryPoints.pins(recoveryPointId);
      if (typeof ordered === 'string') {
        expect(ordered).toBe('MOUNT_DIVERGED');
        expect(pins).toEqual([]);
        seen.add('refused');
        continue;
      }
      const { restoreId } = present(ordered);
      const { state } = present(await old.catalog.restores.find(restoreId));
      expect(pins).toEqual(state === 'failed' ? [] : [`restore:${restoreId}`]);
      seen.add(state);
    }
    expect(seen).toEqual(new Set(['failed', 'refused', 'planned']));
  });
});
