import { hasEnded } from '../../../domain/backup-request.ts';
import { laterOf } from '../../../domain/instant.ts';
import { isLive } from '../../../domain/recovery-point.ts';
import { needsSweep, type Upload } from '../../../domain/upload.ts';
import type { UploadCatalog } from '../../../ports/catalog/uploads.ts';
import { pageOf } from './page.ts';
import { type CatalogState, pinsOf, queueEntry } from './state.ts';

export const memoryUploads = (state: CatalogState): UploadCatalog => ({
  async open(upload) {
    const { mountId, snapshotId } = upload;
    const known = [...state.uploads.values()].find(
      (other) => other.mountId === mountId && other.snapshotId === snapshotId && !hasClosed(other),
    );
    if (known !== undefined) return { outcome: 'snapshot-known', uploadId: known.uploadId };
    const mount = state.mounts.get(mountId);
    const isNext =
      mount?.openUploadId === undefined &&
      mount?.headId === upload.parent?.uploadId &&
      mount?.fence === upload.fence - 1 &&
      mount.epoch === upload.epoch &&
      mount.state !== 'gone';
    if (mount === undefined || !isNext || !hasLiveParent(state, upload)) return { outcome: 'conflict' };
    if (upload.requestId !== undefined) {
      const request = state.requests.get(upload.requestId);
      if (request === undefined || hasEnded(request)) return { outcome: 'request-ended' };
      const { uploadId, deadline } = upload;
      state.requests.set(upload.requestId, { ...request, state: 'uploading', uploadId, deadline });
    }
    if (upload.parent) pinsOf(state, upload.parent.uploadId).add(`upload:${upload.uploadId}`);
    state.uploads.set(upload.uploadId, upload);
    state.mounts.set(mountId, { ...mount, openUploadId: upload.uploadId, fence: upload.fence });
    return { outcome: 'opened' };
  },

  async find(uploadId) {
    return state.uploads.get(uploadId);
  },

  async extend(uploadId, { fence, now, storeId }, until) {
    const upload = state.uploads.get(uploadId);
    if (upload?.state !== 'open' || upload.fence !== fence || upload.deadline <= now) return undefined;
    if (storeId !== undefined && upload.storeId !== storeId) return undefined;
    const extended = {
      ...upload,
      urlUntil: laterOf(upload.urlUntil, until.urlUntil),
      leaseUntil: laterOf(upload.leaseUntil, until.leaseUntil),
    };
    state.uploads.set(uploadId, extended);
    return extended;
  },

  async beginCommit(uploadId, fence, commit) {
    const upload = state.uploads.get(uploadId);
    if (upload?.state !== 'open' || upload.fence !== fence) return 'refused';
    if ((upload.commit?.attempt ?? 0) !== commit.attempt - 1) return 'refused';
    const { refusal: _, ...rest } = upload;
    state.uploads.set(uploadId, { ...rest, state: 'committing', commit });
    return 'begun';
  },

  async refuseCommit(uploadId, attempt, refusal) {
    const upload = state.uploads.get(uploadId);
    if (upload?.state !== 'committing' || upload.commit?.attempt !== attempt) return 'not-committing';
    state.uploads.set(uploadId, { ...upload, state: 'open', refusal });
    return 'refused';
  },

  async commit({ upload, recoveryPoint, expected, entry }) {
    const { uploadId, mountId } = upload;
    const current = state.uploads.get(uploadId);
    const mount = state.mounts.get(mountId);
    const isCommitting =
      current?.state === 'committing' &&
      current.fence === upload.fence &&
      current.commit?.manifestSha256 === recoveryPoint.manifestSha256;
    const isAsExpected =
      mount?.openUploadId === uploadId &&
      mount.lineVersion === expected.lineVersion &&
      mount.journal.number === expected.journalNumber &&
      mount.seq === expected.seq;
    if (!isCommitting || !isAsExpected || !hasLiveParent(state, current)) return 'conflict';

    const { openUploadId: _, ...freed } = mount;
    const { seq } = recoveryPoint;
    state.uploads.set(uploadId, { ...current, state: 'committed', seq, journalNumber: entry.number });
    state.recoveryPoints.set(uploadId, recoveryPoint);
    state.mounts.set(mountId, {
      ...freed,
      seq,
      headId: uploadId,
      lineVersion: mount.lineVersion + 1,
      dueAt: recoveryPoint.committedAt,
      journal: { ...mount.journal, number: entry.number, hash: entry.sha256 },
    });
    unpinParent(state, current);
    queueEntry(state, entry);
    return 'committed';
  },

  async close({ uploadId, fence, urlUntil }, { reason: closeReason, leaseEndedBy, entry }) {
    const current = state.uploads.get(uploadId);
    if (current?.state !== 'open' || current.fence !== fence || current.urlUntil !== urlUntil)
      return 'conflict';
    if (leaseEndedBy !== undefined && leaseEndedBy < current.leaseUntil) return 'conflict';
    const mount = state.mounts.get(current.mountId);
    if (mount?.openUploadId !== uploadId || mount.journal.number !== entry.number - 1) return 'conflict';
    const { openUploadId: _, ...freed } = mount;
    const journal = { ...mount.journal, number: entry.number, hash: entry.sha256 };
    state.mounts.set(mount.mountId, { ...freed, journal });
    state.uploads.set(uploadId, { ...current, state: 'closing', closeReason, journalNumber: entry.number });
    unpinParent(state, current);
    queueEntry(state, entry);
    return 'closed';
  },

  async noteLateObject(uploadId, at) {
    const upload = state.uploads.get(uploadId);
    if (upload === undefined || !hasClosed(upload)) return;
    state.uploads.set(uploadId, { ...upload, lateObjectAt: laterOf(upload.lateObjectAt ?? at, at) });
  },

  async endClosing({ uploadId, lateObjectAt }, closedAt, entry) {
    const upload = state.uploads.get(uploadId);
    if (upload?.lateObjectAt !== lateObjectAt) return 'conflict';
    if (upload?.state !== (entry === undefined ? 'closed' : 'closing')) return 'conflict';
    const mount = state.mounts.get(upload.mountId);
    const { blockedUntil: _, ...freed } = upload;
    if (entry !== undefined) {
      if (mount?.journal.number !== entry.number - 1) return 'conflict';
      const journal = { ...mount.journal, number: entry.number, hash: entry.sha256 };
      state.mounts.set(mount.mountId, { ...mount, journal });
      queueEntry(state, entry);
    }
    state.uploads.set(uploadId, { ...freed, state: 'closed', closedAt });
    return 'changed';
  },

  async noteBlocked(uploadId, until) {
    const upload = state.uploads.get(uploadId);
    if (upload && needsSweep(upload)) state.uploads.set(uploadId, { ...upload, blockedUntil: until });
  },

  async listByState(wanted, page) {
    const rows = [...state.uploads.values()].filter((upload) =>
      wanted === 'closing' ? needsSweep(upload) : upload.state === wanted,
    );
    const keyOf = ({ openedAt, uploadId }: Upload) => `${openedAt}#${uploadId}`;
    return pageOf(rows, { name: `uploads ${wanted}`, keyOf }, page);
  },
});

const hasClosed = ({ state }: Upload): boolean => state === 'closing' || state === 'closed';

function hasLiveParent(state: CatalogState, { parent }: Upload): boolean {
  const point = parent && state.recoveryPoints.get(parent.uploadId);
  return parent === undefined || (point !== undefined && isLive(point.state));
}

function unpinParent(state: CatalogState, { uploadId, parent }: Upload): void {
  if (parent) pinsOf(state, parent.uploadId).delete(`upload:${uploadId}`);
}
