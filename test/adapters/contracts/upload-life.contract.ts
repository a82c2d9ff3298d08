import { beforeEach, describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { closeUpload, committingUpload, createdMount, openedUpload } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeCommit, sha256 } from '../support/rows.ts';

export const uploadLifeContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('an open upload', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    describe('extension', () => {
      const now = at(20);
      const extendTo = (upload: Upload, urlUntil: number, leaseUntil: number) =>
        catalog.uploads.extend(
          upload.uploadId,
          { fence: upload.fence, now },
          { urlUntil: at(urlUntil), leaseUntil: at(leaseUntil) },
        );

      it('raises both times, and answers the upload with them', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const extended = await extendTo(upload, 25, 140);

        expect(extended).toEqual({ ...upload, urlUntil: at(25), leaseUntil: at(140) });
        expect(await catalog.uploads.find(upload.uploadId)).toEqual(extended);
      });

      it('never lowers either of them', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        await extendTo(upload, 50, 150);

        expect(await extendTo(upload, 40, 160)).toMatchObject({ urlUntil: at(50), leaseUntil: at(160) });
        expect(await extendTo(upload, 60, 140)).toMatchObject({ urlUntil: at(60), leaseUntil: at(160) });
        expect(await extendTo(upload, 10, 10)).toMatchObject({ urlUntil: at(60), leaseUntil: at(160) });

        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          urlUntil: at(60),
          leaseUntil: at(160),
        });
      });

      it('ends at the highest of many at once', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));

        const outcomes = await atOnce(8, (index) => extendTo(upload, 100 + index, 200 - index));

        expect(outcomes).not.toContain(undefined);
        expect(await catalog.uploads.find(upload.uploadId)).toMatchObject({
          urlUntil: at(107),
          leaseUntil: at(200),
        });
      });

      it('is refused with another fence or store, past the deadline, in another state and for an unknown upload', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        const { uploadId, storeId, fence, deadline } = upload;
        const until = { urlUntil: at(500), leaseUntil: at(500) };
        const extend = (id: UploadId, expected: Parameters<Catalog['uploads']['extend']>[1]) =>
          catalog.uploads.extend(id, expected, until);

        expect(await extend(uploadId, { fence: fence + 1, now })).toBeUndefined();
        expect(await extend(uploadId, { fence, now, storeId: ids.store() })).toBeUndefined();
        expect(await extend(uploadId, { fence, now: deadline })).toBeUndefined();
        expect(await extend(ids.upload(), { fence, now })).toBeUndefined();
        expect(await catalog.uploads.find(uploadId)).toEqual(upload);
        await closeUpload(catalog, upload, 'aborted');
        expect(await extend(uploadId, { fence, now, storeId })).toBeUndefined();

        expect(await catalog.uploads.find(uploadId)).toMatchObject({ urlUntil: upload.urlUntil });
      });

      it('is for the store that the upload belongs to', async () => {
        const upload = await openedUpload(catalog, await createdMount(catalog));
        const { uploadId, storeId, fence } = upload;
        const until = { urlUntil: at(500), leaseUntil: at(500) };

        const extended = await catalog.uploads.extend(uploadId, { fence, now, storeId }, until);

        expect(extended).toEqual({ ...upload, ...until });
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
