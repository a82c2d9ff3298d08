import { beforeEach, describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import {
  closeUpload,
  commitChange,
  committedPoint,
  committingUpload,
  createdMount,
  openedUpload,
  present,
} from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeCommit, sha256 } from '../support/rows.ts';

export const uploadEndContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('the end of an upload', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    /** Everything that a commit or a close may change. */
    const stateOf = async (upload: Upload, parentId?: UploadId) => ({
      upload: await catalog.uploads.find(upload.uploadId),
      mount: await catalog.mounts.find(upload.mountId),
      point: await catalog.recoveryPoints.find(upload.uploadId),
      outbox: await catalog.outbox.pending(upload.mountId, 100),
      pins: parentId && (await catalog.recoveryPoints.pins(parentId)),
    });

    describe('by commit', () => {
      it('makes the point, moves the head and frees the mount', async () => {
        const mount = await createdMount(catalog);
        const upload = await committingUpload(catalog, mount);
        const change = await commitChange(catalog, upload);

        expect(await catalog.uploads.commit(change)).toBe('committed');

        const { recoveryPoint, entry } = change;
        expect(await catalog.uploads.find(upload.uploadId)).toEqual({
          ...upload,
          state: 'committed',
          seq: 1,
          journalNumber: 2,
        });
        expect(await catalog.recoveryPoints.find(upload.uploadId)).toEqual(recoveryPoint);
        expect(await catalog.mounts.find(mount.mountId)).toEqual({
          ...mount,
          fence: 1,
          seq: 1,
          headId: upload.uploadId,
          lineVersion: 1,
          dueAt: recoveryPoint.committedAt,
          journal: { number: 2, hash: entry.sha256, stored: 0 },
        });
        expect((await catalog.outbox.pending(mount.mountId, 10)).at(-1)).toEqual(entry);
      });

      it('drops the pin on the parent', async () => {
        const mount = await createdMount(catalog);
        const parent = await committedPoint(catalog, mount);

        await committedPoint(catalog, mount);

        expect(await catalog.recoveryPoints.pins(parent.recoveryPointId)).toEqual([]);
      });

      it('numbers the points of a mount in the order of their commits', async () => {
        const mount = await createdMount(catalog);
        const points = [];
        for (let count = 0; count < 4; count++) points.push(await committedPoint(catalog, mount));

        expect(points.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({
          seq: 4,
          headId: points.at(-1)?.recoveryPointId,
          lineVersion: 4,
        });
      });

      it.each([
        ['another line version', { lineVersion: 1 }],
        ['another journal number', { journalNumber: 1 }],
        ['another seq', { seq: 3 }],
      ])('is a conflict when the mount has %s', async (_, other) => {
        const mount = await createdMount(catalog);
        const parent = await committedPoint(catalog, mount);
        await committedPoint(catalog, mount);
        const upload = await committingUpload(catalog, mount);
        const change = await commitChange(catalog, upload);
        const before = await stateOf(upload, parent.recoveryPointId);

        const outcome = await catalog.uploads.commit({
          ...change,
          expected: { ...change.expected, ...other },
        });

        expect(outcome).toBe('conflict');
        expect(await stateOf(upload, parent.recoveryPointId)).toEqual(before);
      });

      it.each([
        ['an upload that is open', 'refused'],
        ['another fence', 'fence'],
        ['another manifest', 'manifest'],
      ] as const)('is a conflict for %s', async (_, kind) => {
        const mount = await createdMount(catalog);
        const upload = await committingUpload(catalog, mount);
        const change = await commitChange(catalog, upload);
        if (kind === 'refused') {
          await catalog.uploads.refuseCommit(upload.uploadId, 1, { code: 'INTERNAL', message: 'lost' });
        }
        const before = await stateOf(upload);

        const outcome = await catalog.uploads.commit({
          ...change,
          ...(kind === 'fence' && { upload: { ...upload, fence: 9 } }),
          ...(kind === 'manifest' && {
            recoveryPoint: { ...change.recoveryPoint, manifestSha256: sha256('another') },
          }),
        });

        expect(outcome).toBe('conflict');
        expect(await stateOf(upload)).toEqual(before);
      });

      it('happens once, however often it is run at once', async () => {
        const mount = await createdMount(catalog);
        const parent = await committedPoint(catalog, mount);
        const upload = await committingUpload(catalog, mount);
        const change = await commitChange(catalog, upload);

        const outcomes = await atOnce(5, () => catalog.uploads.commit(change));

        expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(4);
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ seq: 2, lineVersion: 2 });
        expect(await catalog.outbox.pending(mount.mountId, 10)).toHaveLength(3);
        expect(await catalog.recoveryPoints.pins(parent.recoveryPointId)).toEqual([]);
      });
    });

    describe('by closing', () => {
      it('frees the mount and unpins the parent', async () => {
        const mount = await createdMount(catalog);
        const parent = await committedPoint(catalog, mount);
        const before = present(await catalog.mounts.find(mount.mountId));
        const upload = await openedUpload(catalog, mount);

        expect(await closeUpload(catalog, upload, 'aborted: by the operator')).toBe('closed');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual({
          ...upload,
          state: 'closing',
          closeReason: 'aborted: by the operator',
          journalNumber: before.journal.number + 1,
        });
        const [entry] = (await catalog.outbox.pending(mount.mountId, 100)).slice(-1);
        expect(await catalog.mounts.find(mount.mountId)).toEqual({
          ...before,
          fence: upload.fence,
          journal: { ...before.journal, number: before.journal.number + 1, hash: entry?.sha256 },
        });
        expect(await catalog.recoveryPoints.pins(parent.recoveryPointId)).toEqual([]);
      });

      it('waits for the end of the lease when it is asked to', async () => {
        const mount = await createdMount(catalog);
        const upload = await openedUpload(catalog, mount, { leaseUntil: at(130) });

        expect(await closeUpload(catalog, upload, 'lease ended', at(129))).toBe('conflict');
        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        expect(await closeUpload(catalog, upload, 'lease ended', at(130))).toBe('closed');
      });

      const extend = ({ uploadId, fence }: Upload) =>
        catalog.uploads.extend(uploadId, { fence, now: at(20) }, { urlUntil: at(140), leaseUntil: at(250) });

      it('sees a lease that was raised since the upload was read', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog), { leaseUntil: at(130) });
        await extend(upload);

        expect(await closeUpload(catalog, upload, 'lease ended', at(131))).toBe('conflict');

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({ state: 'open' });
      });

      it('is a conflict when another URL was signed since, which its entry would not tell', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        await extend(upload);

        expect(await closeUpload(catalog, upload, 'aborted')).toBe('conflict');
        const again = present(await catalog.uploads.find(upload.uploadId));
        expect(await closeUpload(catalog, again, 'aborted')).toBe('closed');
      });

      it('is a conflict when another entry of the journal came first', async () => {
        const mount = await createdMount(catalog);
        const upload = await openedUpload(catalog, mount);
        const entry = nextJournalEntry(mount.mountId, mount.journal, {
          ...{ at: at(1), kind: 'mount-changed', data: {} },
        });
        await catalog.mounts.change(mount, { ...mount, maxPendingSnapshots: 9 }, entry);

        expect(await catalog.uploads.close(upload, { reason: 'aborted', entry })).toBe('conflict');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        expect(await catalog.outbox.pending(mount.mountId, 100)).toHaveLength(2);
      });

      it('is a conflict when the commit has begun', async () => {
        const mount = await createdMount(catalog);
        const upload = await committingUpload(catalog, mount);

        expect(await closeUpload(catalog, upload, 'aborted')).toBe('conflict');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ openUploadId: upload.uploadId });
      });

      it('with another fence is a conflict', async () => {
        const mount = await createdMount(catalog);
        const upload = await openedUpload(catalog, mount);

        expect(await closeUpload(catalog, { ...upload, fence: 2 }, 'aborted')).toBe('conflict');

        expect(await catalog.uploads.find(upload.uploadId)).toEqual(upload);
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ openUploadId: upload.uploadId });
      });

      it('a second time does not free the mount of the upload that came after', async () => {
        const mount = await createdMount(catalog);
        const first = await openedUpload(catalog, mount);
        await closeUpload(catalog, first, 'aborted');
        const second = await openedUpload(catalog, mount);

        expect(await closeUpload(catalog, first, 'again')).toBe('conflict');

        expect(await catalog.uploads.find(first.uploadId)).toMatchObject({ closeReason: 'aborted' });
        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ openUploadId: second.uploadId });
      });
    });

    describe('in a race', () => {
      it('of closing and the begin of a commit has one winner', async () => {
        for (let round = 0; round < 5; round++) {
          const mount = await createdMount(catalog);
          const upload = await openedUpload(catalog, mount);

          const [begun, closed] = await Promise.all([
            catalog.uploads.beginCommit(upload.uploadId, upload.fence, makeCommit(upload)),
            closeUpload(catalog, upload, 'aborted'),
          ]);

          expect([begun, closed]).toBeOneOf([
            ['begun', 'conflict'],
            ['refused', 'closed'],
          ]);
          const { openUploadId } = present(await catalog.mounts.find(mount.mountId));
          expect(openUploadId).toBe(begun === 'begun' ? upload.uploadId : undefined);
        }
      });

      it('of commit, refusal and closing ends in one state that fits the mount', async () => {
        for (let round = 0; round < 5; round++) {
          const mount = await createdMount(catalog);
          const upload = await committingUpload(catalog, mount);
          const change = await commitChange(catalog, upload);

          const [committed, refused, closed] = await Promise.all([
            catalog.uploads.commit(change),
            catalog.uploads.refuseCommit(upload.uploadId, 1, { code: 'INTERNAL', message: 'lost' }),
            closeUpload(catalog, upload, 'aborted'),
          ]);

          const { state } = present(await catalog.uploads.find(upload.uploadId));
          const { headId, openUploadId } = present(await catalog.mounts.find(mount.mountId));
          expect([committed, refused, closed, state]).toBeOneOf([
            ['committed', 'not-committing', 'conflict', 'committed'],
            ['conflict', 'refused', 'conflict', 'open'],
            ['conflict', 'refused', 'closed', 'closing'],
          ]);
          expect(headId).toBe(state === 'committed' ? upload.uploadId : undefined);
          expect(openUploadId).toBe(state === 'open' ? upload.uploadId : undefined);
        }
      });
    });

    describe('an object that arrives after it', () => {
      it('is remembered with the newest time', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        await closeUpload(catalog, upload, 'aborted');

        for (const minutes of [50, 70, 60])
          await catalog.uploads.noteLateObject(upload.uploadId, at(minutes));

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          state: 'closing',
          lateObjectAt: at(70),
        });
      });

      it('means nothing while the upload is open, once it is committed, or for an unknown one', async () => {
        const mount = await createdMount(catalog);
        const committed = await committedPoint(catalog, mount);
        const open = await openedUpload(catalog, mount);
        const unknown = ids.upload();

        for (const uploadId of [committed.recoveryPointId, open.uploadId, unknown]) {
          await catalog.uploads.noteLateObject(uploadId, at(50));
        }

        expect(await catalog.uploads.find(open.uploadId)).toEqual(open);
        expect(await catalog.uploads.find(committed.recoveryPointId)).not.toHaveProperty('lateObjectAt');
        expect(await catalog.uploads.find(unknown)).toBeUndefined();
      });
    });
  });
