import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { registerStore } from '../../../shared/usecases/stores/register-store.ts';
import { signParent } from '../../../shared/usecases/uploads/sign-parent.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

/** A committed point with one pack and one bundle, and the open upload of the next. */
async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const first = await openSnapshot(service, caller, mount);
  const files = await uploadFiles(service, caller, first, { piece: Buffer.alloc(20_000, 'content') });
  await askCommit(service, caller, first, files);
  await runCommit(service, first.uploadId);
  const upload = await openSnapshot(service, caller, mount);
  const { uploadId, fence } = upload;
  const owner = first.uploadId;
  return { service, mount, caller, first, upload, input: { uploadId, fence }, owner };
}

describe('the tables of the parent', () => {
  it('are signed for its store: manifest, bundles, and of packs the end alone', async () => {
    const { service, caller, input, owner } = await arrange();

    const { manifest, objects } = await signParent(service, caller, {
      ...input,
      objects: [
        { kind: 'map', owner, number: 1 },
        { kind: 'pack', owner, number: 1 },
      ],
    });

    const [map, pack] = objects;
    const get = (url = '', headers = {}) => service.vault.send({ method: 'GET', url, headers });
    expect((await get(manifest.url)).status).toBe(200);
    expect(
      Buffer.from((await get(map?.url)).body ?? [])
        .subarray(0, 8)
        .toString(),
    ).toBe('HOLDMAPS');
    const { from = 0, to = 0 } = pack?.range ?? {};
    const end = await get(pack?.url, { range: `bytes=${from}-${to - 1}` });
    expect(
      Buffer.from(end.body ?? [])
        .subarray(-8)
        .toString(),
    ).toBe('PACKTAIL');
    expect((await get(pack?.url)).status).toBe(403);
  });

  it.each([
    ['a bundle that the parent does not have', { kind: 'map' as const, number: 2 }],
    ['a pack that the parent does not have', { kind: 'pack' as const, number: 9 }],
  ])('do not lead to %s', async (_, object) => {
    const { service, caller, input, owner } = await arrange();

    await expect(
      signParent(service, caller, { ...input, objects: [{ ...object, owner }] }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('are not signed for another store, with another fence, or for an upload that has ended', async () => {
    const { service, caller, first, input } = await arrange();
    const { store } = await registerStore(service, { name: 'store-2' });
    const stranger: Caller = { credentialId: 'other', role: 'store', storeId: store.storeId };
    const ask = (who: Caller, more: object) => signParent(service, who, { ...input, objects: [], ...more });

    await expect(ask(stranger, {})).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' });
    await expect(ask(caller, { fence: input.fence - 1 })).rejects.toMatchObject({ code: 'UPLOAD_FENCED' });
    await expect(ask(caller, { uploadId: first.uploadId, fence: first.fence })).rejects.toMatchObject({
      code: 'UPLOAD_STATE_CONFLICT',
    });
  });

  it('do not exist for the first upload of a mount', async () => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const { uploadId, fence } = await openSnapshot(service, caller, mount);

    await expect(signParent(service, caller, { uploadId, fence, objects: [] })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });
});
