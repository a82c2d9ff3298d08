import type { Caller } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import { parseExpire } from '../../domain/expire.ts';
import type { MountId, RequestId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import { isLive } from '../../domain/recovery-point.ts';
import type { Store } from '../../domain/store.ts';
import type { Upload } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { findMount } from '../access/find-owned.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { requireCurrent } from '../requests/report-request.ts';
import { requireInForce } from '../stores/require-in-force.ts';
import { closeUpload } from './close-upload.ts';
import { showUpload } from './show-upload.ts';
import { leaseMillis } from './sign-upload.ts';

/** No upload stays open longer, whatever it does: 10 TB at 100 Mbit/s take 9.3 days. */
const deadlineMillis = 14 * 86_400_000;
/** Each lost race means that somebody else got on; more than a few in a row is trouble. */
const maxAttempts = 5;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'requests' | 'stores'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface OpenUploadInput {
  readonly mountId: MountId;
  readonly snapshotId: string;
  readonly snapName: string;
  readonly requestedAt: Instant;
  readonly expire?: string | undefined;
  /** The hand-over of the request that the snapshot was made for. */
  readonly request?: { readonly requestId: RequestId; readonly fence: number } | undefined;
}

/**
 * Opens the upload of a snapshot: pins the head of the mount as its parent. Opening again for the same snapshot
 * answers the upload it has. An upload whose lease or
 * whose gateway's token has ended is closed on the way; one that is alive gives UPLOAD_BUSY.
 */
export async function openUpload(
  dependencies: Dependencies,
  caller: Caller,
  input: OpenUploadInput,
): Promise<Upload> {
  if (input.expire !== undefined) parseExpire(input.expire);
  const { catalog } = dependencies;
  const find = () => findMount(catalog, caller, input.mountId);
  const [store, first] = await Promise.all([requireInForce(catalog, caller), find()]);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = attempt === 0 ? first : await find();
    if (mount.state === 'gone') {
      throw new ServiceError('MOUNT_STATE_CONFLICT', `mount ${mount.mountId} is gone`);
    }
    requireInStep(mount);
    if (mount.retirement !== undefined) {
      throw new ServiceError('MOUNT_STATE_CONFLICT', `mount ${mount.mountId} is being retired`);
    }
    if (mount.openUploadId !== undefined) {
      const upload = await settleOpenUpload(dependencies, caller, store, {
        uploadId: mount.openUploadId,
        snapshotId: input.snapshotId,
      });
      if (upload !== undefined) return upload;
      continue;
    }
    const request = input.request && (await requireCurrent(catalog, caller, input.request));
    const upload = await draftUpload(dependencies, mount, { ...requestedFor(mount, request), ...input });
    const result = await catalog.uploads.open(upload);
    if (result.outcome === 'opened') return upload;
    if (result.outcome === 'request-ended' && input.request !== undefined) {
      // Who reads it again is told in which state it has ended.
      await requireCurrent(catalog, caller, input.request);
      continue;
    }
    // A repeat may come when the upload is committed already: it is told so only once that is journaled.
    if (result.outcome === 'snapshot-known') return showUpload({ catalog }, caller, result.uploadId);
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount ${input.mountId} changes too often to open an upload`);
}

/** The open upload when it is this snapshot's; undefined when it was in the way no longer; UPLOAD_BUSY otherwise. */
async function settleOpenUpload(
  { catalog, clock }: Dependencies,
  caller: Caller,
  store: Store | undefined,
  { uploadId, snapshotId }: Pick<Upload, 'snapshotId' | 'uploadId'>,
): Promise<Upload | undefined> {
  const open = await catalog.uploads.find(uploadId);
  if (open === undefined)
    throw new ServiceError('INTERNAL', `the open upload ${uploadId} is not in the catalog`);
  // It may be committed since the mount was read, and is told so only once that is journaled.
  if (open.snapshotId === snapshotId) return showUpload({ catalog }, caller, uploadId);
  const now = clock.now();
  const isAbandoned = open.state === 'open' && open.leaseUntil < now;
  // Opened with a token that is fenced by now. Whoever has the present one goes through its snapshots in order: it asks
  // for another one only when it does not have that snapshot, and nobody else can go on with it.
  const isOrphaned = open.state === 'open' && open.openedAt < (store?.activatedAt ?? open.openedAt);
  if (open.state === 'open' && !isAbandoned && !isOrphaned) {
    throw new ServiceError('UPLOAD_BUSY', `upload ${uploadId} of snapshot ${open.snapName} is open`, {
      details: { uploadId },
    });
  }
  if (open.state === 'committing') {
    throw new ServiceError('UPLOAD_BUSY', `upload ${uploadId} is being committed`, { details: { uploadId } });
  }
  if (isAbandoned) {
    const reason = 'lease ended, another upload was opened';
    await closeUpload({ catalog, clock }, open, { reason, leaseEndedBy: now });
  } else if (isOrphaned) {
    await closeUpload({ catalog, clock }, open, { reason: 'the gateway that opened it was replaced' });
  }
  return undefined;
}

/** What the upload has from the request that its snapshot was made for. */
function requestedFor(
  mount: Mount,
  request: BackupRequest | undefined,
): Pick<Upload, 'expire' | 'requestId'> {
  if (request === undefined) return {};
  const { requestId, mountId, expire } = request;
  if (mountId !== mount.mountId) {
    throw new ServiceError('BACKUP_REQUEST_STATE_CONFLICT', `request ${requestId} is of mount ${mountId}`);
  }
  return { requestId, ...(expire !== undefined && { expire }) };
}

async function draftUpload(
  { catalog, clock, ids }: Dependencies,
  mount: Mount,
  { snapshotId, snapName, requestedAt, expire, requestId }: OpenUploadInput & Pick<Upload, 'requestId'>,
): Promise<Upload> {
  const head = mount.headId && (await catalog.recoveryPoints.find(mount.headId));
  if (mount.headId !== undefined && (!head || !isLive(head.state))) {
    throw new ServiceError(
      'COMMIT_CONFLICT',
      `the head ${mount.headId} of mount ${mount.mountId} is changing`,
    );
  }
  const openedAt = clock.now();
  return {
    uploadId: ids.upload(),
    mountId: mount.mountId,
    storeId: mount.storeId,
    state: 'open',
    snapshotId,
    snapName,
    fence: mount.fence + 1,
    epoch: mount.epoch,
    ...(head && { parent: { uploadId: head.recoveryPointId, manifestSha256: head.manifestSha256 } }),
    requestedAt,
    openedAt,
    deadline: addMillis(openedAt, deadlineMillis),
    leaseUntil: addMillis(openedAt, leaseMillis),
    urlUntil: openedAt,
    ...(expire !== undefined && { expire }),
    ...(requestId !== undefined && { requestId }),
  };
}
