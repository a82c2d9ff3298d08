import {
  formatBackupMinute,
  formatBackupName,
  formatBackupPrefix,
  formatMinute,
} from '../../domain/administration/backup-name.ts';
import type { Database } from '../../domain/database.ts';
import { expiresAt, parseExpire } from '../../domain/expire.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { volumes } from '../../domain/volume.ts';
import type { Page } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findDatabase } from '../list-databases.ts';
import { mapAtOnce } from '../retention/gather-line.ts';
import { databaseName, levelAt } from './backup-facts.ts';
import { type Backup, type GatherBackupsDependencies, gatherBackups } from './gather-backups.ts';

export type ListBackupsDependencies = GatherBackupsDependencies & { readonly clock: Clock };

/** A backup with the fields, and in the forms, of the administration API's list. */
export interface BackupRow {
  readonly bid: number;
  readonly comment: string;
  /** Numbers of the backups with files that this one needs and lacks. */
  readonly dependencies: '-' | readonly number[];
  /** `YYYY-MM-DD HH:MM` in UTC; empty: never. */
  readonly expire: string;
  /** What its expiration is changed by. */
  readonly expire_alterable: string;
  readonly expired: boolean;
  readonly id: string;
  readonly last_item: boolean;
  readonly level: number | null;
  readonly path: string;
  readonly system: string;
  readonly timestamp: string;
  readonly ts: string;
  readonly usable: boolean;
  readonly usage: string;
  readonly volume: string;
  readonly recoveryPointId: UploadId;
}

/** Each row reads the head of a file map. */
const readsAtOnce = 16;

/** The backups of a database, newest first. Throws DATABASE_NOT_FOUND. */
export async function listBackups(
  dependencies: ListBackupsDependencies,
  databaseId: string,
  { limit, before }: { readonly limit: number; readonly before?: UploadId | undefined },
): Promise<Page<BackupRow>> {
  const database = await findDatabase(dependencies.catalog, databaseId);
  const backups = await gatherBackups(dependencies, database);
  const start = before === undefined ? 0 : placeAfter(backups, before);
  const page = backups.slice(start, start + limit);
  const items = await mapAtOnce(page, readsAtOnce, (backup) => rowOf(dependencies, database, backup));
  const last = page.at(-1)?.point.recoveryPointId;
  return { items, ...(last !== undefined && start + limit < backups.length && { cursor: last }) };
}

/** Ids and times are in one order but for clocks that were set: what is gone meanwhile is passed by its id. */
function placeAfter(backups: readonly Backup[], before: UploadId): number {
  const at = backups.findIndex(({ point }) => point.recoveryPointId === before);
  if (at >= 0) return at + 1;
  const next = backups.findIndex(({ point }) => point.recoveryPointId < before);
  return next < 0 ? backups.length : next;
}

/** One backup in the form of the list. */
export async function rowOf(
  { vault, clock }: Pick<ListBackupsDependencies, 'vault' | 'clock'>,
  database: Database,
  backup: Backup,
): Promise<BackupRow> {
  const { point, mount, needs, isNeeded } = backup;
  const { seq: number, takenAt: at, recoveryPointId } = point;
  const level = await levelAt(vault, point, database.databaseId);
  const name = { database: databaseName(database), number, level, at };
  const ends = expiresAt(point.committedAt, parseExpire(point.expire ?? mount.expire));
  const path = formatBackupName(name);
  return {
    bid: number,
    comment: commentOn(backup, database, level),
    dependencies: needs.length === 0 ? '-' : needs.map(({ seq }) => seq).sort((one, other) => one - other),
    expire: ends === 'never' ? '' : formatMinute(ends),
    expire_alterable: `${mount.volumeId} ${formatBackupPrefix(name)}`,
    expired: isPast(ends, clock.now()),
    id: `${mount.volumeId} ${path} ${name.database}`,
    last_item: !isNeeded,
    level: level ?? null,
    path,
    system: name.database,
    timestamp: formatMinute(at),
    ts: formatBackupMinute(at),
    usable: backup.ofDatabase.recoverable === 'yes',
    usage: `${(point.totals.ownStoredBytes / 2 ** 30).toFixed(3)} GiB`,
    volume: volumes.find(({ volumeId }) => volumeId === mount.volumeId)?.name ?? String(mount.volumeId),
    recoveryPointId,
  };
}

const isPast = (ends: Instant | 'never', now: Instant): boolean => ends !== 'never' && ends <= now;

/** What somebody should know who picks a backup; empty where there is nothing. */
function commentOn(
  { point, ofDatabase, needs, lacksForGood }: Backup,
  { mountIds }: Database,
  level: number | undefined,
): string {
  const { state, deletion } = point;
  const isSpread = ofDatabase.recoverable === 'no' && mountIds.length > 1;
  return [
    ...(state === 'available' ? [] : [`waits for its deletion, until ${deletion?.reclaimAfter}`]),
    ...(ofDatabase.recoverable === 'unknown' || isSpread ? ['whether it can be restored is not known'] : []),
    ...(ofDatabase.recoverable === 'no' && !isSpread ? ['cannot be restored from this backup alone'] : []),
    ...(needs.length > 0 ? ['other backups have files that it lacks'] : []),
    ...(lacksForGood ? ['files that it needs are in no backup'] : []),
    ...(level === undefined ? ['no log of it tells of a backup of datafiles'] : []),
  ].join('; ');
}
