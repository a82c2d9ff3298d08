import { createHash } from 'node:crypto';
import type { Instant } from '../../../shared/domain/instant.ts';
import { type JournalEntry, journalStart, nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Restore, StoreCommand } from '../../../shared/domain/restore.ts';
import type { ActivationCode, Credential, Store } from '../../../shared/domain/store.ts';
import type { Upload, UploadCommit } from '../../../shared/domain/upload.ts';
import type { IdempotencyClaim } from '../../../shared/ports/catalog/page.ts';
import { countingIds } from './ids.ts';

export const ids = countingIds();

const start = Date.parse('2026-03-01T00:00:00.000Z');
/** A moment `minutes` after the beginning of the tests' time. */
export const at = (minutes: number): Instant => new Date(start + minutes * 60_000).toISOString() as Instant;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const makeStore = (fields: Partial<Store> = {}): Store => {
  const storeId = ids.store();
  return { storeId, name: `store ${storeId}`, state: 'registered', createdAt: at(0), ...fields };
};

export const makeCode = (
  storeId: Store['storeId'],
  fields: Partial<ActivationCode> = {},
): ActivationCode => ({
  codeSha256: sha256(ids.secret()),
  storeId,
  expiresAt: at(60),
  ...fields,
});

export const makeCredential = (fields: Partial<Credential> = {}): Credential => ({
  credentialId: ids.credential(),
  role: 'operator',
  description: 'for a test',
  secretSha256: sha256(ids.secret()),
  createdAt: at(0),
  ...fields,
});

export const makeToken = (storeId: Store['storeId'], fields: Partial<Credential> = {}): Credential =>
  makeCredential({ role: 'store', storeId, ...fields });

export const makeClaim = (resourceId: string, fields: Partial<IdempotencyClaim> = {}): IdempotencyClaim => ({
  scope: `someone POST /v1/things ${ids.secret()}`,
  requestSha256: sha256('the request'),
  resourceId,
  forgetAt: at(2 * 24 * 60),
  ...fields,
});

/** A new mount and the entry that its journal begins with. */
export const makeMount = (fields: Partial<Mount> = {}): { mount: Mount; entry: JournalEntry } => {
  const mountId = ids.mount();
  const entry = nextJournalEntry(mountId, journalStart, { at: at(0), kind: 'mount-created', data: {} });
  const mount: Mount = {
    mountId,
    storeId: ids.store(),
    name: `mount ${mountId}`,
    state: 'creating',
    volumeId: 10_001,
    expire: '38d',
    maxPendingSnapshots: 3,
    createdAt: at(0),
    seq: 0,
    lineVersion: 0,
    epoch: 1,
    fence: 0,
    journal: { number: entry.number, hash: entry.sha256, stored: 0 },
    ...fields,
  };
  return { mount, entry };
};

/** The upload that would be opened next on the mount as it stands. */
export const makeUpload = (mount: Mount, fields: Partial<Upload> = {}): Upload => {
  const uploadId = ids.upload();
  return {
    uploadId,
    mountId: mount.mountId,
    storeId: mount.storeId,
    state: 'open',
    snapshotId: `snapshot-${uploadId}`,
    snapName: 'nightly',
    fence: mount.fence + 1,
    epoch: mount.epoch,
    ...(mount.headId && { parent: { uploadId: mount.headId, manifestSha256: sha256(mount.headId) } }),
    requestedAt: at(10),
    openedAt: at(10),
    deadline: at(20_000),
    leaseUntil: at(130),
    urlUntil: at(10),
    ...fields,
  };
};

export const makeCommit = (upload: Upload, fields: Partial<UploadCommit> = {}): UploadCommit => ({
  manifestSha256: sha256(upload.uploadId),
  manifestBytes: 4_096,
  requestedAt: at(20),
  attempt: 1,
  ...fields,
});

/** The point that a commit of the upload makes on the mount as it stands. */
export const makePoint = (
  mount: Mount,
  upload: Upload,
  fields: Partial<RecoveryPoint> = {},
): RecoveryPoint => ({
  recoveryPointId: upload.uploadId,
  mountId: mount.mountId,
  storeId: mount.storeId,
  seq: mount.seq + 1,
  state: 'available',
  ...(upload.parent && { parentId: upload.parent.uploadId }),
  snapName: upload.snapName,
  takenAt: upload.requestedAt,
  committedAt: at(21),
  expiresAt: 'never',
  manifestSha256: sha256(upload.uploadId),
  manifestBytes: 4_096,
  totals: { files: 3, bytes: 3_000_000, ownObjects: 2, ownStoredBytes: 1_000_000 },
  ...fields,
});

export const makeRestore = (point: RecoveryPoint, fields: Partial<Restore> = {}): Restore => ({
  restoreId: ids.restore(),
  jobId: 1,
  recoveryPointId: point.recoveryPointId,
  recoveryPointSeq: point.seq,
  mountId: point.mountId,
  storeId: point.storeId,
  manifestSha256: point.manifestSha256,
  state: 'planned',
  fence: 0,
  progress: { filesDone: 0, filesTotal: 3, bytesDone: 0, bytesTotal: 3_000_000 },
  requestedAt: at(30),
  requestedBy: ids.credential(),
  deadline: at(20_000),
  ...fields,
});

export const makeCommand = (restore: Restore, fields: Partial<StoreCommand> = {}): StoreCommand => ({
  commandId: ids.command(),
  storeId: restore.storeId,
  kind: 'stage-restore',
  restoreId: restore.restoreId,
  fence: restore.fence + 1,
  deadline: restore.deadline,
  ...fields,
});
