import type { SnapshotIdentity } from '../../../gateway/mover/upload/upload-snapshot.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import type { Instant } from '../../../shared/domain/instant.ts';

export const mountId = 'mnt-01K00000000000000000000M00' as MountId;
export const uploadId = '01K0000000000000000000000A' as UploadId;

export const identity: SnapshotIdentity = {
  mountId,
  uploadId,
  parent: null,
  requestedAt: '2026-01-31T12:00:00.000Z' as Instant,
  serviceAt: '2026-01-31T12:00:05.000Z' as Instant,
  snapName: 'UID_1',
};
