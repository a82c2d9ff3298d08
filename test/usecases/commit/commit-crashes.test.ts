import { describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { requestCommit } from '../../../shared/usecases/commit/request-commit.ts';
import { showUpload } from '../../../shared/usecases/uploads/show-upload.ts';
import { Crash, type CrashPlan, crashing } from '../../support/crashing.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  createStoreAndMount,
  listPoints,
  type MemoryService,
  openSnapshot,
  packFiles,
  runCommit,
  sendObject,
} from '../../support/uploading.ts';

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  return { service, mount, caller, upload };
}
type Arranged = Awaited<ReturnType<typeof arrange>>;

/** The same bytes for every try: ids and time are the same in each. */
const firstArranged = await arrange();
const packed = await packFiles(firstArranged.service, firstArranged.upload, { 'data.dbf': 'some bytes' });

/** From the gateway's request to the last step of the workflow. */
async function commit({ service, caller, upload }: Arranged, plan?: CrashPlan) {
  const { catalog, vault } = service;
  const dying: MemoryService = plan
    ? { ...service, catalog: crashing(catalog, plan), vault: crashing(vault, plan) }
    : service;
  const { manifestSha256, manifestBytes } = packed;
  const { uploadId, fence } = upload;
  await requestCommit(dying, caller, { uploadId, fence, manifestSha256, manifestBytes });
  return runCommit(dying, uploadId as UploadId);
}

/** Far more than a commit makes; the test checks that. */
const mostCalls = 60;

describe('a commit that dies at any call of the catalog or the vault', () => {
  it.each(['before', 'after'] as const)(
    '%s its effect ends in one point when it is run again',
    async (when) => {
      let crashes = 0;
      for (let at = 1; at <= mostCalls; at++) {
        const arranged = await arrange();
        const { service, mount, caller, upload } = arranged;
        for (const { object, bytes } of packed.objects)
          await sendObject(service, caller, upload, object, bytes);

        const died = await commit(arranged, { calls: 0, at, when }).then(
          () => false,
          (error: unknown) => error instanceof Crash,
        );
        const visible = (await listPoints(service, mount.mountId)).items;
        const shown = await showUpload(service, caller, upload.uploadId);
        const point = await commit(arranged);

        if (died) crashes++;
        // Never acknowledged before all is done, never more than one, and the one stays as it was.
        if (died && shown.state === 'committed') {
          expect((await service.catalog.mounts.find(mount.mountId))?.journal).toMatchObject({
            number: 2,
            stored: 2,
          });
        }
        expect(visible.length).toBeLessThanOrEqual(1);
        expect((await listPoints(service, mount.mountId)).items).toEqual([point]);
        if (visible.length === 1) expect(visible).toEqual([point]);
        expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
        expect(await service.catalog.mounts.find(mount.mountId)).toMatchObject({
          seq: 1,
          headId: upload.uploadId,
          journal: { number: 2, stored: 2 },
        });
      }
      expect(crashes).toBeGreaterThan(15);
      expect(crashes).toBeLessThan(mostCalls);
    },
  );
});
