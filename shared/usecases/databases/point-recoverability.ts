import { describeDamage } from '../../domain/damage.ts';
import type { Database } from '../../domain/database.ts';
import type { MountId } from '../../domain/ids.ts';
import type { JudgedDatabase } from '../../domain/recoverability/judgement.ts';
import type { Recoverable } from '../../domain/recoverability/verdict.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Vault } from '../../ports/vault.ts';
import { judgementNumber, readVerdict } from './read-judgement.ts';
import { unlessLost } from './stored-maps.ts';

/**
 * What the service says of a database at a point: what was judged when the point was made, and nothing that was not. Undefined where
 * the point has nothing of the database.
 */
export async function verdictAt(
  vault: Pick<Vault, 'read'>,
  { databaseId: dbid, mountIds }: Pick<Database, 'databaseId' | 'mountIds'>,
  point: RecoveryPoint,
): Promise<JudgedDatabase | undefined> {
  if (inShort(point, dbid) === undefined) return undefined;
  const judged = await unlessLost(() => readVerdict(vault, point, dbid));
  return acrossMounts(unlessDamaged(judged ?? notJudged(dbid, point), point), mountIds, point.mountId);
}

/** As far as the catalog alone says it, for lists. Undefined where the point has nothing of the database. */
export function inShort(point: RecoveryPoint, dbid: string): Recoverable | undefined {
  const { judgement } = point;
  if (judgement === undefined || judgementNumber(point) === undefined) return 'unknown';
  const found = judgement.databases.find((each) => each.dbid === dbid);
  const recoverable = found?.recoverable ?? (judgement.omitted === undefined ? undefined : 'unknown');
  return recoverable === 'yes' && point.damage !== undefined ? 'unknown' : recoverable;
}

/** What was judged from the logs is no promise any more where the vault has lost something of the point. */
export function unlessDamaged(
  verdict: JudgedDatabase,
  { damage }: Pick<RecoveryPoint, 'damage'>,
): JudgedDatabase {
  if (damage === undefined) return verdict;
  const text = `${describeDamage(damage)}: a restore says which files that costs`;
  const reason = { code: 'VAULT_DAMAGED', effect: 'unknown', text } as const;
  const recoverable = verdict.recoverable === 'yes' ? 'unknown' : verdict.recoverable;
  return { ...verdict, recoverable, windows: [], reasons: [reason, ...verdict.reasons] };
}

/** Without a judgement nothing is promised and nothing denied. */
export function notJudged(
  dbid: string,
  { fileMap, judgement }: Pick<RecoveryPoint, 'fileMap' | 'judgement'>,
): JudgedDatabase {
  const text =
    fileMap?.state !== 'stored'
      ? 'the point has no file map: its files are not told apart by database'
      : judgement === undefined
        ? 'the point was not judged; its warnings may say why'
        : 'the judgement of the point is of an earlier file map, or cannot be read';
  const reason = { code: 'NOT_JUDGED', effect: 'unknown', text } as const;
  return { dbid, recoverable: 'unknown', windows: [], reasons: [reason], advice: [], lacksFiles: [] };
}

/** What this mount lacks another one may have: a `no` holds only where there is no other. */
export function acrossMounts(
  verdict: JudgedDatabase,
  mountIds: readonly MountId[],
  mountId: MountId,
): JudgedDatabase {
  const others = mountIds.filter((each) => each !== mountId);
  if (verdict.recoverable === 'yes' || others.length === 0) return verdict;
  const text = `backups of this database are on other mounts too, and are judged mount by mount: ${others.join(', ')}`;
  const reason = { code: 'SPREAD_OVER_MOUNTS', effect: 'unknown', text } as const;
  return { ...verdict, recoverable: 'unknown', reasons: [...verdict.reasons, reason] };
}
