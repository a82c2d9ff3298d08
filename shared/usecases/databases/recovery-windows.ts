import type { Database, DatabasePoint } from '../../domain/database.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JudgedDatabase } from '../../domain/recoverability/judgement.ts';
import { reachOf } from '../../domain/recoverability/reach.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findDatabase } from './list-databases.ts';
import { verdictAt } from './point-recoverability.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** What can be restored of a database from one of its points. */
export interface PointRecoverability {
  readonly point: RecoveryPoint;
  readonly verdict: JudgedDatabase;
}

/** Each point's judgement is read: as many as a call of the API has time for. */
const maxPointsPerCall = 20;

/** What can be restored of a database, point by point, newest first. A page may have fewer than asked for. */
export async function listRecoveryWindows(
  dependencies: Dependencies,
  databaseId: string,
  { limit, cursor }: PageRequest,
): Promise<Page<PointRecoverability>> {
  const { catalog } = dependencies;
  const database = await findDatabase(catalog, databaseId);
  const page = { limit: Math.min(limit, maxPointsPerCall), ...(cursor !== undefined && { cursor }) };
  const { items, ...rest } = await catalog.databases.points(databaseId, page);
  const judged: PointRecoverability[] = [];
  for (const each of items) {
    const found = await judgeAt(dependencies, database, each);
    if (found !== undefined) judged.push(found);
  }
  return { items: judged, ...rest };
}

/** Undefined when the point is gone, or has nothing of the database any more. */
async function judgeAt(
  { catalog, vault }: Dependencies,
  database: Database,
  { recoveryPointId }: DatabasePoint,
): Promise<PointRecoverability | undefined> {
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  if (point === undefined || !isLive(point.state)) return undefined;
  const verdict = await verdictAt(vault, database, point);
  return verdict && { point, verdict };
}

type PointForTime =
  | { readonly outcome: 'found' | 'uncertain'; readonly text: string; readonly found: PointRecoverability }
  | { readonly outcome: 'none'; readonly code: NoPointCode; readonly text: string };
type NoPointCode = 'TARGET_AFTER_NEWEST_POINT' | 'NO_USABLE_POINT' | 'TARGET_NOT_REACHED';

/**
 * The point to restore for a moment: the earliest one taken then or later from which the database can be brought to that moment. Newer
 * points have later backups, which cannot go back.
 */
export async function findPointForTime(
  dependencies: Dependencies,
  databaseId: string,
  { time, offsetMinutes }: { readonly time: Instant; readonly offsetMinutes: number | undefined },
): Promise<PointForTime> {
  const { catalog } = dependencies;
  const database = await findDatabase(catalog, databaseId);
  const { candidates, newest } = await pointsSince(catalog, databaseId, time);
  if (candidates.length === 0) {
    const last = newest === undefined ? 'there is no point' : `the newest point was taken at ${newest}`;
    const text = `Suitable snapshot not found: ${last}, before the time that is asked for. Take a snapshot now, then ask again.`;
    return { outcome: 'none', code: 'TARGET_AFTER_NEWEST_POINT', text };
  }
  let possible: PointRecoverability | undefined;
  let isUsable = false;
  for (const candidate of candidates.slice(0, maxPointsPerCall)) {
    const judged = await judgeAt(dependencies, database, candidate);
    if (judged === undefined) continue;
    if (judged.verdict.recoverable === 'yes') isUsable = true;
    const reach = reachOf(judged.verdict, time, offsetMinutes);
    if (reach === 'yes') {
      return { outcome: 'found', text: 'The database can be brought to this time.', found: judged };
    }
    if (reach === 'unknown') possible ??= judged;
  }
  if (possible !== undefined)
    return { outcome: 'uncertain', text: doubtText(possible, offsetMinutes), found: possible };
  const text = isUsable
    ? 'Suitable snapshot not found: the points taken since then hold later backups only; the logs of that time are missing or of another incarnation.'
    : 'Suitable snapshot not found: from no point taken since then can the database be restored.';
  return { outcome: 'none', code: isUsable ? 'TARGET_NOT_REACHED' : 'NO_USABLE_POINT', text };
}

const doubtText = ({ verdict }: PointRecoverability, offsetMinutes: number | undefined): string => {
  if (verdict.recoverable === 'unknown')
    return 'Whether this point can be restored is not known; the reasons say why.';
  return offsetMinutes === undefined
    ? "The windows are in the time of the database's host: with its offset from UTC this may become certain."
    : 'The point can be restored; whether it reaches this very time is not certain from its logs.';
};

/** Points taken at a moment or later, oldest first. The catalog lists them newest first. */
async function pointsSince(catalog: Dependencies['catalog'], databaseId: string, time: Instant) {
  const candidates: DatabasePoint[] = [];
  let newest: Instant | undefined;
  let cursor: string | undefined;
  do {
    const page = await catalog.databases.points(databaseId, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    });
    newest ??= page.items[0]?.takenAt;
    const since = page.items.filter(({ takenAt }) => takenAt >= time);
    candidates.push(...since);
    cursor = since.length < page.items.length ? undefined : page.cursor;
  } while (cursor !== undefined);
  return { candidates: candidates.reverse(), newest };
}
