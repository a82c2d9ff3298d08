import type { Database } from '../../domain/database.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { ContentKey } from '../../domain/recoverability/content-key.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { dependantKeeps } from '../../domain/retention/dependants.ts';
import type { RetentionPoint } from '../../domain/retention/retention-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { gatherLine, type LinePoint, toRetentionPoint } from '../retention/gather-line.ts';
import type { PointContents } from '../retention/point-contents.ts';

export interface GatherBackupsDependencies {
  readonly catalog: Pick<Catalog, 'agents' | 'mounts' | 'recoveryPoints' | 'databases'>;
  readonly vault: Pick<Vault, 'read'>;
  readonly contents: PointContents;
}

/** A live point with files of a database, and how it stands to the other backups of it. */
export interface Backup {
  readonly point: RecoveryPoint;
  readonly mount: Mount;
  readonly content: LinePoint['content'];
  readonly ofDatabase: LinePoint['content']['databases'][number];
  /** For every database of the point. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Another live point needs, or may need, files of this one. */
  readonly isNeeded: boolean;
}

/** What becomes of the files that the recovery of a database needs and its point lacks. */
export interface Standing {
  /** Live points that have some of them. */
  readonly needs: readonly RecoveryPoint[];
  /** Some of them are in no live point of the mount. False where points that were not judged may have them. */
  readonly lacksForGood: boolean;
}

/** S3 answers a request in some 20 ms. */
const readsAtOnce = 32;

/** The backups of a database on all its mounts, newest first. Reads judgements only where something lacks. */
export async function gatherBackups(
  dependencies: GatherBackupsDependencies,
  database: Database,
): Promise<readonly Backup[]> {
  const mounts: { readonly mount: Mount; readonly line: readonly LinePoint[] }[] = [];
  for (const mountId of database.mountIds) {
    const mount = await dependencies.catalog.mounts.find(mountId);
    if (mount !== undefined) mounts.push({ mount, line: (await gatherLine(dependencies, mount)).points });
  }
  const all = mounts.flatMap(({ line }) => line);
  const wanted = new Set(
    all.flatMap(({ content }) => content.databases.flatMap(({ lacksFiles }) => lacksFiles)),
  );
  const backups: Backup[] = [];
  for (const { mount, line } of mounts) {
    const points = await toPoints(dependencies, line, wanted);
    const others = all.filter(({ point }) => point.mountId !== mount.mountId);
    const elsewhere = others.map((each) => asPoint(each, []));
    const keeps = dependantKeeps(points, elsewhere);
    const holders = holdersOf(points, line);
    for (const { point, content } of line) {
      const ofDatabase = content.databases.find(({ dbid }) => dbid === database.databaseId);
      if (ofDatabase === undefined) continue;
      const isNeeded = (keeps.get(point.recoveryPointId) ?? []).length > 0;
      const standings = new Map(content.databases.map((each) => [each.dbid, standingOf(each, holders)]));
      backups.push({ point, mount, content, ofDatabase, standings, isNeeded });
    }
  }
  return backups.sort((one, other) => compareNewest(one.point, other.point));
}

const compareNewest = (one: RecoveryPoint, other: RecoveryPoint): number =>
  placeOf(one) < placeOf(other) ? 1 : -1;
/** Where a backup stands in the list, as text in the order of time. */
export const placeOf = ({ takenAt, recoveryPointId }: RecoveryPoint): string =>
  `${takenAt} ${recoveryPointId}`;

const asPoint = (each: LinePoint, holdsFiles: RetentionPoint['holdsFiles']): RetentionPoint =>
  toRetentionPoint(each, { hadLogs: true, holdsFiles, holds: [], tooManyMounts: new Map() });

/** Who holds what is lacking is read only where something lacks; what was not judged may hold anything. */
const toPoints = (
  { contents }: GatherBackupsDependencies,
  line: readonly LinePoint[],
  wanted: ReadonlySet<ContentKey>,
): Promise<RetentionPoint[]> =>
  mapAtOnce(line, readsAtOnce, async (each) => {
    if (!each.content.isKnown) return asPoint(each, 'unknown');
    return asPoint(each, wanted.size === 0 ? [] : await contents.held(each.point, wanted));
  });

function standingOf(
  { lacksFiles }: Backup['ofDatabase'],
  { known, isOpen }: ReturnType<typeof holdersOf>,
): Standing {
  const needs = new Set(lacksFiles.flatMap((key) => known.get(key) ?? []));
  return { needs: [...needs], lacksForGood: !isOpen && lacksFiles.some((key) => !known.has(key)) };
}

/** The newest live point with each file that some point lacks; `isOpen` where points that were not judged may have them too. */
function holdersOf(points: readonly RetentionPoint[], line: readonly LinePoint[]) {
  const records = new Map<UploadId, RecoveryPoint>(line.map(({ point }) => [point.recoveryPointId, point]));
  const known = new Map<string, RecoveryPoint>();
  for (const { recoveryPointId, holdsFiles } of points) {
    const record = records.get(recoveryPointId);
    if (holdsFiles === 'unknown' || record === undefined) continue;
    for (const key of holdsFiles) known.set(key, record);
  }
  return { known, isOpen: points.some(({ holdsFiles }) => holdsFiles === 'unknown') };
}
