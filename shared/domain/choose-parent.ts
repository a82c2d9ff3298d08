import { describeDamage } from './damage.ts';
import type { UploadId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { RecoveryPoint } from './recovery-point.ts';
import { isLive } from './recovery-point.ts';

/** What a request asks of the level: one of its own, an incremental on a named backup, or on the newest. */
export type LevelOrder =
  | { readonly level: number }
  | { readonly parentId: UploadId; readonly level?: number }
  | { readonly incremental: true };

export type LevelChoice =
  | { readonly level: 0; readonly askedLevel?: number; readonly fullBecause?: string }
  | { readonly level: number; readonly parent: RecoveryPoint }
  | { readonly refused: string; readonly code: 'LEVEL_UNSUPPORTED' | 'PARENT_NOT_ELIGIBLE' };

/** Why a point may not be a parent; undefined when it may. */
export function whyUnusable(point: RecoveryPoint, now: Instant): string | undefined {
  if (point.state !== 'available') return `it is ${point.state}`;
  if (point.expiresAt !== 'never' && point.expiresAt <= now) return `it expired at ${point.expiresAt}`;
  if (point.damage !== undefined) return describeDamage(point.damage);
  const broken = point.warnings?.find(({ code }) => breaking.has(code));
  if (broken) return `${broken.code}: ${broken.text}`;
  const verdicts = point.judgement?.databases ?? [];
  // A mount may hold several databases; which DBID is the configured one is not known here, so that all must be lost.
  const isLost = verdicts.length > 0 && verdicts.every(({ recoverable }) => recoverable === 'no');
  return isLost ? 'no database can be restored from it' : undefined;
}

const breaking: ReadonlySet<string> = new Set([
  'BACKUP_FAILED',
  'LOG_TRUNCATED',
  'FILES_MISSING',
  'FILES_CHANGED',
  'FILES_DAMAGED',
]);

/**
 * Level and parent of the next backup of a database. A level's parent is the newest usable backup of the highest level
 * below it, so that two of level 1 in a row both build on the level 0; a parent that is named must be usable and without
 * a child, and an incremental on the newest continues a chain without branches. Where there is nothing to build on, the backup is full.
 * `points` are those of the database's mount.
 */
export function chooseParent(
  order: LevelOrder,
  given: {
    readonly database: string;
    readonly highestLevel: number;
    readonly points: readonly RecoveryPoint[];
    readonly now: Instant;
  },
): LevelChoice {
  const { highestLevel } = given;
  const asked = 'level' in order ? order.level : undefined;
  if (asked !== undefined && asked > highestLevel) {
    const refused = `level ${asked}: the agent of database ${given.database} makes 0 to ${highestLevel}`;
    return { refused, code: 'LEVEL_UNSUPPORTED' };
  }
  if ('parentId' in order) return onNamedParent(order, given);
  if ('incremental' in order) return onNewest(given);
  if (order.level === 0) return { level: 0 };
  const below = backupsOf(given).filter(({ level }) => level < order.level);
  const usable = below.filter(({ point }) => whyUnusable(point, given.now) === undefined);
  const highest = Math.max(...usable.map(({ level }) => level));
  const parent = usable.findLast(({ level }) => level === highest);
  if (parent) return { level: order.level, parent: parent.point };
  return { level: 0, askedLevel: order.level, fullBecause: nothingToBuildOn(below.length, given.database) };
}

type Given = Parameters<typeof chooseParent>[1];

interface Backup {
  readonly point: RecoveryPoint;
  readonly level: number;
}

/** The live backups of the database that have a level, in the order of the line. */
function backupsOf({ points, database }: Given): Backup[] {
  return points
    .flatMap((point) => {
      const { request, state } = point;
      const isOurs = request?.database === database && isLive(state);
      return isOurs && request.level !== undefined ? [{ point, level: request.level }] : [];
    })
    .toSorted((a, b) => a.point.seq - b.point.seq);
}

/** Live points that were made as incrementals on this one. */
export const childrenOf = (parentId: UploadId, points: Iterable<RecoveryPoint>): readonly RecoveryPoint[] =>
  [...points].filter(({ request, state }) => request?.parentId === parentId && isLive(state));

function onNewest(given: Given): LevelChoice {
  const backups = backupsOf(given);
  const parent = backups.findLast(
    ({ point }) =>
      whyUnusable(point, given.now) === undefined &&
      childrenOf(point.recoveryPointId, given.points).length === 0,
  );
  const isOutdated = parent && overtaking(parent, backups) !== undefined;
  if (parent && !isOutdated) return { level: above(parent, given), parent: parent.point };
  const fullBecause = nothingToBuildOn(backups.length, given.database);
  return { level: 0, askedLevel: Math.min(1, given.highestLevel), fullBecause };
}

function onNamedParent(
  { parentId, level }: { readonly parentId: UploadId; readonly level?: number },
  given: Given,
): LevelChoice {
  const { database, points, now } = given;
  const backups = backupsOf(given);
  const parent = backups.find(({ point }) => point.recoveryPointId === parentId);
  const refused = (why: string): LevelChoice => ({
    refused: `backup ${parentId} cannot be a parent: ${why}`,
    code: 'PARENT_NOT_ELIGIBLE',
  });
  if (level === 0) return refused('a backup of level 0 is full and has none');
  if (!parent) return refused(`it is no completed backup of database ${database} with a level`);
  const why = whyUnusable(parent.point, now);
  if (why !== undefined) return refused(why);
  const [child] = childrenOf(parentId, points);
  if (child) return refused(`it has a child, ${child.recoveryPointId}`);
  const newer = overtaking(parent, backups);
  if (newer) {
    // RMAN builds on its newest backup and cannot be told of another.
    return refused(
      `${newer.point.recoveryPointId} of level ${newer.level} is newer, which RMAN would build on`,
    );
  }
  const made = level ?? above(parent, given);
  const isBase = parent.level < made || (parent.level === made && made > 0);
  if (!isBase) return refused(`it has level ${parent.level}, which is above ${made}`);
  return { level: made, parent: parent.point };
}

/** A later backup that an incremental on `parent` would build on instead. */
const overtaking = (parent: Backup, backups: readonly Backup[]): Backup | undefined =>
  backups.findLast(({ point, level }) => point.seq > parent.point.seq && level <= parent.level);

const above = ({ level }: Backup, { highestLevel }: Given): number => Math.min(level + 1, highestLevel);

const nothingToBuildOn = (unusable: number, database: string): string =>
  unusable === 0
    ? `database ${database} has no backup yet that an incremental could build on: the first is full`
    : `none of the ${unusable} backups of database ${database} that an incremental could build on is usable`;
