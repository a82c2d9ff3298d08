import type { Caller } from '../../domain/access.ts';
import { type AgeStatus, type AgeThresholds, ageOf, backedUpAt, judgeAge } from '../../domain/backup-age.ts';
import { type ExpireAfter, parseExpire } from '../../domain/expire.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findMount } from '../access/find-owned.ts';
import { listJudgedPoints } from '../databases/list-databases.ts';

/** As they are written: `#w #d #h #m`. */
export interface ThresholdTexts {
  readonly warning: string;
  readonly critical: string;
}

export interface BackupAge {
  readonly status: AgeStatus;
  /** Absent when there is no backup. */
  readonly latest?: {
    readonly recoveryPointId: UploadId;
    readonly at: Instant;
    readonly ageSeconds: number;
  };
}

/** The points of a page are in the order of the store's clock, which may have jumped: the newest of so many counts. */
const pageRows = 100;

/** How old the newest available point of a mount is. Throws MOUNT_NOT_FOUND and THRESHOLDS_INVALID. */
export async function ageOfMount(
  { catalog, clock }: { readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>; readonly clock: Clock },
  caller: Caller,
  mountId: MountId,
  thresholds: ThresholdTexts,
): Promise<BackupAge> {
  const read = readThresholds(thresholds);
  await findMount(catalog, caller, mountId);
  return judge(await newestAvailable(catalog, mountId), read, clock.now());
}

/**
 * How old the newest available point is that a database may be restored from; one that is known not to restore is none.
 * Throws DATABASE_NOT_FOUND and THRESHOLDS_INVALID.
 */
export async function ageOfDatabase(
  {
    catalog,
    clock,
  }: { readonly catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>; readonly clock: Clock },
  databaseId: string,
  thresholds: ThresholdTexts,
): Promise<BackupAge> {
  const read = readThresholds(thresholds);
  const latest = await newestOf(async (page) => {
    const { items, ...rest } = await listJudgedPoints(catalog, databaseId, page);
    const candidates = items.filter(({ recoverable }) => recoverable !== 'no');
    return { ...rest, items: candidates.map(({ point }) => point) };
  });
  return judge(latest, read, clock.now());
}

/** The newest available point of a mount. */
export const newestAvailable = (
  catalog: Pick<Catalog, 'recoveryPoints'>,
  mountId: MountId,
): Promise<RecoveryPoint | undefined> => newestOf((page) => catalog.recoveryPoints.list({ mountId }, page));

/** A point whose deletion is pending is on its way out: nobody should count on it. */
const isAvailable = ({ state }: RecoveryPoint): boolean => state === 'available';

async function newestOf(
  list: (page: PageRequest) => Promise<Page<RecoveryPoint>>,
): Promise<RecoveryPoint | undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await list({ limit: pageRows, cursor });
    const [newest] = page.items.filter(isAvailable).sort((a, b) => (backedUpAt(a) < backedUpAt(b) ? 1 : -1));
    if (newest !== undefined || page.cursor === undefined) return newest;
    cursor = page.cursor;
  }
}

function judge(latest: RecoveryPoint | undefined, thresholds: AgeThresholds, now: Instant): BackupAge {
  if (latest === undefined) return { status: judgeAge(undefined, thresholds) };
  const at = backedUpAt(latest);
  const age = ageOf(at, now);
  const { recoveryPointId } = latest;
  return {
    status: judgeAge(age, thresholds),
    latest: { recoveryPointId, at, ageSeconds: Math.floor(age / 1000) },
  };
}

function readThresholds(texts: ThresholdTexts): AgeThresholds {
  const [warning, critical] = [read('warning', texts.warning), read('critical', texts.critical)];
  if (warning > critical) refuse(`warning (${texts.warning}) is later than critical (${texts.critical})`);
  return { warning, critical };
}

function read(name: string, text: string): number {
  let age: ExpireAfter;
  try {
    age = parseExpire(text);
  } catch {
    throw refuse(`${name} is "${text}"`);
  }
  if (age === 'never') throw refuse(`${name} is "never"`);
  return age;
}

function refuse(why: string): never {
  throw new ServiceError('THRESHOLDS_INVALID', why);
}
