import type { Database } from '../../domain/database.ts';
import type { Recoverable } from '../../domain/recoverability/verdict.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { inShort } from './point-recoverability.ts';

/** Throws DATABASE_NOT_FOUND. */
export async function findDatabase(
  catalog: Pick<Catalog, 'databases'>,
  databaseId: string,
): Promise<Database> {
  const database = await catalog.databases.find(databaseId);
  if (database !== undefined) return database;
  throw new ServiceError(
    'DATABASE_NOT_FOUND',
    `no recovery point has files of a database with DBID ${databaseId}`,
  );
}

/** The points with files of a database, newest first. A page may have fewer than asked for: points that are gone are left out. */
export async function listPointsOfDatabase(
  catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>,
  databaseId: string,
  page: PageRequest,
): Promise<Page<RecoveryPoint>> {
  await findDatabase(catalog, databaseId);
  const { items, ...rest } = await catalog.databases.points(databaseId, page);
  const points: RecoveryPoint[] = [];
  for (const { recoveryPointId } of items) {
    const point = await catalog.recoveryPoints.find(recoveryPointId);
    if (point !== undefined && point.state !== 'tombstone') points.push(point);
  }
  return { items: points, ...rest };
}

/** The same, each with what the catalog says of the database there. */
export async function listJudgedPoints(
  catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>,
  databaseId: string,
  page: PageRequest,
): Promise<Page<{ readonly point: RecoveryPoint; readonly recoverable: Recoverable }>> {
  const { mountIds } = await findDatabase(catalog, databaseId);
  const { items, ...rest } = await listPointsOfDatabase(catalog, databaseId, page);
  // What this mount lacks another one may have: see `acrossMounts`.
  const isSpread = mountIds.length > 1;
  const judged = items.map((point) => {
    const found = inShort(point, databaseId) ?? 'unknown';
    return { point, recoverable: found === 'no' && isSpread ? ('unknown' as const) : found };
  });
  return { items: judged, ...rest };
}
