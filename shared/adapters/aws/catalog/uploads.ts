import { createConversions } from 'electrodb';
import { laterOf } from '../../../domain/instant.ts';
import type { Upload } from '../../../domain/upload.ts';
import { ServiceError } from '../../../errors.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { UploadCatalog } from '../../../ports/catalog/uploads.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byOpenedAt } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';
import { closeUpload, commitUpload, endClosing } from './upload-end.ts';
import { findUpload, toUpload, type UploadItem } from './upload-item.ts';
import { openUpload } from './upload-open.ts';

export const awsUploads = (entities: Entities): UploadCatalog => ({
  open: (upload) => openUpload(entities, upload),
  find: (uploadId) => findUpload(entities, uploadId),
  extend: (uploadId, expected, until) => extendUpload(entities, uploadId, expected, until),

  async beginCommit(uploadId, fence, commit) {
    const isFirst = commit.attempt === 1;
    const refusal = await transact(entities, (writable) => ({
      upload: writable.upload
        .patch({ uploadId })
        .set({ state: 'committing', runningState: 'committing', commit })
        .remove(['refusal'])
        .where((upload, { eq, notExists }) => {
          const isNext = isFirst ? notExists(upload.commit) : eq(upload.commit.attempt, commit.attempt - 1);
          return `${eq(upload.state, 'open')} AND ${eq(upload.fence, fence)} AND ${isNext}`;
        })
        .commit(),
    }));
    refuseContended(refusal);
    return refusal.size === 0 ? 'begun' : 'refused';
  },

  async refuseCommit(uploadId, attempt, refusal) {
    const refused = await transact(entities, (writable) => ({
      upload: writable.upload
        .patch({ uploadId })
        .set({ state: 'open', runningState: 'open', refusal })
        .where(({ state, commit }, { eq }) => `${eq(state, 'committing')} AND ${eq(commit.attempt, attempt)}`)
        .commit(),
    }));
    refuseContended(refused);
    return refused.size === 0 ? 'refused' : 'not-committing';
  },

  commit: (change) => commitUpload(entities, change),
  close: (upload, change) => closeUpload(entities, upload, change),

  async noteLateObject(uploadId, at) {
    await writeOnce(() =>
      entities.upload
        .patch({ uploadId })
        .set({ lateObjectAt: at, runningState: 'closing' })
        .where(({ state, lateObjectAt }, { eq, notExists, lt }) => {
          const hasClosed = `(${eq(state, 'closing')} OR ${eq(state, 'closed')})`;
          return `${hasClosed} AND (${notExists(lateObjectAt)} OR ${lt(lateObjectAt, at)})`;
        })
        .go({ returnOnConditionCheckFailure: true }),
    );
  },

  endClosing: (upload, closedAt, entry) => endClosing(entities, upload, closedAt, entry),

  async noteBlocked(uploadId, until) {
    await writeOnce(() =>
      entities.upload
        .patch({ uploadId })
        .set({ blockedUntil: until })
        .where(({ runningState }, { eq }) => eq(runningState, 'closing'))
        .go({ returnOnConditionCheckFailure: true }),
    );
  },

  listByState: (state, page) => listByState(entities, state, page),
});

/** Two signing calls at once may each be later in one of the two times: the later ones are taken and tried again. */
const maxExtendAttempts = 10;

async function extendUpload(
  { upload: uploads }: Entities,
  ...[uploadId, { fence, now, storeId }, until]: Parameters<UploadCatalog['extend']>
): Promise<Upload | undefined> {
  let { urlUntil, leaseUntil } = until;
  for (let attempt = 0; attempt < maxExtendAttempts; attempt++) {
    const { rejected, data: current } = await writeOnce(() =>
      uploads
        .patch({ uploadId })
        .set({ urlUntil, leaseUntil })
        .where((upload, { eq, gt, lte }) => {
          const isOpen = `${eq(upload.state, 'open')} AND ${eq(upload.fence, fence)} AND ${gt(upload.deadline, now)}`;
          const isOurs = storeId === undefined ? isOpen : `${isOpen} AND ${eq(upload.storeId, storeId)}`;
          return `${isOurs} AND ${lte(upload.urlUntil, urlUntil)} AND ${lte(upload.leaseUntil, leaseUntil)}`;
        })
        .go({ response: 'all_new', returnOnConditionCheckFailure: 'all_old' }),
    );
    if (!rejected) return toUpload(current);
    if (current?.state !== 'open' || current.fence !== fence || current.deadline <= now) return undefined;
    if (storeId !== undefined && current.storeId !== storeId) return undefined;
    urlUntil = laterOf(urlUntil, current.urlUntil);
    leaseUntil = laterOf(leaseUntil, current.leaseUntil);
  }
  throw new ServiceError('INTERNAL', `upload ${uploadId} is extended too often at once`);
}

async function listByState(
  { upload: uploads }: Entities,
  state: 'open' | 'committing' | 'closing',
  page: PageRequest,
): Promise<Page<Upload>> {
  const keys = createConversions(uploads).byAccessPattern.byState.fromComposite;
  const { items, ...rest } = await readPage(
    {
      list: { name: `uploads ${state}`, position: byOpenedAt },
      positionOf: ({ openedAt, uploadId }: UploadItem) => ({ openedAt, uploadId }),
      startAfter: (position) => keys.toCursor({ ...position, runningState: state }),
      run: (options) => uploads.query.byState({ runningState: state }).go(options),
    },
    page,
  );
  return { items: items.map(toUpload), ...rest };
}
