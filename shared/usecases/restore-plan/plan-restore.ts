import type { Caller } from '../../domain/access.ts';
import type { ThawOrder } from '../../domain/archive/thaw.ts';
import { describeDamage } from '../../domain/damage.ts';
import { entriesOfDatabase, filesOf } from '../../domain/file-map/draft.ts';
import type { FileMap } from '../../domain/file-map/file-map.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Reason } from '../../domain/recoverability/verdict.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { RestorePath } from '../../domain/restore.ts';
import { chooseFiles } from '../../domain/restore-choice/choose-files.ts';
import { missingOf } from '../../domain/restore-choice/missing-files.ts';
import { namePaths, type PathLimits } from '../../domain/restore-choice/name-paths.ts';
import { pricedRegions, priceOf, priceSource } from '../../domain/restore-choice/restore-price.ts';
import type {
  ChosenFile,
  DatabaseScope,
  MissingFile,
  RestoreChoice,
} from '../../domain/restore-choice/scope.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { acrossMounts, inShort } from '../databases/point-recoverability.ts';
import { readMap } from '../databases/stored-maps.ts';
import { requireOrderable } from '../restores/order-restore.ts';
import { choosePoint } from './choose-point.ts';
import { type Measured, measureSelection } from './measure-selection.ts';
import { type PlannedThaw, plannedThaw } from './planned-thaw.ts';
import { predictFor } from './predict-for.ts';
import { roomOf, type TargetRoom } from './room-of.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'databases' | 'mounts' | 'recoveryPoints' | 'restores' | 'stores'>;
  readonly vault: Pick<Vault, 'read' | 'listStorage'>;
  /** Whose prices count. */
  readonly region?: string | undefined;
  /** Packs may be frozen. */
  readonly hasArchive?: boolean | undefined;
  /** What a thaw may cost. */
  readonly maxThawUsd?: number | undefined;
  readonly limits: PathLimits;
}

/** What somebody wants to have back. Without a database, a part of one, or paths: the whole point. */
export interface WantedRestore {
  readonly recoveryPointId?: UploadId | undefined;
  readonly mountId?: MountId | undefined;
  readonly database?: string | undefined;
  /** Of the database; absent: all of it. */
  readonly part?: Exclude<DatabaseScope, { kind: 'database' }> | undefined;
  readonly paths?: readonly RestorePath[] | undefined;
  readonly time?: Instant | undefined;
  readonly offsetMinutes?: number | undefined;
  readonly scn?: string | undefined;
  readonly targetMountId?: MountId | undefined;
  readonly thaw?: ThawOrder | undefined;
}

/** What would be restored, what is missing, and what it takes. Nothing is ordered. */
export interface RestorePlan {
  readonly point: RecoveryPoint;
  readonly pointBecause: string;
  readonly outcome: RestoreChoice['outcome'];
  readonly text: string;
  readonly database?: { readonly dbid: string; readonly name?: string | undefined };
  readonly through?: RestoreChoice['through'];
  /** As an order names them; absent: the whole point. */
  readonly paths?: readonly RestorePath[];
  /** The chosen files were too many to be named: their folders are. */
  readonly isWidened: boolean;
  readonly files: readonly ChosenFile[];
  readonly missing: readonly MissingFile[];
  readonly reasons: readonly Reason[];
  readonly measured: Measured;
  readonly time: Awaited<ReturnType<typeof predictFor>>;
  readonly price: PlannedPrice;
  /** Absent where no pack lies in an archive class. */
  readonly archive?: PlannedThaw;
  readonly target: TargetRoom;
  /** With which an order would be refused now. */
  readonly refusals: readonly { readonly code: string; readonly text: string }[];
}

type PlannedPrice =
  | ({ readonly isKnown: true; readonly region: string; readonly retrievalUsd: number } & NonNullable<
      ReturnType<typeof priceOf>
    > &
      typeof priceSource)
  | { readonly isKnown: false; readonly reason: string };

/**
 * Chooses the point and the files, and says before anything starts what is missing, how much it is, how long it takes, what it costs, and
 * whether there is room. Throws what `choosePoint` does, and FILE_MAP_MISSING, RESTORE_SCOPE_UNKNOWN, RESTORE_SCOPE_AMBIGUOUS,
 * RESTORE_SCOPE_UNSUPPORTED.
 */
export async function planRestore(
  dependencies: Dependencies,
  caller: Caller,
  wanted: WantedRestore,
): Promise<RestorePlan> {
  const { catalog, vault, region } = dependencies;
  requireOneScope(wanted);
  const { point, why } = await choosePoint(dependencies, caller, wanted);
  const chosen = unlessDamaged(await chooseIn(dependencies, point, wanted), point);
  const measured = await measureSelection(vault, point, chosen.paths);
  const archive = await plannedThaw(dependencies, measured, wanted.thaw);
  const target = await roomOf(catalog, caller, point, {
    targetMountId: wanted.targetMountId,
    neededBytes: measured.writtenBytes,
  });
  return {
    point,
    pointBecause: why,
    ...chosen,
    measured,
    time: await predictFor(catalog, target.storeId, measured.writtenBytes),
    price: plannedPrice(region, measured, archive),
    ...(archive && { archive }),
    target,
    refusals: [
      ...(archive?.refusal ? [archive.refusal] : []),
      ...(await refusalsOf(dependencies, caller, { point, chosen, measured, target, wanted })),
    ],
  };
}

function requireOneScope({
  recoveryPointId,
  mountId,
  database,
  part,
  paths,
  time,
  scn,
}: WantedRestore): void {
  const isOfDatabase = database !== undefined || part !== undefined;
  if (recoveryPointId !== undefined && mountId !== undefined)
    throw invalid('name a recoveryPointId or a mountId, not both');
  if (paths !== undefined && isOfDatabase) {
    throw invalid('paths are restored as they are: leave the database out, or the paths');
  }
  if (time !== undefined && scn !== undefined) throw invalid('name a time or an SCN, not both');
  if (scn !== undefined && !isOfDatabase) throw invalid('an SCN is of a database: name the database');
  if (time !== undefined && recoveryPointId !== undefined && !isOfDatabase) {
    throw invalid(
      'to a time a database is recovered: name the database, or leave the recoveryPointId out to find the point by time',
    );
  }
  if (
    part !== undefined &&
    database === undefined &&
    recoveryPointId === undefined &&
    mountId === undefined
  ) {
    throw invalid('name the database, or the recovery point');
  }
}

const invalid = (what: string): ServiceError => new ServiceError('REQUEST_INVALID', `body: ${what}`);

type Chosen = Pick<
  RestorePlan,
  'outcome' | 'text' | 'database' | 'through' | 'paths' | 'isWidened' | 'files' | 'missing' | 'reasons'
>;

/** Whether the damage hits what was chosen, only the restore finds out. */
function unlessDamaged(chosen: Chosen, { damage }: RecoveryPoint): Chosen {
  if (damage === undefined) return chosen;
  const text = `${describeDamage(damage)}: the restore names the files that it lacks`;
  const reason = { code: 'VAULT_DAMAGED', effect: 'unknown', text } as const;
  const outcome = chosen.outcome === 'complete' ? 'unknown' : chosen.outcome;
  return { ...chosen, outcome, reasons: [reason, ...chosen.reasons] };
}

async function chooseIn(
  { catalog, vault, limits }: Dependencies,
  point: RecoveryPoint,
  wanted: WantedRestore,
): Promise<Chosen> {
  const nothing = { isWidened: false, files: [], missing: [], reasons: [] };
  const { database, part, paths } = wanted;
  if (paths !== undefined) {
    return { ...nothing, outcome: 'complete', text: 'The files and folders that were named.', paths };
  }
  if (database === undefined && part === undefined)
    return { ...nothing, ...(await wholePoint(vault, point)) };
  const map = await readMapOf(vault, point);
  const { time, offsetMinutes, scn } = wanted;
  const scope: DatabaseScope = part ?? { kind: 'database' };
  const choice = chooseFiles(map, { database, scope, target: { time, offsetMinutes, scn } });
  if (choice.outcome === 'refused') throw new ServiceError(choice.code, choice.text);
  const known = await catalog.databases.find(choice.dbid);
  const names = choice.files.map(({ path }) => path);
  const named = choice.needsWholePoint ? undefined : namePaths(names, limits);
  const { name } = map.databases.find(({ dbid }) => dbid === choice.dbid) ?? {};
  return {
    ...acrossAll(choice, known?.mountIds ?? [], point.mountId),
    database: { dbid: choice.dbid, name },
    isWidened: named === undefined || named.isWidened,
    ...(named && named.paths.length > 0 && { paths: named.paths.map((path) => ({ path })) }),
  };
}

/** All that there is; which is not all that the logs speak of. */
async function wholePoint(
  vault: Dependencies['vault'],
  point: RecoveryPoint,
): Promise<Pick<Chosen, 'outcome' | 'text' | 'missing'>> {
  const text = 'The whole recovery point.';
  if (point.fileMap?.state !== 'stored') return { outcome: 'complete', text, missing: [] };
  const map = await readMapOf(vault, point);
  const missing = map.databases.flatMap((database) =>
    [...entriesOfDatabase(database)].flatMap((entry) =>
      missingOf(filesOf(entry), `database ${database.name ?? database.dbid}`),
    ),
  );
  const told = map.databases.map(({ dbid, name }) => `${name ?? dbid}: ${inShort(point, dbid) ?? 'unknown'}`);
  const judged = told.length === 0 ? '' : ` Can its databases be restored from it? ${told.join(', ')}.`;
  return { outcome: 'complete', text: `${text}${judged}`, missing };
}

/** What this mount lacks another one may have. */
function acrossAll(choice: RestoreChoice, mountIds: readonly MountId[], mountId: MountId): RestoreChoice {
  const { dbid, reasons } = choice;
  const recoverable = choice.outcome === 'complete' ? ('yes' as const) : ('no' as const);
  const verdict = { dbid, recoverable, reasons, windows: [], advice: [], lacksFiles: [] };
  const joined = acrossMounts(verdict, mountIds, mountId);
  if (joined.recoverable !== 'unknown') return choice;
  return { ...choice, outcome: 'unknown', reasons: joined.reasons };
}

async function readMapOf(vault: Dependencies['vault'], point: RecoveryPoint): Promise<FileMap> {
  const { recoveryPointId, fileMap } = point;
  if (fileMap?.state === 'stored') return readMap(vault, { ...point, number: fileMap.number });
  const why = fileMap === undefined ? 'it was made before there were maps' : fileMap.reason;
  throw new ServiceError('FILE_MAP_MISSING', `recovery point ${recoveryPointId} has no file map: ${why}`);
}

function plannedPrice(
  region: string | undefined,
  { requests, fetchedBytes }: Measured,
  { thawUsd = 0, instantUsd = 0 }: Partial<PlannedThaw> = {},
): PlannedPrice {
  const price = region === undefined ? undefined : priceOf(region, { requests, bytes: fetchedBytes });
  if (region !== undefined && price !== undefined) {
    const retrievalUsd = thawUsd + instantUsd;
    const totalUsd = price.totalUsd + retrievalUsd;
    return { isKnown: true, region, ...price, retrievalUsd, totalUsd, ...priceSource };
  }
  const reason = `no prices are known of the region ${region ?? 'of this service'}; there are those of ${pricedRegions.join(', ')}`;
  return { isKnown: false, reason };
}

interface Planned {
  readonly point: RecoveryPoint;
  readonly chosen: Chosen;
  readonly measured: Measured;
  readonly target: TargetRoom;
  readonly wanted: WantedRestore;
}

async function refusalsOf(
  { catalog }: Dependencies,
  caller: Caller,
  { point, chosen, measured, target, wanted }: Planned,
): Promise<RestorePlan['refusals']> {
  const refusals: { code: string; text: string }[] = [];
  const { recoveryPointId, state } = point;
  if (state !== 'available') {
    const text = `recovery point ${recoveryPointId} is ${state}: bring it back with holdfast point undelete first`;
    refusals.push({ code: 'RECOVERY_POINT_NOT_AVAILABLE', text });
  }
  if (measured.unknownPaths.length > 0) {
    const text = `the recovery point does not hold ${measured.unknownPaths.slice(0, 20).join(', ')}`;
    refusals.push({ code: 'RESTORE_PATH_UNKNOWN', text });
  }
  if (chosen.database !== undefined && chosen.files.length === 0) {
    refusals.push({ code: 'RESTORE_SCOPE_UNKNOWN', text: 'nothing of this is in the recovery point' });
  }
  if (target.isShort) {
    const text = `it needs ${measured.writtenBytes} bytes, and mount ${target.mountId} has ${target.freeBytes} bytes free (reported at ${target.reportedAt})`;
    refusals.push({ code: 'RESTORE_SPACE_LOW', text });
  }
  try {
    const { targetMountId } = wanted;
    await requireOrderable(catalog, caller, { recoveryPointId, paths: chosen.paths, targetMountId });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (!refusals.some(({ code }) => code === error.code)) {
      refusals.push({ code: error.code, text: error.message });
    }
  }
  return refusals;
}
