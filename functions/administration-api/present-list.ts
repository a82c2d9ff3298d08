import type * as z from 'zod';
import type { listBackupsQuery } from '../../shared/contracts/trove-backups.ts';
import type { Caller } from '../../shared/domain/access.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { listTroveBackups } from '../../shared/usecases/trove/list-trove-backups.ts';
import { presentBackup } from '../../shared/usecases/trove/trove-backup.ts';

/** A page of backups in Trove's form: the way to the next one is a link. */
export async function presentList(
  catalog: Pick<Catalog, 'agents' | 'databases' | 'mounts' | 'recoveryPoints' | 'requests'>,
  caller: Caller,
  { limit, marker, datastore, all_projects: allProjects, ...filter }: z.output<typeof listBackupsQuery>,
) {
  if (caller.role !== 'admin' && (allProjects !== undefined || filter.project_id !== undefined)) {
    throw new ServiceError('FORBIDDEN', 'project_id and all_projects are for the role admin');
  }
  // There is no other kind of database.
  if (datastore !== undefined && datastore !== 'oracle') return { backups: [], links: [] };
  const { backups, next } = await listTroveBackups(catalog, caller, { limit, marker, ...filter });
  const rows = [];
  for (const source of backups) rows.push(await presentBackup(catalog, source));
  const given = Object.entries({ ...filter, datastore }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams([...(given as [string, string][]), ['limit', String(limit)]]);
  if (next !== undefined) query.set('marker', next);
  return {
    backups: rows,
    links: next === undefined ? [] : [{ rel: 'next' as const, href: `/v1/backups?${query}` }],
  };
}
