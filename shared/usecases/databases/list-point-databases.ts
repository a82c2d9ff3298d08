import type { Caller } from '../../domain/access.ts';
import { describeDatabases } from '../../domain/file-map/list-files.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { JudgedDatabase } from '../../domain/recoverability/judgement.ts';
import type { PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { listFromMap } from './list-mapped-files.ts';
import { acrossMounts, notJudged, unlessDamaged } from './point-recoverability.ts';
import { readJudgement } from './read-judgement.ts';
import { unlessLost } from './stored-maps.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** The databases of a point with what was judged of each. Throws FILE_MAP_MISSING. */
export async function listPointDatabases(
  dependencies: Dependencies,
  caller: Caller,
  recoveryPointId: UploadId,
  page: PageRequest,
) {
  const { catalog, vault } = dependencies;
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const { map, ...found } = await listFromMap(dependencies, caller, recoveryPointId, page, describeDatabases);
  const judgement = await unlessLost(() => readJudgement(vault, point));
  // A list goes on in the map in which it began; a late log may have brought another one since.
  const isOfMap = judgement?.number === map.number;
  const judged = new Map(isOfMap ? judgement.databases.map((each) => [each.dbid, each]) : []);
  const known = new Set(map.databases.map(({ dbid }) => dbid));
  const verdictOf = async (dbid: string): Promise<JudgedDatabase> => {
    const verdict = unlessDamaged(judged.get(dbid) ?? notJudged(dbid, point), point);
    if (verdict.recoverable === 'yes') return verdict;
    const database = await catalog.databases.find(dbid);
    return acrossMounts(verdict, database?.mountIds ?? [], point.mountId);
  };
  const items = [];
  for (const item of found.items) {
    // Files that only their names tell of are no database that could be judged.
    items.push({ item, verdict: known.has(item.dbid) ? await verdictOf(item.dbid) : undefined });
  }
  return { ...found, items, map, judgement: isOfMap ? judgement : undefined };
}
