import type { Database, DatabasePoint } from '../../domain/database.ts';
import type { MountId } from '../../domain/ids.ts';
import { type MountHistory, replayJournal } from '../../domain/journal/mount-history.ts';
import type { Mount } from '../../domain/mount.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Hold } from '../../domain/retention/hold.ts';
import { definitionOf, type ScheduleDefinition } from '../../domain/schedule/schedule.ts';
import type { Store } from '../../domain/store.ts';
import type { Upload } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { readJournal } from './read-journal.ts';

/**
 * What of a mount must outlive the catalog, in a form that can be compared: `exportMount` of the catalog equals
 * `exportJournal` of the vault whenever the mount's outbox is drained (I12), and the export of a rebuilt catalog equals that of
 * the lost one. Left out is what a rebuild makes void or finds anew: epoch, fence, lineVersion and journal of the mount, open
 * uploads and their leases, pins, reports, what was noted for schedules, and uploads that were given up.
 */
interface MountExport {
  readonly mount: Readonly<Record<string, unknown>>;
  /** In the order of the line, tombstones included. */
  readonly points: readonly object[];
  /** Of the points, in their order. */
  readonly uploads: readonly object[];
  readonly holds: readonly Hold[];
  /** Without what the service notes of their runs. */
  readonly schedules: readonly ScheduleDefinition[];
}

export interface CatalogExport {
  readonly stores: readonly Pick<Store, 'storeId' | 'name'>[];
  readonly mounts: readonly MountExport[];
  readonly databases: readonly (Database & { readonly points: readonly DatabasePoint[] })[];
}

/** Of the whole catalog, for drills; each list is read to its end. */
export async function exportCatalog(
  catalog: Pick<
    Catalog,
    'stores' | 'mounts' | 'uploads' | 'recoveryPoints' | 'holds' | 'schedules' | 'databases'
  >,
): Promise<CatalogExport> {
  const stores = await listAll((page) => catalog.stores.list(page));
  const mounts: MountExport[] = [];
  for (const { mountId } of await listAll((page) => catalog.mounts.list({}, page))) {
    mounts.push(await exportMount(catalog, mountId));
  }
  const databases = [];
  for (const database of await listAll((page) => catalog.databases.list(page))) {
    const points = await listAll((page) => catalog.databases.points(database.databaseId, page));
    databases.push({ ...database, points });
  }
  return { stores: stores.map(({ storeId, name }) => ({ storeId, name })), mounts, databases };
}

/** Of one mount, from the catalog. */
export async function exportMount(
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'holds' | 'schedules'>,
  mountId: MountId,
): Promise<MountExport> {
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  const line = await listAll((page) => catalog.recoveryPoints.line({ mountId }, page));
  const points = line.map(({ point }) => point);
  const uploads = await Promise.all(
    points.map(async ({ recoveryPointId }) => {
      const upload = await catalog.uploads.find(recoveryPointId);
      if (upload !== undefined) return upload;
      throw new ServiceError('INTERNAL', `recovery point ${recoveryPointId} has no upload`);
    }),
  );
  const schedules = (await catalog.schedules.ofStore(mount.storeId))
    .filter((schedule) => schedule.mountId === mountId)
    .sort((one, other) => (one.scheduleId < other.scheduleId ? -1 : 1))
    .map(definitionOf);
  return describe({ mount, points, uploads, holds: await catalog.holds.ofMount(mountId), schedules });
}

/** Of one mount, from its journal in the vault: what a rebuild would make of it. Writes nothing. Throws JOURNAL_BROKEN. */
export async function exportJournal(
  vault: Pick<Vault, 'listVersions' | 'read'>,
  mountId: MountId,
): Promise<MountExport> {
  return describe(replayJournal(mountId, await readJournal(vault, mountId)));
}

function describe({
  mount,
  points,
  uploads,
  holds,
  schedules,
}: Omit<MountHistory, 'storeName'>): MountExport {
  const committed = new Map(uploads.map((upload) => [upload.uploadId, upload]));
  return {
    mount: describeMount(mount),
    points: points.map(describePoint),
    uploads: points.map(({ recoveryPointId }) => describeUpload(committed.get(recoveryPointId))),
    holds,
    schedules,
  };
}

function describeMount(mount: Mount) {
  const { state, epoch: _, fence: __, lineVersion: ___, journal: ____, ...kept } = mount;
  const { openUploadId: _a, storeReport: _b, diverged: _c, reconciliation: _d, ...settings } = kept;
  const { dueAt: _e, expiries: _f, lineFrom: _g, clearance: _h, ...lasting } = settings;
  return { ...lasting, state: state === 'creating' || state === 'ready' ? 'in use' : state };
}

function describePoint({ deletion, ...point }: RecoveryPoint) {
  if (deletion === undefined) return point;
  const { blockedUntil: _, ...lasting } = deletion;
  return { ...point, deletion: lasting };
}

const describeUpload = (upload: Upload | undefined) => {
  if (upload === undefined) return {};
  const { uploadId, state, snapshotId, snapName, requestedAt, urlUntil, seq, journalNumber } = upload;
  return { uploadId, state, snapshotId, snapName, requestedAt, urlUntil, seq, journalNumber };
};
