import { parseExpire } from '../../domain/expire.ts';
import type { Mount } from '../../domain/mount.ts';
import type { ContentKey } from '../../domain/recoverability/content-key.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { isAskedFor } from '../../domain/retention/decision.ts';
import type { RetentionDatabase, RetentionPoint } from '../../domain/retention/retention-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { listAll } from '../list-all.ts';
import { mapAtOnce } from '../map-at-once.ts';
import type { PointContent, PointContents } from './point-contents.ts';

/** A live point of a mount with all that is known of it. */
export interface LinePoint {
  readonly point: RecoveryPoint;
  readonly pins: readonly string[];
  readonly content: PointContent;
}

export interface Line {
  readonly points: readonly LinePoint[];
  /** Some point of the mount had a log at some time, tombstones included. */
  readonly hadLogs: boolean;
}

/** S3 answers a request in some 20 ms: so many at once keep a mount of 10,000 points within a few seconds. */
const readsAtOnce = 32;

/** The live points of a mount, strongly consistent, in the order of its line. */
export async function gatherLine(
  {
    catalog,
    contents,
  }: { readonly catalog: Pick<Catalog, 'recoveryPoints'>; readonly contents: PointContents },
  mount: Pick<Mount, 'mountId' | 'lineFrom'>,
): Promise<Line> {
  const rows = await listAll((page) => catalog.recoveryPoints.line(mount, page));
  const live = rows.filter(({ point }) => isLive(point.state));
  const points = await mapAtOnce(live, readsAtOnce, async ({ point, pins }) => ({
    ...{ point, pins, content: await contents.of(point) },
  }));
  const hadLogs = rows.some(({ point }) => mayHaveLog(point)) || (await hadLogsBefore(catalog, mount));
  return { points, hadLogs };
}

/** Points of the first versions do not say how many logs they had. */
const mayHaveLog = ({ totals, lateLogs = [] }: RecoveryPoint): boolean =>
  totals.logs !== 0 || lateLogs.length > 0;

async function hadLogsBefore(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  { mountId, lineFrom = 1 }: Pick<Mount, 'mountId' | 'lineFrom'>,
): Promise<boolean> {
  if (lineFrom <= 1) return false;
  const all = await listAll((page) => catalog.recoveryPoints.line({ mountId }, page));
  return all.some(({ point }) => mayHaveLog(point));
}

/** What points lack, of all databases or of some. */
export const lackedBy = (points: readonly LinePoint[]): ContentKey[] =>
  points.flatMap(({ content }) => content.databases.flatMap(({ lacksFiles }) => lacksFiles));

/** A point as the rules see it. Where no log ever came, what is in it plays no part. */
export function toRetentionPoint(
  { point, pins, content }: LinePoint,
  facts: {
    readonly hadLogs: boolean;
    readonly holdsFiles: readonly string[] | 'unknown';
    readonly holds: readonly string[];
    /** By database: on how many mounts it is, where these are too many. */
    readonly tooManyMounts: ReadonlyMap<string, number>;
  },
): RetentionPoint {
  const { recoveryPointId, seq, takenAt, committedAt, expire, deletion, lockedUntil } = point;
  const isInDoubt = facts.hadLogs && !content.isKnown;
  const databases = content.databases.map((database): RetentionDatabase => {
    const mounts = facts.tooManyMounts.get(database.dbid);
    return {
      ...database,
      ...(isInDoubt && { needsUnknown: true }),
      ...(mounts !== undefined && { tooManyMounts: mounts }),
    };
  });
  return {
    ...{ recoveryPointId, seq, takenAt, committedAt, databases, pins },
    state: point.state === 'available' ? 'available' : 'pending-deletion',
    ...(expire !== undefined && { expire: parseExpire(expire) }),
    ...(deletion &&
      isAskedFor(deletion.because) && {
        deletionRequested: { by: deletion.because.by, at: deletion.markedAt },
      }),
    isDamaged: point.damage !== undefined,
    log: content.log,
    ...{ holdsFiles: facts.holdsFiles, holds: facts.holds },
    ...(isInDoubt && databases.length === 0 && { needsUnknown: true }),
    ...(lockedUntil !== undefined && { lockedUntil }),
  };
}
