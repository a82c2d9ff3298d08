import { identifyBackup } from '../../domain/administration/backup-identity.ts';
import {
  formatBackupMinute,
  formatBackupName,
  formatBackupPrefix,
  formatMinute,
} from '../../domain/administration/backup-name.ts';
import { describeDamage } from '../../domain/damage.ts';
import type { Database } from '../../domain/database.ts';
import { expiresAt, parseExpire } from '../../domain/expire.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { volumes } from '../../domain/volume.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Clock } from '../../ports/clock.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { nameBackup } from './backup-facts.ts';
import { findBackup } from './find-backup.ts';
import { type Backup, type GatherBackupsDependencies, gatherBackups, placeOf } from './gather-backups.ts';
import { resolveDatabase } from './resolve-database.ts';

type ListBackupsDependencies = GatherBackupsDependencies & { readonly clock: Clock };

/** A backup with the fields, and in the forms, of the administration API's list. */
interface BackupRow {
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
  { limit, cursor }: PageRequest,
): Promise<Page<BackupRow>> {
  const { database } = await resolveDatabase(dependencies.catalog, databaseId);
  if (database === undefined) return { items: [] };
  const backups = await gatherBackups(dependencies, database);
  const start = cursor === undefined ? 0 : placeAfter(backups, cursor);
  const page = backups.slice(start, start + limit);
  const items = await mapAtOnce(page, readsAtOnce, (backup) => rowOf(dependencies, database, backup));
  const last = start + limit < backups.length ? page.at(-1) : undefined;
  return { items, ...(last && { cursor: Buffer.from(placeOf(last.point)).toString('base64url') }) };
}

/** A cursor is the time and id of the last row: where that row is gone meanwhile, the list goes on behind its place. */
function placeAfter(backups: readonly Backup[], cursor: string): number {
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!/^\S{24} [0-9A-Z]{26}$/.test(place)) {
    throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
  }
  const next = backups.findIndex(({ point }) => placeOf(point) < place);
  return next < 0 ? backups.length : next;
}

/** The row of one backup. Throws as `findBackup`. */
export async function showBackup(
  dependencies: ListBackupsDependencies,
  meant: { readonly databaseId: string; readonly backupId: string },
): Promise<BackupRow> {
  const { database, backup } = await findBackup(dependencies, meant);
  return rowOf(dependencies, database, backup);
}

async function rowOf(
  { vault, clock }: Pick<ListBackupsDependencies, 'vault' | 'clock'>,
  database: Database,
  backup: Backup,
): Promise<BackupRow> {
  const { point, mount, isNeeded } = backup;
  const { needs = [] } = backup.standings.get(database.databaseId) ?? {};
  const name = await nameBackup(vault, database, point);
  const { number, database: label, level, at } = name;
  const ends = expiresAt(point.committedAt, parseExpire(point.expire ?? mount.expire));
  const path = formatBackupName(name);
  const numbers = needs.map((each) => identifyBackup(database, each).number);
  return {
    bid: number,
    comment: commentOn(backup, database, level),
    dependencies: numbers.length === 0 ? '-' : numbers.sort((one, other) => one - other),
    expire: ends === 'never' ? '' : formatMinute(ends),
    expire_alterable: `${mount.volumeId} ${formatBackupPrefix(name)}`,
    expired: isPast(ends, clock.now()),
    id: `${mount.volumeId} ${path} ${label}`,
    last_item: !isNeeded,
    level: level ?? null,
    path,
    system: label,
    timestamp: formatMinute(at),
    ts: formatBackupMinute(at),
    usable: isUsable(backup),
    usage: `${(point.totals.ownStoredBytes / 2 ** 30).toFixed(3)} GiB`,
    volume: volumes.find(({ volumeId }) => volumeId === mount.volumeId)?.name ?? String(mount.volumeId),
    recoveryPointId: point.recoveryPointId,
  };
}

/** Judged to be restorable from this backup alone. A doubt is a no. */
const isUsable = ({ point, ofDatabase }: Backup): boolean =>
  ofDatabase.recoverable === 'yes' && point.damage === undefined;

const isPast = (ends: Instant | 'never', now: Instant): boolean => ends !== 'never' && ends <= now;

/** What somebody should know who picks a backup; empty where there is nothing. */
function commentOn(
  { point, ofDatabase, standings }: Backup,
  { databaseId, mountIds }: Database,
  level: number | undefined,
): string {
  const { state, deletion, damage } = point;
  const { needs = [], lacksForGood = false } = standings.get(databaseId) ?? {};
  const isSpread = ofDatabase.recoverable === 'no' && mountIds.length > 1;
  return [
    ...(state === 'available' ? [] : [`waits for its deletion, until ${deletion?.reclaimAfter}`]),
    ...(damage === undefined ? [] : [describeDamage(damage)]),
    ...(ofDatabase.recoverable === 'unknown' || isSpread ? ['whether it can be restored is not known'] : []),
    ...(ofDatabase.recoverable === 'no' && !isSpread ? ['cannot be restored from this backup alone'] : []),
    ...(needs.length > 0 ? ['other backups have files that it lacks'] : []),
    ...(lacksForGood ? ['files that it needs are in no backup'] : []),
    ...(level === undefined ? ['no log of it tells of a backup of datafiles'] : []),
  ].join('; ');
}
