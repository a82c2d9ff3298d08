import { expect, it } from 'vitest';
import { addMillis, type Instant } from '../../../shared/domain/instant.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { askCommit, createStoreAndMount, runCommit, uploadFiles } from '../../support/uploading.ts';

const dayMillis = 86_400_000;

it.each([-3, 3])(
  "a store's clock that is wrong by %i days moves no expiry and no place in the line",
  async (days) => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service, '1w');
    const backUp = async (number: number, requestedAt: Instant) => {
      const snapshotId = `01J${String(number).padStart(23, '0')}`;
      const input = { mountId: mount.mountId, snapshotId, snapName: `UID_${number}`, requestedAt };
      const upload = await openUpload(service, caller, input);
      await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
      return runCommit(service, upload.uploadId);
    };
    const right = await backUp(1, service.clock.now());
    service.clock.advance(1000);

    const wrong = await backUp(2, addMillis(service.clock.now(), days * dayMillis));

    expect(wrong.expiresAt).toBe(addMillis(service.clock.now(), 7 * dayMillis));
    expect(wrong).toMatchObject({ seq: right.seq + 1, parentId: right.recoveryPointId });
    expect((await service.catalog.mounts.find(mount.mountId))?.headId).toBe(wrong.recoveryPointId);
  },
);
