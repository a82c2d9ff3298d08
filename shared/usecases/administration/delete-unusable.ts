import type { Caller } from '../../domain/access.ts';
import { unknownDatabase } from '../../domain/file-map/file-map.ts';
import type { UploadId } from '../../domain/ids.ts';
import { hasCode } from '../../errors.ts';
import { findDatabase } from '../list-databases.ts';
import { unlessLost } from '../make-file-map.ts';
import { readJudgement } from '../read-judgement.ts';
import { deletePoint } from '../retention/delete-point.ts';
import type { ChangeDependencies } from '../retention/undelete-point.ts';
import { type Backup, gatherBackups } from './gather-backups.ts';

/** A deletion reads its whole mount again, some 200 ms; API Gateway waits 30 seconds. */
const mostAtOnce = 20;

export interface UnusableReport {
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
  dependencies: ChangeDependencies,
  caller: Caller,
  databaseId: string,
  from: UploadId | undefined,
): Promise<UnusableReport> {
  const database = await findDatabase(dependencies.catalog, databaseId);
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
    const { recoveryPointId, seq: bid } = point;
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

async function isUnusable(
  { catalog, vault }: Pick<ChangeDependencies, 'catalog' | 'vault'>,
  { point, content, ofDatabase, lacksForGood, needs }: Backup,
): Promise<boolean> {
  const isCertain = point.state === 'available' && content.isKnown && content.log === 'read';
  const databases = content.databases;
  const isNo = databases.every(
    ({ dbid, recoverable, needsUnknown }) =>
      dbid !== unknownDatabase && recoverable === 'no' && needsUnknown !== true,
  );
  if (!isCertain || !isNo) return false;
  // What is spread over mounts is judged on none of them.
  for (const { dbid } of databases) {
    if ((await catalog.databases.find(dbid))?.mountIds.length !== 1) return false;
  }
  // With the files of others it may be whole.
  if (ofDatabase.lacksFiles.length > 0 && (!lacksForGood || needs.length > 0)) return false;
  const judgement = await unlessLost(() => readJudgement(vault, point));
  const judged = judgement?.databases ?? [];
  return (
    judged.length > 0 &&
    judged.every(({ reasons }) =>
      reasons.some(({ code, effect }) => code === 'DATAFILE_NOT_COVERED' && effect === 'no'),
    )
  );
}
