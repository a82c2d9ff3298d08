import type { Caller } from '../../domain/access.ts';
import { identifyBackup } from '../../domain/administration/backup-identity.ts';
import { unknownDatabase } from '../../domain/file-map/file-map.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { JudgedDatabase } from '../../domain/recoverability/judgement.ts';
import { hasCode } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { readJudgement } from '../databases/read-judgement.ts';
import { unlessLost } from '../databases/stored-maps.ts';
import { deletePoint } from '../retention/delete-point.ts';
import type { ChangeDependencies } from '../retention/undelete-point.ts';
import { type Backup, gatherBackups, type Standing } from './gather-backups.ts';
import { resolveDatabase } from './resolve-database.ts';

/** A deletion reads its whole mount again, some 200 ms; API Gateway waits 30 seconds. */
const mostAtOnce = 20;

interface UnusableReport {
  /** Marked for deletion: each can be brought back until its undo window ends. */
  readonly deleted: readonly { readonly recoveryPointId: UploadId; readonly bid: number }[];
  /** Unusable, and protected by what the reasons say. */
  readonly kept: readonly {
    readonly recoveryPointId: UploadId;
    readonly bid: number;
    readonly why: string;
  }[];
  /** There are more: ask again from here. */
  readonly next?: UploadId;
}

/**
 * Marks for deletion what can never be restored because its base is gone: a level 1 without its level 0. Only what is certain: a point
 * in doubt, one with another database that can be restored, and one whose base some other point has, is not even looked at. Each goes
 * the way of every deletion, with all that protects a point. Throws DATABASE_NOT_FOUND, and what `deletePoint` throws but for a refusal.
 */
export async function deleteUnusable(
  dependencies: ChangeDependencies & { readonly catalog: Pick<Catalog, 'agents'> },
  caller: Caller,
  databaseId: string,
  from: UploadId | undefined,
): Promise<UnusableReport> {
  const { database } = await resolveDatabase(dependencies.catalog, databaseId);
  if (database === undefined) return { deleted: [], kept: [] };
  const backups = await gatherBackups(dependencies, database);
  const unusable: Backup[] = [];
  for (const backup of backups) {
    if (await isUnusable(dependencies, backup)) unusable.push(backup);
  }
  const ordered = unusable
    .sort((one, other) => (one.point.recoveryPointId < other.point.recoveryPointId ? -1 : 1))
    .filter(({ point }) => from === undefined || point.recoveryPointId >= from);
  const deleted: UnusableReport['deleted'][number][] = [];
  const kept: UnusableReport['kept'][number][] = [];
  for (const { point } of ordered.slice(0, mostAtOnce)) {
    const { recoveryPointId } = point;
    const { number: bid } = identifyBackup(database, point);
    try {
      await deletePoint(dependencies, caller, recoveryPointId);
      deleted.push({ recoveryPointId, bid });
    } catch (error) {
      if (!hasCode(error, 'RECOVERY_POINT_PROTECTED')) throw error;
      kept.push({ recoveryPointId, bid, why: error.message });
    }
  }
  const next = ordered[mostAtOnce]?.point.recoveryPointId;
  return { deleted, kept, ...(next !== undefined && { next }) };
}

/** Each of its databases has lost its base, as far as the whole mount is known. */
async function isUnusable(
  { catalog, vault }: Pick<ChangeDependencies, 'catalog' | 'vault'>,
  { point, content, standings }: Backup,
): Promise<boolean> {
  const { databases } = content;
  if (point.state !== 'available' || !content.isKnown || content.log !== 'read') return false;
  if (databases.some(({ recoverable, dbid }) => recoverable === 'yes' || dbid === unknownDatabase))
    return false;
  for (const { dbid } of databases) {
    // What is spread over mounts is judged on none of them.
    if ((await catalog.databases.find(dbid))?.mountIds.length !== 1) return false;
  }
  const judgement = await unlessLost(() => readJudgement(vault, point));
  const judged = judgement?.databases ?? [];
  return judged.length > 0 && judged.every((database) => isBaseGone(database, standings.get(database.dbid)));
}

function isBaseGone(
  { needsUnknown, reasons }: JudgedDatabase,
  { needs = [], lacksForGood = false }: Partial<Standing> = {},
): boolean {
  // With the files of others it may be whole; and what may be built on anything is never given up.
  if (needsUnknown === true || needs.length > 0) return false;
  const against = reasons.filter(({ effect }) => effect !== 'note');
  const isNotCovered = against.some(({ code, effect }) => code === 'DATAFILE_NOT_COVERED' && effect === 'no');
  return isNotCovered || (lacksForGood && against.every(({ code }) => code === 'BASE_UNKNOWN'));
}
