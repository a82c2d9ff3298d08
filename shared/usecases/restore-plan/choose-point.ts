import type { Caller } from '../../domain/access.ts';
import type { Database } from '../../domain/database.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findMount, findRecoveryPoint } from '../access/find-owned.ts';
import { findDatabase, listJudgedPoints } from '../databases/list-databases.ts';
import { findPointForTime } from '../databases/recovery-windows.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'databases' | 'mounts' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** Which point is meant: by its id, or the right one of a database or of a mount. */
export interface WantedPoint {
  readonly recoveryPointId?: UploadId | undefined;
  readonly mountId?: MountId | undefined;
  /** DBID, name or unique name. */
  readonly database?: string | undefined;
  readonly time?: Instant | undefined;
  readonly offsetMinutes?: number | undefined;
}

export interface FoundPoint {
  readonly point: RecoveryPoint;
  /** How it was found, for people. */
  readonly why: string;
}

/**
 * The point to restore from. For a time the earliest that was taken then or later and reaches it: newer points have later backups, which
 * cannot go back. Throws RECOVERY_POINT_NOT_FOUND, MOUNT_NOT_FOUND, DATABASE_NOT_FOUND, NO_SUITABLE_POINT.
 */
export async function choosePoint(
  dependencies: Dependencies,
  caller: Caller,
  { recoveryPointId, mountId, database, time, offsetMinutes }: WantedPoint,
): Promise<FoundPoint> {
  const { catalog } = dependencies;
  if (recoveryPointId !== undefined) {
    const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
    return { point, why: 'the recovery point that was asked for' };
  }
  if (mountId !== undefined) return pointOfMount(catalog, caller, mountId, time);
  if (database === undefined)
    throw new ServiceError('REQUEST_INVALID', 'body: name a recoveryPointId, a mountId or a database');
  const { databaseId } = await findDatabaseNamed(catalog, database);
  if (time === undefined) return latestUsable(catalog, databaseId);
  const answer = await findPointForTime(dependencies, databaseId, { time, offsetMinutes });
  if (answer.outcome === 'none') throw noSuitablePoint(answer.text, { reason: answer.code });
  const { point } = answer.found;
  const why = `the earliest recovery point taken at that time or later from which the database ${answer.outcome === 'found' ? 'reaches' : 'may reach'} it`;
  return { point, why };
}

const noSuitablePoint = (text: string, details: Record<string, unknown>): ServiceError =>
  new ServiceError('NO_SUITABLE_POINT', text, { details });

async function pointOfMount(
  catalog: Dependencies['catalog'],
  caller: Caller,
  mountId: MountId,
  time: Instant | undefined,
): Promise<FoundPoint> {
  await findMount(catalog, caller, mountId);
  const order = time === undefined ? ('newest-first' as const) : ('oldest-first' as const);
  const filter = { mountId, order, ...(time !== undefined && { takenFrom: time }) };
  let cursor: string | undefined;
  do {
    const page = await catalog.recoveryPoints.list(filter, { limit: 100, cursor });
    const point = page.items.find(({ state }) => state === 'available');
    const why =
      time === undefined
        ? 'the newest recovery point of the mount'
        : 'the earliest recovery point of the mount taken at that time or later';
    if (point !== undefined) return { point, why };
    cursor = page.cursor;
  } while (cursor !== undefined);
  const text =
    time === undefined
      ? 'Suitable snapshot not found: the mount has no recovery point.'
      : 'Suitable snapshot not found: no recovery point of the mount was taken at this time or later. Take a snapshot now, then ask again.';
  throw noSuitablePoint(text, {
    reason: time === undefined ? 'NO_USABLE_POINT' : 'TARGET_AFTER_NEWEST_POINT',
  });
}

/** The newest from which it is certain that the database can be restored; where there is none, the newest of which it is not known. */
async function latestUsable(catalog: Dependencies['catalog'], databaseId: string): Promise<FoundPoint> {
  let newest: RecoveryPoint | undefined;
  let open: RecoveryPoint | undefined;
  let cursor: string | undefined;
  do {
    const page = await listJudgedPoints(catalog, databaseId, { limit: 100, cursor });
    for (const { point, recoverable } of page.items.filter((each) => each.point.state === 'available')) {
      newest ??= point;
      if (recoverable === 'yes') return { point, why: whyUsable(point === newest) };
      if (recoverable === 'unknown') open ??= point;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (open !== undefined) {
    const why =
      'the newest recovery point of which it is not known whether the database can be restored; of none it is certain';
    return { point: open, why };
  }
  const text = 'Suitable snapshot not found: from none of its recovery points can the database be restored.';
  throw noSuitablePoint(text, { reason: 'NO_USABLE_POINT' });
}

const whyUsable = (isNewest: boolean): string =>
  isNewest
    ? 'the newest recovery point of the database'
    : 'the newest recovery point from which the database can be restored; newer ones cannot, or not for certain';

/** By DBID, name or unique name, in any case. Throws DATABASE_NOT_FOUND, RESTORE_SCOPE_AMBIGUOUS. */
async function findDatabaseNamed(catalog: Dependencies['catalog'], wanted: string): Promise<Database> {
  if (/^\d{1,15}$/.test(wanted)) return findDatabase(catalog, wanted);
  const isMeant = ({ name, uniqueName }: Database) =>
    [name, uniqueName].some((each) => each?.toLowerCase() === wanted.toLowerCase());
  const found: Database[] = [];
  let cursor: string | undefined;
  do {
    const page = await catalog.databases.list({ limit: 500, cursor });
    found.push(...page.items.filter(isMeant));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const [database, ...others] = found;
  if (database === undefined) {
    throw new ServiceError('DATABASE_NOT_FOUND', `no recovery point has files of a database named ${wanted}`);
  }
  if (others.length === 0) return database;
  const dbids = found.map(({ databaseId }) => databaseId).join(', ');
  throw new ServiceError(
    'RESTORE_SCOPE_AMBIGUOUS',
    `${found.length} databases are named ${wanted}: name it by its DBID, ${dbids}`,
  );
}
