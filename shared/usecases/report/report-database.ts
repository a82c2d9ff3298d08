import { databaseName } from '../../domain/administration/backup-identity.ts';
import { backedUpAt } from '../../domain/backup-age.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { Database } from '../../domain/database.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Recoverable } from '../../domain/recoverability/verdict.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import {
  countFailures,
  countRestoreFailures,
  describeJob,
  describeRestores,
  type JobReport,
  type RestoresReport,
} from '../../domain/report/jobs.ts';
import {
  figuresOf,
  type MountFigures,
  type SizeReport,
  sumFigures,
} from '../../domain/report/mount-figures.ts';
import type { History, OrUnknown, Past } from '../../domain/report/past.ts';
import type { Restore } from '../../domain/restore.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { type AgentOf, agentId } from '../administration/resolve-database.ts';
import { inShort, verdictAt } from '../databases/point-recoverability.ts';
import { listAll } from '../list-all.ts';

export interface ReportDependencies {
  readonly catalog: Pick<
    Catalog,
    'agents' | 'databases' | 'mounts' | 'recoveryPoints' | 'requests' | 'restores' | 'stores'
  >;
  readonly vault: Pick<Vault, 'read'>;
  readonly clock: Clock;
}

export interface DatabaseReport {
  readonly databaseId: string;
  readonly name: string;
  readonly mountIds: readonly MountId[];
  readonly backupJob: JobReport;
  readonly archivedLogJob: JobReport;
  readonly points: PointsReport;
  readonly restores: RestoresReport;
  readonly sizes: SizeReport & {
    /** Other databases whose files are in the same points, and in these figures. */
    readonly sharedWith: readonly string[];
  };
  readonly recoveryWindow: Past<WindowReport>;
  readonly failures: {
    readonly since: Instant;
    readonly backups: OrUnknown<number>;
    readonly restores: OrUnknown<number>;
  };
}

interface PointsReport {
  readonly available: number;
  readonly pendingDeletion: number;
  readonly recoverable: Readonly<Record<Recoverable, number>>;
  readonly latestAt: Past<Instant>;
  readonly oldestAt: Past<Instant>;
}

interface WindowReport {
  /** The oldest point that the database can be restored from. */
  readonly oldest: { readonly recoveryPointId: UploadId; readonly takenAt: Instant };
  /** The newest one, and how far it reaches, by the clock of the database's host. */
  readonly newest: {
    readonly recoveryPointId: UploadId;
    readonly takenAt: Instant;
    readonly from?: string;
    readonly to?: string;
    readonly through: readonly { readonly thread: number; readonly sequence: number }[];
  };
}

/** So many of the newest requests of a database, and restores of a mount, are looked at. */
const historyRows = 500;
/** Rows of a line that are read for what all of its uploads brought: some seconds. */
const maxLineRows = 20_000;
const failureMillis = 31 * 86_400_000;

/** What is known of the mounts of one answer: databases share them. */
export type MountReader = (mountId: MountId) => Promise<MountFigures>;

export function createMountReader({ mounts, recoveryPoints }: ReportDependencies['catalog']): MountReader {
  const known = new Map<MountId, Promise<MountFigures>>();
  const read = async (mountId: MountId): Promise<MountFigures> => {
    const mount = await mounts.find(mountId);
    if (mount === undefined) return figuresOf([], true);
    const isWhole = mount.seq <= maxLineRows;
    const rows = await listAll((page) => recoveryPoints.line(isWhole ? { mountId } : mount, page));
    return figuresOf(
      rows.map(({ point }) => point),
      isWhole,
      mount,
    );
  };
  return (mountId) => {
    const found = known.get(mountId) ?? read(mountId);
    known.set(mountId, found);
    return found;
  };
}

/** Everything that is reported of a database which has points, may have agents, or both. */
export async function reportDatabase(
  { catalog, vault, clock }: ReportDependencies,
  readMount: MountReader,
  { database, agents }: { readonly database?: Database | undefined; readonly agents: readonly AgentOf[] },
): Promise<DatabaseReport> {
  const mountIds = database?.mountIds ?? agents.map((agent) => agent.mountId);
  const figures = database ? await Promise.all(mountIds.map(readMount)) : [];
  const ids = database ? await idsOf(catalog, database) : new Set<UploadId>();
  const points = figures.flatMap(({ live }) => live.filter(({ recoveryPointId: id }) => ids.has(id)));
  const requests = await requestsOf(catalog, agents);
  const restores = await restoresOf(catalog, mountIds, ids);
  const since = addMillis(clock.now(), -failureMillis);
  return {
    ...describeIdentity(database, agents),
    mountIds,
    backupJob: describeJob(requests, 'database'),
    archivedLogJob: describeJob(requests, 'archived-logs'),
    points: describePoints(points, database),
    restores: describeRestores(restores),
    sizes: { ...sumFigures(figures), sharedWith: othersIn(figures, database) },
    recoveryWindow: await windowOf(vault, points, database),
    failures: {
      since,
      backups: countFailures(requests, since),
      restores: countRestoreFailures(restores, since),
    },
  };
}

function describeIdentity(database: Database | undefined, [agent]: readonly AgentOf[]) {
  if (database) return { databaseId: database.databaseId, name: databaseName(database) };
  return { databaseId: agent ? agentId(agent) : '', name: agent?.name ?? '' };
}

/** Points with files of the database, also those that are no more. */
async function idsOf(
  { databases }: Pick<Catalog, 'databases'>,
  { databaseId }: Database,
): Promise<ReadonlySet<UploadId>> {
  const rows = await listAll((page) => databases.points(databaseId, page));
  return new Set(rows.map(({ recoveryPointId }) => recoveryPointId));
}

async function requestsOf(
  { requests }: Pick<Catalog, 'requests'>,
  agents: readonly AgentOf[],
): Promise<History<BackupRequest>> {
  const found = await Promise.all(
    agents.map(({ storeId, name: database }) =>
      readNewest((page) => requests.list({ of: { storeId, database } }, page)),
    ),
  );
  return merge(found);
}

async function restoresOf(
  { restores }: Pick<Catalog, 'restores'>,
  mountIds: readonly MountId[],
  ids: ReadonlySet<UploadId>,
): Promise<History<Restore>> {
  const found = await Promise.all(
    mountIds.map((mountId) => readNewest((page) => restores.list({ mountId }, page))),
  );
  const { items, isWhole } = merge(found);
  return { isWhole, items: items.filter(({ recoveryPointId }) => ids.has(recoveryPointId)) };
}

async function readNewest<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<History<T>> {
  const { items, cursor } = await list({ limit: historyRows });
  return { items, isWhole: cursor === undefined };
}

const merge = <T extends { readonly requestedAt: Instant }>(all: readonly History<T>[]): History<T> => ({
  items: all
    .flatMap(({ items }) => items)
    .sort((one, other) => (one.requestedAt < other.requestedAt ? 1 : -1)),
  isWhole: all.every(({ isWhole }) => isWhole),
});

function describePoints(points: readonly RecoveryPoint[], database: Database | undefined): PointsReport {
  const available = points.filter(({ state }) => state === 'available');
  const times = available.map(backedUpAt).sort();
  const recoverable: Record<Recoverable, number> = { yes: 0, no: 0, unknown: 0 };
  if (database) for (const point of available) recoverable[judge(point, database)]++;
  return {
    available: available.length,
    pendingDeletion: points.length - available.length,
    recoverable,
    latestAt: times.at(-1) ?? 'none',
    oldestAt: times[0] ?? 'none',
  };
}

/** What this mount lacks another one may have. */
function judge(point: RecoveryPoint, { databaseId, mountIds }: Database): Recoverable {
  const found = inShort(point, databaseId) ?? 'unknown';
  return found === 'no' && mountIds.length > 1 ? 'unknown' : found;
}

function othersIn(figures: readonly MountFigures[], database: Database | undefined): string[] {
  const found = figures.flatMap(({ live }) =>
    live.flatMap(({ judgement }) => judgement?.databases.map(({ dbid }) => dbid) ?? []),
  );
  return [...new Set(found)].filter((dbid) => dbid !== database?.databaseId && /^\d+$/.test(dbid)).sort();
}

async function windowOf(
  vault: Pick<Vault, 'read'>,
  points: readonly RecoveryPoint[],
  database: Database | undefined,
): Promise<Past<WindowReport>> {
  if (database === undefined) return 'none';
  const available = points
    .filter(({ state }) => state === 'available')
    .sort((one, other) => (backedUpAt(one) < backedUpAt(other) ? -1 : 1));
  const usable = available.filter((point) => judge(point, database) === 'yes');
  const [oldest, newest] = [usable[0], usable.at(-1)];
  if (oldest === undefined || newest === undefined) {
    return available.some((point) => judge(point, database) === 'unknown') ? 'unknown' : 'none';
  }
  const verdict = await verdictAt(vault, database, newest);
  if (verdict?.recoverable !== 'yes') return 'unknown';
  const [from, last] = [verdict.windows[0]?.from, verdict.windows.at(-1)];
  const name = ({ recoveryPointId, takenAt }: RecoveryPoint) => ({ recoveryPointId, takenAt });
  return {
    oldest: name(oldest),
    newest: {
      ...name(newest),
      ...(from !== undefined && { from }),
      ...(last?.to !== undefined && { to: last.to }),
      through: last?.through ?? [],
    },
  };
}
