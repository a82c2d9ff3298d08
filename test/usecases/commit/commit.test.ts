import { describe, expect, it } from 'vitest';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { recordRecoveryPoint } from '../../../shared/usecases/commit/record-recovery-point.ts';
import { refuseCommit } from '../../../shared/usecases/commit/refuse-commit.ts';
import { verifyManifest } from '../../../shared/usecases/commit/verify-manifest.ts';
import { verifyObjects } from '../../../shared/usecases/commit/verify-objects.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { closeUpload } from '../../../shared/usecases/uploads/close-upload.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { showUpload } from '../../../shared/usecases/uploads/show-upload.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  listPoints,
  openSnapshot,
  packFiles,
  runCommit,
  sendObject,
  uploadFiles,
} from '../../support/uploading.ts';

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  return { service, mount, caller, upload, run: { uploadId: upload.uploadId, attempt: 1 } };
}

describe('a commit', () => {
  it('makes the upload a recovery point and the head of its mount', async () => {
    const { service, mount, caller, upload } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const point = await runCommit(service, upload.uploadId);

    expect(point).toMatchObject({
      seq: 1,
      state: 'available',
      totals: { files: 1, bytes: 10, ownObjects: 3 },
    });
    expect(point.expiresAt).toBe('2026-02-07T12:00:00.000Z');
    expect((await listPoints(service, mount.mountId)).items).toEqual([point]);
    expect(await service.catalog.mounts.find(mount.mountId)).toMatchObject({
      headId: upload.uploadId,
      seq: 1,
      lineVersion: 1,
    });
  });

  it('frees the mount for the next upload, which has the new head as its pinned parent', async () => {
    const { service, mount, caller, upload } = await arrange();
    const files = await uploadFiles(service, caller, upload);
    await askCommit(service, caller, upload, files);
    await runCommit(service, upload.uploadId);

    const next = await openSnapshot(service, caller, mount);

    expect(next.parent).toEqual({ uploadId: upload.uploadId, manifestSha256: files.manifestSha256 });
    expect(await service.catalog.recoveryPoints.pins(upload.uploadId)).toEqual([`upload:${next.uploadId}`]);
  });

  it('shows nothing at any moment before its transaction (S16)', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    const visible = async () => (await listPoints(service, mount.mountId)).items.length;
    const packed = await packFiles(service, upload, {
      'a.dbf': 'a',
      'b.dbf': Buffer.alloc(3_000_000, 'xyz'),
    });

    for (const { object, bytes } of packed.objects) {
      await sendObject(service, caller, upload, object, bytes);
      expect(await visible()).toBe(0);
    }
    await askCommit(service, caller, upload, packed);
    expect(await visible()).toBe(0);
    const totals = await verifyManifest(service, run);
    await verifyObjects(service, run);
    expect(await visible()).toBe(0);
    await recordRecoveryPoint(service, { ...run, totals });

    expect(await visible()).toBe(1);
  });

  it('is acknowledged only when its journal entry is stored', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const totals = await verifyManifest(service, run);
    await recordRecoveryPoint(service, { ...run, totals });
    const before = await showUpload(service, caller, upload.uploadId);

    await storeJournal(service, mount.mountId);

    expect(before.state).toBe('committing');
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
  });

  it('is not acknowledged early by opening its snapshot again either', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const totals = await verifyManifest(service, run);
    await recordRecoveryPoint(service, { ...run, totals });
    const open = () => openUpload(service, caller, upload);
    const before = await open();

    await storeJournal(service, mount.mountId);

    expect(before).toMatchObject({ uploadId: upload.uploadId, state: 'committing' });
    expect(await open()).toMatchObject({ uploadId: upload.uploadId, state: 'committed' });
  });

  it('is not acknowledged early by an opening that it overtakes', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const totals = await verifyManifest(service, run);
    const { mounts } = service.catalog;
    const findThenCommit: typeof mounts.find = async (mountId) => {
      const found = await mounts.find(mountId);
      await recordRecoveryPoint(service, { ...run, totals });
      return found;
    };
    const overtaken = {
      ...service,
      catalog: { ...service.catalog, mounts: { ...mounts, find: findThenCommit } },
    };

    const { mountId } = mount;
    const { snapshotId, snapName, requestedAt } = upload;
    const answer = await openUpload(overtaken, caller, { mountId, snapshotId, snapName, requestedAt });

    expect(answer.state).toBe('committing');
  });

  it('ends in one point however often and whenever its steps run (S41)', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const both = await Promise.all([
      runCommit(service, upload.uploadId),
      runCommit(service, upload.uploadId),
    ]);
    const late = await runCommit(service, upload.uploadId);
    await refuseCommit(service, { ...run, code: 'INTERNAL', message: 'a late failure' });

    expect(both[0]).toEqual(both[1]);
    expect(late).toEqual(both[0]);
    expect((await listPoints(service, mount.mountId)).items).toEqual([late]);
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
    expect(await service.catalog.mounts.find(mount.mountId)).toMatchObject({
      seq: 1,
      journal: { number: 2, stored: 2 },
    });
  });

  it('starts one workflow for a manifest however often it is asked for', async () => {
    const { service, caller, upload } = await arrange();
    const files = await uploadFiles(service, caller, upload);

    await Promise.all([1, 2, 3].map(() => askCommit(service, caller, upload, files).catch(() => {})));
    await askCommit(service, caller, upload, files);

    expect(service.workflows.calls).toEqual([
      expect.objectContaining({ kind: 'start-commit', name: `${upload.uploadId}-1` }),
    ]);
  });

  it('starts the workflow that a crash after the record kept from starting', async () => {
    const { service, caller, upload } = await arrange();
    const files = await uploadFiles(service, caller, upload);
    const commit = { ...files, requestedAt: service.clock.now(), attempt: 1 };
    await service.catalog.uploads.beginCommit(upload.uploadId, upload.fence, commit);

    await askCommit(service, caller, upload, files);

    expect(service.workflows.calls).toHaveLength(1);
  });
});

describe('a commit is refused', () => {
  it('when an object that the manifest names is missing, and goes through once it is there', async () => {
    const { service, caller, upload, run } = await arrange();
    const { objects, ...named } = await packFiles(service, upload, { 'a.dbf': 'a' });
    const isPack = ({ object }: (typeof objects)[number]) => object.kind === 'pack';
    for (const { object, bytes } of objects.filter((stored) => !isPack(stored))) {
      await sendObject(service, caller, upload, object, bytes);
    }
    await askCommit(service, caller, upload, named);
    await verifyManifest(service, run);
    await expect(verifyObjects(service, run)).rejects.toMatchObject({ code: 'COMMIT_OBJECT_MISSING' });
    await refuseCommit(service, { ...run, code: 'COMMIT_OBJECT_MISSING', message: 'a pack' });
    const refused = await showUpload(service, caller, upload.uploadId);

    for (const { object, bytes } of objects.filter(isPack))
      await sendObject(service, caller, upload, object, bytes);
    await askCommit(service, caller, upload, named);
    const point = await runCommit(service, upload.uploadId, 2);

    expect(refused).toMatchObject({ state: 'open', refusal: { code: 'COMMIT_OBJECT_MISSING' } });
    expect(point.seq).toBe(1);
  });

  it('when the manifest is another upload’s', async () => {
    const { service, caller, upload, run } = await arrange();
    const { objects } = await packFiles(
      service,
      { ...upload, uploadId: '01J0000000000000000000ZZZZ' as never },
      { a: 'a' },
    );
    const manifest = objects.at(-1);
    if (manifest === undefined) throw new Error('no manifest');
    await sendObject(service, caller, upload, manifest.object, manifest.bytes);
    const { sha256: manifestSha256, sizeBytes: manifestBytes } = manifest.object;
    await askCommit(service, caller, upload, { manifestSha256, manifestBytes });

    await expect(verifyManifest(service, run)).rejects.toMatchObject({ code: 'COMMIT_OBJECT_MISMATCH' });
  });

  it('when the manifest is of another length than the commit says', async () => {
    const { service, caller, upload, run } = await arrange();
    const files = await uploadFiles(service, caller, upload);
    await askCommit(service, caller, upload, { ...files, manifestBytes: files.manifestBytes + 1 });

    await expect(verifyManifest(service, run)).rejects.toMatchObject({ code: 'COMMIT_OBJECT_MISMATCH' });
  });

  it('when an object has a delete marker', async () => {
    const { service, mount, caller, upload, run } = await arrange();
    const { objects, ...named } = await uploadFiles(service, caller, upload);
    const pack = objects.find(({ object }) => object.kind === 'pack')?.object;
    if (pack === undefined) throw new Error('no pack');
    const { mountId } = mount;
    const { uploadId } = upload;
    service.vault.hide(
      formatVaultKey({ kind: 'pack', mountId, uploadId, number: pack.number, sha256: pack.sha256 }),
    );
    await askCommit(service, caller, upload, named);

    await expect(verifyObjects(service, run)).rejects.toMatchObject({ code: 'COMMIT_OBJECT_MISMATCH' });
  });

  it('when the fence is not the upload’s', async () => {
    const { service, caller, upload } = await arrange();
    const files = await uploadFiles(service, caller, upload);

    await expect(askCommit(service, caller, { ...upload, fence: 7 }, files)).rejects.toMatchObject({
      code: 'UPLOAD_FENCED',
    });
  });

  it('when the upload was aborted meanwhile', async () => {
    const { service, caller, upload } = await arrange();
    const files = await uploadFiles(service, caller, upload);
    await closeUpload(service, upload, { reason: 'aborted' });

    await expect(askCommit(service, caller, upload, files)).rejects.toMatchObject({
      code: 'UPLOAD_STATE_CONFLICT',
    });
  });
});

describe('the journal', () => {
  it('holds the mount and the point in order, each entry naming the one before it', async () => {
    const { service, mount, caller, upload } = await arrange();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    await runCommit(service, upload.uploadId);

    const entries = [];
    for (const number of [1, 2]) {
      const bytes = await service.vault.read(
        formatVaultKey({ kind: 'journal', mountId: mount.mountId, number }),
      );
      const chunks = bytes === undefined ? [] : await Array.fromAsync(bytes);
      entries.push(JSON.parse(Buffer.concat(chunks).toString()));
    }

    expect(entries.map(({ kind }) => kind)).toEqual(['mount-created', 'recovery-point-committed']);
    expect(entries[0].previousSha256).toBe('0'.repeat(64));
    expect(entries[1].previousSha256).toBe(mount.journal.hash);
    expect(entries[1].data).toMatchObject({ recoveryPointId: upload.uploadId, seq: 1 });
  });

  it('stops the mount when the vault holds another entry under its number', async () => {
    const { service, mount } = await arrange();
    const key = formatVaultKey({ kind: 'journal', mountId: mount.mountId, number: 1 });
    await service.vault.putOnce(key, Buffer.from('{"from":"another time"}'));

    await expect(storeJournal(service, mount.mountId)).rejects.toMatchObject({ code: 'JOURNAL_FORKED' });
    expect((await service.catalog.mounts.find(mount.mountId))?.journal.stored).toBe(0);
  });
});
