import { unknownDatabase } from '../../domain/file-map/file-map.ts';
import type { HoldId, MountId, UploadId } from '../../domain/ids.ts';
import { type Instant, laterOf } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import { earlierClock } from '../../domain/reclaim/clocks.ts';
import type { ContentKey } from '../../domain/recoverability/content-key.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { decideRetention, type RetentionCircumstances } from '../../domain/retention/decide-retention.ts';
import type { RetentionDecision } from '../../domain/retention/decision.ts';
import { type Hold, isHeldBy } from '../../domain/retention/hold.ts';
import { parsePolicy, type RetentionPolicy } from '../../domain/retention/policy.ts';
import type { RetentionPoint } from '../../domain/retention/retention-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { type Elsewhere, gatherElsewhere } from './gather-elsewhere.ts';
import { gatherLine, type LinePoint, lackedBy, toRetentionPoint } from './gather-line.ts';
import type { PointContents } from './point-contents.ts';

export interface GatherDependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases' | 'holds'>;
  readonly vault: Pick<Vault, 'read' | 'listVersions'>;
  readonly clock: Clock;
  readonly contents: PointContents;
}

/** A mount as retention has to see it, at one moment. */
export interface Gathered {
  /** Read before everything else: a transaction on its line and journal sees whatever came since. */
  readonly mount: Mount;
  readonly policy: RetentionPolicy;
  readonly circumstances: RetentionCircumstances;
  readonly points: readonly RetentionPoint[];
  readonly records: ReadonlyMap<UploadId, RecoveryPoint>;
  /** Other mounts with databases of this one, whose lines must stand where they stood. */
  readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
  /** Of the mount and its databases. */
  readonly holds: readonly HoldId[];
  /** Which mounts have each of its databases. */
  readonly databases: Elsewhere['databases'];
  /** The later of the two clocks, from which an undo window counts. */
  readonly laterNow: Instant;
}

/** The mount's policy, checked. */
export const policyOf = ({ expire, policy }: Pick<Mount, 'expire' | 'policy'>): RetentionPolicy =>
  parsePolicy({ ...policy, expire });

/**
 * Everything that decides on a mount's points. Throws MOUNT_NOT_FOUND, and CLOCK_SKEWED where the service's and S3's
 * clocks differ by more than five minutes: nothing is decided then (PROTOCOL 14).
 */
export async function gatherMount(dependencies: GatherDependencies, mountId: MountId): Promise<Gathered> {
  const { catalog, contents } = dependencies;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  const clocks = await readClocks(dependencies, mountId);
  const { points: line, hadLogs } = await gatherLine(dependencies, mount);
  const dbids = [...new Set(line.flatMap(({ content }) => content.databases.map(({ dbid }) => dbid)))];
  const others = await gatherElsewhere(dependencies, mountId, dbids);
  const holds = await readHolds(catalog, mountId, dbids);
  const wanted = new Set([...lackedBy(line), ...lackedBy(others.points)]);
  const { tooManyMounts, unchanged, databases } = others;
  const points = await mapAtOnce(line, 16, async (each) =>
    toRetentionPoint(each, {
      holdsFiles: await holdsOf(contents, each, { wanted, hadLogs }),
      holds: holds.filter((hold) => isHeldBy(hold, each.point, dbidsOf(each))).map(({ holdId }) => holdId),
      ...{ hadLogs, tooManyMounts },
    }),
  );
  const elsewhere = others.points.map((each) =>
    toRetentionPoint(each, { hadLogs: true, holdsFiles: [], holds: [], tooManyMounts }),
  );
  return {
    ...{ mount, points, unchanged, databases, policy: policyOf(mount) },
    holds: holds.map(({ holdId }) => holdId),
    circumstances: {
      ...{ now: clocks.earlier, hadLogs, elsewhere },
      ...(mount.retirement !== undefined && { isRetiring: true }),
    },
    records: new Map(line.map(({ point }) => [point.recoveryPointId, point])),
    laterNow: clocks.later,
  };
}

/** Nothing is read where nothing lacks; what is not known may hold anything. */
async function holdsOf(
  contents: PointContents,
  { point, content }: LinePoint,
  { wanted, hadLogs }: { readonly wanted: ReadonlySet<ContentKey>; readonly hadLogs: boolean },
): Promise<readonly string[] | 'unknown'> {
  if (hadLogs && !content.isKnown) return 'unknown';
  return wanted.size === 0 ? [] : contents.held(point, wanted);
}

/** What becomes of each live point, as things stand. */
export const decideGathered = ({
  points,
  policy,
  circumstances,
}: Pick<Gathered, 'points' | 'policy' | 'circumstances'>): ReadonlyMap<UploadId, RetentionDecision> =>
  decideRetention(points, policy, circumstances);

/** S3's clock comes with any answer: the smallest is a listing of the one object that every mount has. */
export async function readClocks(
  { vault, clock }: Pick<GatherDependencies, 'vault' | 'clock'>,
  mountId: MountId,
): Promise<{ readonly earlier: Instant; readonly later: Instant }> {
  const prefix = formatVaultKey({ kind: 'journal', mountId, number: 1 });
  const { date } = await vault.listVersions({ prefix });
  const now = clock.now();
  return { earlier: earlierClock(now, date), later: laterOf(now, date) };
}

/** What holds points of the mount or of its databases. */
export async function readHolds(
  { holds }: Pick<Catalog, 'holds'>,
  mountId: MountId,
  dbids: readonly string[],
): Promise<readonly Hold[]> {
  const found = await Promise.all([
    holds.ofMount(mountId),
    ...dbids.map((databaseId) => holds.ofDatabase(databaseId)),
  ]);
  return [...new Map(found.flat().map((hold) => [hold.holdId, hold])).values()];
}

function dbidsOf({ content }: LinePoint): readonly string[] | 'unknown' {
  const dbids = content.databases.map(({ dbid }) => dbid);
  return content.isKnown && content.log === 'read' && !dbids.includes(unknownDatabase) ? dbids : 'unknown';
}
