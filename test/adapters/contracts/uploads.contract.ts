import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, committingUpload, createdMount, openedUpload, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeCommit, makeUpload, sha256 } from '../support/rows.ts';

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
        await catalog.uploads.close(earlier, 'aborted');
        const current = present(await catalog.mounts.find(mount.mountId));
        const upload = makeUpload(current, fields);

        expect(await catalog.uploads.open(upload)).toEqual({ outcome: 'conflict' });

        expect(await catalog.uploads.find(upload.uploadId)).toBeUndefined();
        expect(await catalog.mounts.find(mount.mountId)).toEqual(current);
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
          await catalog.uploads.close(upload, 'aborted');
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
        await catalog.uploads.close(first, 'aborted');
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

    describe('extension', () => {
      it('raises both times', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const outcome = await catalog.uploads.extend(upload.uploadId, upload.fence, {
          urlUntil: at(25),
          leaseUntil: at(140),
        });

        expect(outcome).toBe('extended');
        expect(await catalog.uploads.find(upload.uploadId)).toEqual({
          ...upload,
          urlUntil: at(25),
          leaseUntil: at(140),
        });
      });

      it('never lowers either of them', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        const extend = (urlUntil: number, leaseUntil: number) =>
          catalog.uploads.extend(upload.uploadId, upload.fence, {
            urlUntil: at(urlUntil),
            leaseUntil: at(leaseUntil),
          });
        await extend(50, 150);

        expect(await extend(40, 160)).toBe('extended');
        expect(await extend(60, 140)).toBe('extended');
        expect(await extend(10, 10)).toBe('extended');

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          urlUntil: at(60),
          leaseUntil: at(160),
        });
      });

      it('ends at the highest of many at once', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const outcomes = await atOnce(8, (index) =>
          catalog.uploads.extend(upload.uploadId, upload.fence, {
            urlUntil: at(100 + index),
            leaseUntil: at(200 - index),
          }),
        );

        expect(new Set(outcomes)).toEqual(new Set(['extended']));
        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          urlUntil: at(107),
          leaseUntil: at(200),
        });
      });

      it('is refused with another fence, in another state and for an unknown upload', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        const until = { urlUntil: at(500), leaseUntil: at(500) };

        expect(await catalog.uploads.extend(upload.uploadId, upload.fence + 1, until)).toBe('refused');
        expect(await catalog.uploads.extend(ids.upload(), upload.fence, until)).toBe('refused');
        await catalog.uploads.close(upload, 'aborted');
        expect(await catalog.uploads.extend(upload.uploadId, upload.fence, until)).toBe('refused');

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({ urlUntil: upload.urlUntil });
      });
    });

    describe('the begin of a commit', () => {
      it('is kept with what it asks for', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        const commit = makeCommit(upload);

        expect(await catalog.uploads.beginCommit(upload.uploadId, upload.fence, commit)).toBe('begun');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual({
          ...upload,
          state: 'committing',
          commit,
        });
      });

      it('is refused with another fence', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const outcome = await catalog.uploads.beginCommit(upload.uploadId, 7, makeCommit(upload));

        expect(outcome).toBe('refused');
        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
      });

      it('happens once when it is asked for twice at once', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const outcomes = await atOnce(2, (index) =>
          catalog.uploads.beginCommit(
            upload.uploadId,
            upload.fence,
            makeCommit(upload, { manifestSha256: sha256(`manifest ${index}`) }),
          ),
        );

        expect(outcomes.toSorted()).toEqual(['begun', 'refused']);
        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          commit: { manifestSha256: sha256(`manifest ${outcomes.indexOf('begun')}`) },
        });
      });

      it('counts on from the attempt that was refused, so that no two share a name', async () => {
        const upload = await committingUpload(catalog, await createdMount(catalog));
        await catalog.uploads.refuseCommit(upload.uploadId, 1, {
          code: 'COMMIT_OBJECT_MISSING',
          message: 'm',
        });
        const begin = (attempt: number) =>
          catalog.uploads.beginCommit(upload.uploadId, upload.fence, makeCommit(upload, { attempt }));

        expect(await begin(1)).toBe('refused');
        expect(await begin(3)).toBe('refused');
        expect(await begin(2)).toBe('begun');
      });

      it('forgets why an earlier commit was refused', async () => {
        const upload = await committingUpload(catalog, await createdMount(catalog));
        await catalog.uploads.refuseCommit(upload.uploadId, 1, {
          code: 'COMMIT_OBJECT_MISSING',
          message: 'm',
        });

        await catalog.uploads.beginCommit(upload.uploadId, upload.fence, makeCommit(upload, { attempt: 2 }));

        expect(await catalog.uploads.find(upload.uploadId)).not.toHaveProperty('refusal');
      });
    });

    describe('the refusal of a commit', () => {
      const refusal = { code: 'COMMIT_OBJECT_MISSING', message: 'pack 3 is not there' };

      it('opens the upload again and says why', async () => {
        const upload = await committingUpload(catalog, await createdMount(catalog));

        expect(await catalog.uploads.refuseCommit(upload.uploadId, 1, refusal)).toBe('refused');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual({ ...upload, state: 'open', refusal });
      });

      it('of an earlier attempt, of an open upload or of none changes nothing', async () => {
        const upload = await committingUpload(catalog, await createdMount(catalog));

        expect(await catalog.uploads.refuseCommit(upload.uploadId, 2, refusal)).toBe('not-committing');
        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        await catalog.uploads.refuseCommit(upload.uploadId, 1, refusal);
        const later = { code: 'INTERNAL', message: 'late' };
        expect(await catalog.uploads.refuseCommit(upload.uploadId, 1, later)).toBe('not-committing');
        expect(await catalog.uploads.refuseCommit(ids.upload(), 1, later)).toBe('not-committing');

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({ refusal });
      });
    });
  });
