import { describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { abortUpload } from '../../../shared/usecases/uploads/abort-upload.ts';
import { noteObject, type SeenAtWork } from '../../../shared/usecases/uploads/note-object.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { signUpload } from '../../../shared/usecases/uploads/sign-upload.ts';
import { watchUploads } from '../../../shared/usecases/uploads/watch-uploads.ts';
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

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const open = () => openSnapshot(service, caller, mount);
  return { service, mount, caller, open };
}
const somePack = { kind: 'pack', number: 1, sha256: 'ab'.repeat(32), sizeBytes: 5 } as const;

describe('opening an upload', () => {
  it('answers the same upload for the same snapshot', async () => {
    const { service, mount, caller } = await arrange();
    const input = {
      mountId: mount.mountId,
      snapshotId: '01JAAAAAAAAAAAAAAAAAAAAAAA',
      snapName: 'UID_1',
      requestedAt: service.clock.now(),
    };

    const uploads = await Promise.all([1, 2, 3].map(() => openUpload(service, caller, input)));

    expect(new Set(uploads.map(({ uploadId }) => uploadId)).size).toBe(1);
  });

  it('is refused while another snapshot’s upload is alive', async () => {
    const { open } = await arrange();
    const first = await open();

    await expect(open()).rejects.toMatchObject({
      code: 'UPLOAD_BUSY',
      details: { uploadId: first.uploadId },
    });
  });

  it('takes the mount over when the lease has ended, with a higher fence', async () => {
    const { service, open } = await arrange();
    const first = await open();
    service.clock.advance(3 * hour);

    const second = await open();

    expect(second.fence).toBeGreaterThan(first.fence);
    expect(await service.catalog.uploads.find(first.uploadId)).toMatchObject({ state: 'closing' });
  });

  it('is possible again at once after an abort', async () => {
    const { service, caller, open } = await arrange();
    const first = await open();
    await abortUpload(service, caller, { uploadId: first.uploadId, reason: 'wrong folder' });

    expect((await open()).uploadId).not.toBe(first.uploadId);
  });

  it('refuses a malformed expire before anything is opened', async () => {
    const { service, mount, caller } = await arrange();
    const input = { mountId: mount.mountId, snapshotId: '01JAAAAAAAAAAAAAAAAAAAAAAA', snapName: 'UID_1' };
    const requestedAt = service.clock.now();

    await expect(openUpload(service, caller, { ...input, requestedAt, expire: '0d' })).rejects.toMatchObject({
      code: 'EXPIRE_INVALID',
    });
    expect((await service.catalog.mounts.find(mount.mountId))?.openUploadId).toBeUndefined();
  });
});

describe('signed URLs', () => {
  it('are refused for an old fence and for a closed upload', async () => {
    const { service, caller, open } = await arrange();
    const { uploadId, fence } = await open();
    const sign = (fence: number) => signUpload(service, caller, { uploadId, fence, objects: [somePack] });

    await expect(sign(fence + 1)).rejects.toMatchObject({ code: 'UPLOAD_FENCED' });
    await abortUpload(service, caller, { uploadId, reason: 'test' });
    await expect(sign(fence)).rejects.toMatchObject({ code: 'UPLOAD_STATE_CONFLICT' });
  });

  it('let an upload of a hundred hours through, each signed just in time (S18, S19)', async () => {
    const { service, caller, open } = await arrange();
    const upload = await open();
    const packed = await packFiles(service, upload, { 'a.dbf': 'a' });
    const { uploadId, fence } = upload;

    for (let hours = 0; hours < 100; hours++) {
      service.clock.advance(61 * minute);
      await signUpload(service, caller, { uploadId, fence, objects: [somePack] });
    }
    for (const { object, bytes } of packed.objects) await sendObject(service, caller, upload, object, bytes);
    await askCommit(service, caller, upload, packed);

    expect((await runCommit(service, uploadId)).seq).toBe(1);
  });

  it('live no longer than fifteen minutes, and the catalog knows it before they are given out', async () => {
    const { service, caller, open } = await arrange();
    const { uploadId, fence } = await open();
    const signedAt = service.clock.now();

    const { expiresAt, urls } = await signUpload(service, caller, { uploadId, fence, objects: [somePack] });
    const { urlUntil } = (await service.catalog.uploads.find(uploadId)) ?? {};
    service.clock.advance(15 * minute + 1000);
    const body = Buffer.from('hello');
    const late = await service.vault.send({
      method: 'PUT',
      url: urls[0]?.url ?? '',
      headers: urls[0]?.headers ?? {},
      body,
    });

    expect(expiresAt).toBe(urlUntil);
    expect(Date.parse(expiresAt) - Date.parse(signedAt)).toBe(15 * minute);
    expect(late.status).toBe(403);
  });

  it('end with the upload’s hard deadline', async () => {
    const { service, caller, open } = await arrange();
    const { uploadId, fence } = await open();
    service.clock.advance(14 * day);

    await expect(signUpload(service, caller, { uploadId, fence, objects: [somePack] })).rejects.toMatchObject(
      {
        code: 'UPLOAD_DEADLINE_PASSED',
      },
    );
  });

  it('cannot replace what is stored, used twice or leaked (S17)', async () => {
    const { service, caller, open } = await arrange();
    const upload = await open();
    const { objects } = await packFiles(service, upload, { 'a.dbf': 'a' });
    const [first] = objects;
    if (first === undefined) throw new Error('nothing packed');

    const statuses = [];
    for (let time = 0; time < 2; time++) {
      statuses.push(await sendObject(service, caller, upload, first.object, first.bytes));
    }

    expect(statuses).toEqual([200, 412]);
  });
});

describe('an event of S3', () => {
  it('moves nothing: not twice, late, out of order or for another upload (S23)', async () => {
    const { service, mount, caller, open } = await arrange();
    const upload = await open();
    const { objects, ...named } = await uploadFiles(service, caller, upload);
    const manifest = `v1/mounts/${mount.mountId}/uploads/${upload.uploadId}/manifest-${named.manifestSha256}.zst`;

    const outcomes = [];
    for (const key of [manifest, manifest, 'v1/other', `v1/mounts/${mount.mountId}/journal/000000000001`]) {
      outcomes.push(await noteObject({ ...service, seen: new Map() }, key));
    }

    expect(outcomes).toEqual(['expected', 'expected', 'foreign', 'foreign']);
    expect((await listPoints(service, mount.mountId)).items).toEqual([]);
    expect((await service.catalog.uploads.find(upload.uploadId))?.state).toBe('open');
  });

  it('that never came is not needed for a commit (S23)', async () => {
    const { service, caller, open } = await arrange();
    const upload = await open();
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    expect((await runCommit(service, upload.uploadId)).state).toBe('available');
  });

  it('for a closed upload is remembered, and never makes a point', async () => {
    const { service, mount, caller, open } = await arrange();
    const upload = await open();
    const { manifestSha256 } = await uploadFiles(service, caller, upload);
    await abortUpload(service, caller, { uploadId: upload.uploadId, reason: 'test' });
    const key = `v1/mounts/${mount.mountId}/uploads/${upload.uploadId}/manifest-${manifestSha256}.zst`;

    const outcome = await noteObject({ ...service, seen: new Map() }, key);

    expect(outcome).toBe('late');
    expect(await service.catalog.uploads.find(upload.uploadId)).toMatchObject({
      state: 'closing',
      lateObjectAt: service.clock.now(),
    });
    expect((await listPoints(service, mount.mountId)).items).toEqual([]);
  });
});

describe('the next event for an upload that was seen at work', () => {
  async function arrangeSeen() {
    const { service, mount, caller, open } = await arrange();
    const { uploadId } = await open();
    let reads = 0;
    const find = (id: UploadId) => {
      reads++;
      return service.catalog.uploads.find(id);
    };
    const catalog = { uploads: { ...service.catalog.uploads, find } };
    const seen: SeenAtWork = new Map();
    const note = (mountId = mount.mountId) => {
      const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: '0'.repeat(64) });
      return noteObject({ catalog, clock: service.clock, seen }, key);
    };
    await note();
    return { service, caller, uploadId, seen, note, reads: () => reads };
  }

  it('reads nothing for a minute', async () => {
    const { service, note, reads } = await arrangeSeen();
    service.clock.advance(minute - 1);

    expect(await note()).toBe('expected');
    expect(reads()).toBe(1);
    service.clock.advance(1);
    expect(await note()).toBe('expected');
    expect(reads()).toBe(2);
  });

  it('says that it is late as soon as that matters, a day after the last URL has died', async () => {
    const { service, caller, uploadId, note } = await arrangeSeen();
    await abortUpload(service, caller, { uploadId, reason: 'test' });

    expect(await note()).toBe('expected');
    service.clock.advance(minute);
    expect(await note()).toBe('late');
    expect(await note()).toBe('late');
  });

  it('is foreign under another mount', async () => {
    const { note, service } = await arrangeSeen();

    expect(await note(service.ids.mount())).toBe('foreign');
  });

  it('begins anew when a thousand others were seen', async () => {
    const { note, reads, seen, uploadId } = await arrangeSeen();
    const [known] = seen.values();
    if (known === undefined) throw new Error('nothing was remembered');
    seen.delete(uploadId);
    for (let other = 0; other < 1000; other++) seen.set(`other ${other}` as UploadId, known);

    expect(await note()).toBe('expected');

    expect(reads()).toBe(2);
    expect([...seen.keys()]).toEqual([uploadId]);
  });
});

describe('the watch', () => {
  it('closes an upload that is past its deadline, and frees its mount', async () => {
    const { service, open } = await arrange();
    const { uploadId } = await open();
    service.clock.advance(14 * day);

    const found = await watchUploads(service);

    expect(found.abandoned).toBe(1);
    expect((await service.catalog.uploads.find(uploadId))?.state).toBe('closing');
    await open();
  });

  it('leaves an upload alone that is only slow', async () => {
    const { service, open } = await arrange();
    await open();
    service.clock.advance(13 * day);

    expect(await watchUploads(service)).toEqual({ abandoned: 0, restarted: 0, reopened: 0 });
  });

  it('starts a commit whose workflow was lost, and opens the upload again when it ended without a word', async () => {
    const { service, caller, open } = await arrange();
    const upload = await open();
    const files = await uploadFiles(service, caller, upload);
    const commit = { ...files, requestedAt: service.clock.now(), attempt: 1 };
    await service.catalog.uploads.beginCommit(upload.uploadId, upload.fence, commit);

    service.clock.advance(3 * minute);
    const restarted = await watchUploads(service);
    service.clock.advance(7 * hour);
    const reopened = await watchUploads(service);

    expect(restarted.restarted).toBe(1);
    expect(service.workflows.calls).toHaveLength(1);
    expect(reopened.reopened).toBe(1);
    expect((await service.catalog.uploads.find(upload.uploadId))?.state).toBe('open');
  });
});
