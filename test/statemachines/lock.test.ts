import { describe, expect, it } from 'vitest';
import { lockedUntil } from '../../shared/domain/lock.ts';
import { uploadPrefix } from '../../shared/domain/vault/keys.ts';
import { askCommit, createStoreAndMount, openSnapshot, uploadFiles } from '../support/uploading.ts';
import { openWorkflows } from './support.ts';

/** A deployment with Object Lock for 30 days, and a way to commit. */
async function arrange() {
  const { service, local, machines } = await openWorkflows(() => {}, { lockMode: 'compliance' });
  const { mount, caller } = await createStoreAndMount(service);
  const backUp = async (files: Readonly<Record<string, string>>) => {
    const upload = await openSnapshot(service, caller, mount);
    const packed = await uploadFiles(service, caller, upload, files);
    await askCommit(service, caller, upload, packed);
    const { uploadId } = upload;
    const executionArn = await local.workflows.start(machines.commit, { uploadId, attempt: 1 });
    expect(await local.workflows.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    const point = await service.catalog.recoveryPoints.find(uploadId);
    return { uploadId, lockedUntil: point?.lockedUntil };
  };
  /** The ends of the locks of an upload's packs, maps and manifest. */
  const locksOf = async (uploadId: Awaited<ReturnType<typeof backUp>>['uploadId']) => {
    const { versions } = await service.vault.listVersions({ prefix: uploadPrefix(mount.mountId, uploadId) });
    const objects = versions.filter(({ key }) => /\/(packs|maps)\/|manifest-/.test(key));
    return Promise.all(objects.map(async (version) => (await service.vault.lockOf(version))?.until));
  };
  return { service, local, backUp, locksOf };
}

describe('a commit to a vault with Object Lock', () => {
  it('locks everything that the point needs, before there is a point', async () => {
    const { service, local, backUp, locksOf } = await arrange();
    await using _ = local;
    const until = lockedUntil(service.clock.now(), { days: 30 });

    const point = await backUp({ 'data.dbf': 'some bytes' });

    expect(point.lockedUntil).toBe(until);
    const locks = await locksOf(point.uploadId);
    expect(locks.length).toBeGreaterThanOrEqual(3);
    expect(new Set(locks)).toEqual(new Set([until]));
  });
});
