import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import { isLive } from '../../domain/recovery-point.ts';
import { makeRestoreScripts } from '../../domain/rman-scripts/make-scripts.ts';
import type { RestoreScripts, ScriptOrder } from '../../domain/rman-scripts/script-order.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { acrossMounts, notJudged } from '../databases/point-recoverability.ts';
import { readVerdict } from '../databases/read-judgement.ts';
import { readMap, unlessLost } from '../databases/stored-maps.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/**
 * The scripts for one database of a point. Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_NOT_AVAILABLE, FILE_MAP_MISSING,
 * DATABASE_NOT_FOUND.
 */
export async function scriptsOfPoint(
  { catalog, vault }: Dependencies,
  caller: Caller,
  { recoveryPointId, dbid }: { readonly recoveryPointId: UploadId; readonly dbid: string },
  order: ScriptOrder,
): Promise<RestoreScripts> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  if (!isLive(point.state)) {
    const text = `recovery point ${recoveryPointId} is ${point.state}: its files cannot be staged any more`;
    throw new ServiceError('RECOVERY_POINT_NOT_AVAILABLE', text);
  }
  const { fileMap } = point;
  if (fileMap?.state !== 'stored') {
    const why = fileMap === undefined ? 'it was made before there were maps' : fileMap.reason;
    throw new ServiceError('FILE_MAP_MISSING', `recovery point ${recoveryPointId} has no file map: ${why}`);
  }
  const map = await readMap(vault, { ...point, number: fileMap.number });
  const database = map.databases.find((each) => each.dbid === dbid);
  if (database === undefined) {
    const text = `recovery point ${recoveryPointId} has no files of a database with DBID ${dbid}`;
    throw new ServiceError('DATABASE_NOT_FOUND', text);
  }
  const judged = (await unlessLost(() => readVerdict(vault, point, dbid))) ?? notJudged(dbid, point);
  const known = await catalog.databases.find(dbid);
  const verdict = acrossMounts(judged, known?.mountIds ?? [], point.mountId);
  return makeRestoreScripts({ map, database, verdict }, order);
}
