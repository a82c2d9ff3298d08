import { requestTime } from '../../domain/administration/backup-identity.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { RequestId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { uploadPrefix } from '../../domain/vault/keys.ts';
import { volumes } from '../../domain/volume.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** A requested backup has the id of its request for ever; one that a script began has that of its recovery point. */
export type TroveBackupId = RequestId | UploadId;

export const troveStates = ['NEW', 'BUILDING', 'SAVING', 'COMPLETED', 'FAILED', 'DELETE_FAILED'] as const;

/** What there is of a backup: its request, its recovery point, or both. */
export interface TroveSource {
  readonly request?: BackupRequest;
  readonly point?: RecoveryPoint;
}

export interface TroveBackup {
  readonly id: TroveBackupId;
  readonly name: string;
  readonly description: string | null;
  readonly locationRef: string | null;
  readonly instance_id: string;
  readonly database: string | null;
  readonly created: Instant;
  readonly updated: Instant;
  /** GB of what was backed up. */
  readonly size: number | null;
  readonly status: (typeof troveStates)[number];
  readonly parent_id: TroveBackupId | null;
  readonly project_id: string;
  readonly datastore: {
    readonly type: 'oracle';
    readonly version: string | null;
    readonly version_id: string | null;
  };
  readonly backup_type: 'full' | 'incremental' | 'archived-logs' | null;
  readonly checksum: string | null;
  readonly storage_driver: 's3';
  readonly deleted: boolean;
  readonly deleted_at: Instant | null;
  readonly notes: readonly string[];
  /** What a restore is ordered by. */
  readonly recovery_point_id: UploadId | null;
}

/** When a backup came to be: its place in every list, which nothing changes. */
export const createdAt = ({ request, point }: TroveSource): Instant => {
  const requestId = request?.requestId ?? point?.request?.requestId;
  if (requestId !== undefined) return requestTime(requestId);
  return point?.takenAt ?? ('' as Instant);
};

/** A backup with the fields of Trove. */
export async function presentBackup(
  catalog: Pick<Catalog, 'databases' | 'mounts' | 'recoveryPoints'>,
  source: TroveSource,
): Promise<TroveBackup> {
  const { request, point } = source;
  const { mountId, storeId } = (request ?? point) as Pick<RecoveryPoint, 'mountId' | 'storeId'>;
  const mount = await catalog.mounts.find(mountId);
  const version = (await versionOf(catalog, point)) ?? null;
  const of = request ?? point?.request;
  return {
    id: of?.requestId ?? (point?.recoveryPointId as UploadId),
    name: of?.name ?? point?.snapName ?? `backup ${request?.backupNumber}`,
    description: request?.description ?? null,
    locationRef: locationOf(mount, point),
    instance_id: mountId,
    database: of?.database ?? null,
    created: createdAt(source),
    updated: updatedAt(source),
    size: point === undefined ? null : Math.round((point.totals.bytes / 2 ** 30) * 1000) / 1000,
    status: statusOf(source),
    parent_id: await parentOf(catalog, of?.parentId),
    project_id: storeId,
    datastore: { type: 'oracle', version, version_id: version },
    backup_type: typeOf(of),
    checksum: point?.manifestSha256 ?? null,
    storage_driver: 's3',
    deleted: point?.deletion !== undefined,
    deleted_at: point?.deletion?.markedAt ?? null,
    notes: notesOn(request),
    recovery_point_id: point?.recoveryPointId ?? null,
  };
}

function statusOf({ request, point }: TroveSource): TroveBackup['status'] {
  // Locked objects keep it: it is tried again, and is not hidden meanwhile.
  if (point !== undefined) return point.deletion?.blockedUntil === undefined ? 'COMPLETED' : 'DELETE_FAILED';
  switch (request?.state) {
    case 'running':
      return 'BUILDING';
    // Its point is being recorded: completed is what can be restored.
    case 'uploading':
    case 'completed':
      return 'SAVING';
    case 'failed':
    case 'aborted':
      return 'FAILED';
    default:
      return 'NEW';
  }
}

function updatedAt({ request, point }: TroveSource): Instant {
  const times = [point?.deletion?.markedAt, point?.committedAt, request?.endedAt, request?.reportedAt];
  return (
    times.find((time) => time !== undefined) ??
    createdAt({ ...(request && { request }), ...(point && { point }) })
  );
}

const typeOf = (of: TypedRequest | undefined): TroveBackup['backup_type'] => {
  if (of === undefined) return null;
  if (of.content === 'archived-logs') return 'archived-logs';
  return of.level === 0 ? 'full' : 'incremental';
};
type TypedRequest = Pick<BackupRequest, 'content' | 'level'>;

const notesOn = (request: BackupRequest | undefined): readonly string[] => {
  const { fullBecause, reason, warnings = [] } = request ?? {};
  return [fullBecause, reason, ...warnings].filter((note) => note !== undefined);
};

function locationOf(mount: Mount | undefined, point: RecoveryPoint | undefined): string | null {
  if (point === undefined || mount === undefined) return null;
  const { name } = volumes.find(({ volumeId }) => volumeId === mount.volumeId) ?? {};
  return `s3://${name ?? mount.volumeId}/${uploadPrefix(point.mountId, point.recoveryPointId)}`;
}

async function parentOf(
  { recoveryPoints }: Pick<Catalog, 'recoveryPoints'>,
  parentId: UploadId | undefined,
): Promise<TroveBackupId | null> {
  if (parentId === undefined) return null;
  const parent = await recoveryPoints.find(parentId);
  return parent?.request?.requestId ?? parentId;
}

async function versionOf(
  { databases }: Pick<Catalog, 'databases'>,
  point: RecoveryPoint | undefined,
): Promise<string | undefined> {
  const [first] = point?.judgement?.databases ?? [];
  return first && (await databases.find(first.dbid))?.version;
}
