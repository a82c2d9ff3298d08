import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import {
  closeUpload,
  committedPoint,
  committingUpload,
  createdMount,
  openedUpload,
  present,
} from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { ids, makeUpload, sha256 } from '../support/rows.ts';

export const uploadsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('uploads', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    describe('opening', () => {
      it('takes the mount and raises its fence', async () => {
        const mount = await createdMount(catalog);
        const upload = makeUpload(mount);

        expect(await catalog.uploads.open(upload)).toEqual({ outcome: 'opened' });

        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        expect(await catalog.mounts.find(mount.mountId)).toEqual({
          ...mount,
          fence: 1,
          openUploadId: upload.uploadId,
        });
      });

      it('pins the head as its parent', async () => {
        const mount = await createdMount(catalog);
        const head = await committedPoint(catalog, mount);

        const upload = await openedUpload(catalog, mount);

        expect(upload.parent?.uploadId).toBe(head.recoveryPointId);
        expect(await catalog.recoveryPoints.pins(head.recoveryPointId)).toEqual([
          `upload:${upload.uploadId}`,
        ]);
      });

      it('lets one of twenty at once have the mount', async () => {
        const mount = await createdMount(catalog);
        const head = await committedPoint(catalog, mount);
        const current = present(await catalog.mounts.find(mount.mountId));

        const uploads = Array.from({ length: 20 }, () => makeUpload(current));
        const outcomes = await Promise.all(uploads.map((upload) => catalog.uploads.open(upload)));

        expect(outcomes.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
        expect(outcomes.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(19);
        const winner = uploads[outcomes.findIndex(({ outcome }) => outcome === 'opened')];
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ openUploadId: winner?.uploadId });
        expect(await catalog.recoveryPoints.pins(head.recoveryPointId)).toEqual([
          `upload:${winner?.uploadId}`,
        ]);
        for (const loser of uploads.filter((upload) => upload !== winner)) {
          expect(await catalog.uploads.find(loser.uploadId)).toBeUndefined();
        }
      });

      it.each([
        ['a fence that was used', { fence: 1 }],
        ['a fence from the future', { fence: 3 }],
        ['an epoch that has ended', { epoch: 0 }],
        [
          'a parent that is not the head',
          { parent: { uploadId: ids.upload(), manifestSha256: sha256('x') } },
        ],
      ])('refuses %s', async (_, fields) => {
        const mount = await createdMount(catalog);
        const earlier = await openedUpload(catalog, mount);
        await closeUpload(catalog, earlier, 'aborted');
        const current = present(await catalog.mounts.find(mount.mountId));
        const upload = makeUpload(current, fields);

        expect(await catalog.uploads.open(upload)).toEqual({ outcome: 'conflict' });

        expect(await catalog.uploads.find(upload.uploadId)).toBeUndefined();
        expect(await catalog.mounts.find(mount.mountId)).toEqual(current);
      });

      it('refuses a second upload while one is open, whatever its fence', async () => {
        const mount = await createdMount(catalog);
        const first = await openedUpload(catalog, mount);
        const current = present(await catalog.mounts.find(mount.mountId));

        expect(await catalog.uploads.open(makeUpload(current))).toEqual({ outcome: 'conflict' });

        expect(await catalog.mounts.find(mount.mountId)).toEqual(current);
        expect(await catalog.uploads.find(first.uploadId)).toEqual(first);
      });

      it.each([
        ['available', 'opened'],
        ['pending-deletion', 'opened'],
        ['reclaiming', 'conflict'],
      ] as const)('on a head that is %s answers %s', async (state, outcome) => {
        const mount = await createdMount(catalog);
        const head = await committedPoint(catalog, mount, {}, { state });
        const current = present(await catalog.mounts.find(mount.mountId));

        expect(await catalog.uploads.open(makeUpload(current))).toEqual({ outcome });

        expect(await catalog.recoveryPoints.pins(head.recoveryPointId)).toHaveLength(
          outcome === 'opened' ? 1 : 0,
        );
      });

      it('refuses to begin the line again when it has a head', async () => {
        const mount = await createdMount(catalog);
        await committedPoint(catalog, mount);
        const current = present(await catalog.mounts.find(mount.mountId));
        const { parent: _, ...withoutParent } = makeUpload(current);

        expect(await catalog.uploads.open(withoutParent)).toEqual({ outcome: 'conflict' });
      });

      it('refuses an earlier point than the head as parent', async () => {
        const mount = await createdMount(catalog);
        const first = await committedPoint(catalog, mount);
        await committedPoint(catalog, mount);
        const { recoveryPointId: uploadId, manifestSha256 } = first;
        const current = present(await catalog.mounts.find(mount.mountId));

        const outcome = await catalog.uploads.open(
          makeUpload(current, { parent: { uploadId, manifestSha256 } }),
        );

        expect(outcome).toEqual({ outcome: 'conflict' });
        expect(await catalog.recoveryPoints.pins(uploadId)).toEqual([]);
      });

      it('refuses a mount that does not exist', async () => {
        const mount = await createdMount(catalog);
        const upload = makeUpload({ ...mount, mountId: ids.mount() });

        expect(await catalog.uploads.open(upload)).toEqual({ outcome: 'conflict' });

        expect(await catalog.uploads.find(upload.uploadId)).toBeUndefined();
        expect(await catalog.mounts.find(upload.mountId)).toBeUndefined();
      });
    });

    describe('one snapshot', () => {
      it.each(['open', 'committing', 'committed'] as const)(
        'keeps its upload while that is %s',
        async (state) => {
          const mount = await createdMount(catalog);
          const snapshot = { snapshotId: 'snapshot' };
          const known =
            state === 'open'
              ? (await openedUpload(catalog, mount, snapshot)).uploadId
              : state === 'committing'
                ? (await committingUpload(catalog, mount, snapshot)).uploadId
                : (await committedPoint(catalog, mount, snapshot)).recoveryPointId;
          const current = present(await catalog.mounts.find(mount.mountId));

          const outcome = await catalog.uploads.open(makeUpload(current, snapshot));

          expect(outcome).toEqual({ outcome: 'snapshot-known', uploadId: known });
          expect(await catalog.mounts.find(mount.mountId)).toEqual(current);
        },
      );

      it('gets another upload when its first was given up, and again', async () => {
        const mount = await createdMount(catalog);
        for (let round = 0; round < 3; round++) {
          const upload = await openedUpload(catalog, mount, { snapshotId: 'snapshot' });
          await closeUpload(catalog, upload, 'aborted');
        }

        const last = await openedUpload(catalog, mount, { snapshotId: 'snapshot' });

        const repeat = makeUpload(present(await catalog.mounts.find(mount.mountId)), {
          snapshotId: 'snapshot',
        });
        expect(await catalog.uploads.open(repeat)).toEqual({
          outcome: 'snapshot-known',
          uploadId: last.uploadId,
        });
      });

      it('gets one upload of twenty requests at once', async () => {
        const mount = await createdMount(catalog);

        const outcomes = await atOnce(20, () =>
          catalog.uploads.open(makeUpload(mount, { snapshotId: 'snapshot' })),
        );

        const { openUploadId } = present(await catalog.mounts.find(mount.mountId));
        expect(outcomes.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
        const others = outcomes.filter(({ outcome }) => outcome !== 'opened');
        expect(others).toEqual(Array(19).fill({ outcome: 'snapshot-known', uploadId: openUploadId }));
      });

      it('gets one upload of many requests at once after its first was given up', async () => {
        const mount = await createdMount(catalog);
        const first = await openedUpload(catalog, mount, { snapshotId: 'snapshot' });
        await closeUpload(catalog, first, 'aborted');
        const current = present(await catalog.mounts.find(mount.mountId));

        const outcomes = await atOnce(10, () =>
          catalog.uploads.open(makeUpload(current, { snapshotId: 'snapshot' })),
        );

        expect(outcomes.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
        expect(outcomes.filter(({ outcome }) => outcome === 'snapshot-known')).toHaveLength(9);
      });

      it('of another mount is another snapshot, whatever its id', async () => {
        await openedUpload(catalog, await createdMount(catalog), { snapshotId: 'snapshot' });
        const other = await createdMount(catalog);

        const outcome = await catalog.uploads.open(makeUpload(other, { snapshotId: 'snapshot' }));

        expect(outcome).toEqual({ outcome: 'opened' });
      });
    });
  });
