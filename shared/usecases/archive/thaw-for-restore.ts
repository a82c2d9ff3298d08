import { isFrozenClass, type ThawTier, thawHours, tierFor } from '../../domain/archive/archive-class.ts';
import {
  countFrozen,
  daysOfCopies,
  decideThaw,
  defaultThawTier,
  type FrozenCount,
  noteAsked,
  nothingFrozen,
  type RestoreThaw,
} from '../../domain/archive/thaw.ts';
import type { RestoreId } from '../../domain/ids.ts';
import { addMillis } from '../../domain/instant.ts';
import {
  isMadeOnStore,
  type Restore,
  type RestoreState,
  restoreEndStates,
  targetOf,
} from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredObject, Vault } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { measureSelection } from '../restore-plan/measure-selection.ts';
import { storageOf } from './storage-of.ts';

/** S3 takes a thousand thaws a second; a call takes on so many packs, which are some 600 GiB. */
const packsPerCall = 20_000;
const thawsAtOnce = 32;
/** A Lambda has 15 minutes for maps of 4 MiB each; of more, all packs of the point are thawed. */
const maxBundles = 1000;
const hourMillis = 3_600_000;

export interface ThawDependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores'>;
  readonly vault: Pick<Vault, 'read' | 'listStorage' | 'thaw'>;
  readonly clock: Clock;
  /** Whose prices count. */
  readonly region?: string | undefined;
  /** The volume's limit of what the thaw of one restore may cost. */
  readonly maxUsd: number;
}

/** Which of its packs a restore cannot read yet; `more`: some were looked at, and the next call goes on at `from`. */
export type LookedAt =
  | { readonly outcome: 'more'; readonly from: number; readonly seen: FrozenCount }
  | { readonly outcome: 'readable' }
  | { readonly outcome: 'frozen' | 'ongoing'; readonly calls: number }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'ended'; readonly state: RestoreState };

/**
 * Looks at how the packs of a restore are stored. At the end of the list the restore becomes `thawing`, with what is to be asked for,
 * when that will be there and what it costs, or is refused. Repeating changes nothing.
 */
export async function lookAtFrozen(
  dependencies: ThawDependencies,
  { restoreId, from = 0, seen = nothingFrozen }: { restoreId: RestoreId; from?: number; seen?: FrozenCount },
): Promise<LookedAt> {
  const { catalog, vault, clock, region, maxUsd } = dependencies;
  const restore = await findRestore(catalog, restoreId);
  if (hasEnded(restore)) return { outcome: 'ended', state: restore.state };
  // A store that still has the snapshot reads nothing from the vault; if it has not after all, its gateway says so.
  if (restore.fence === 0 && (await isOnStore(catalog, restore))) return { outcome: 'readable' };
  const keys = await neededPacks(dependencies, restore);
  const counted = countFrozen(seen, await storageOf(vault, keys.slice(from, from + packsPerCall)));
  const next = from + packsPerCall;
  if (next < keys.length) return { outcome: 'more', from: next, seen: counted };
  const now = clock.now();
  if (restore.deadline <= now)
    return { outcome: 'refused', reason: `not done by its deadline ${restore.deadline}` };
  const decision = decideThaw(thawOf(restore), counted, { now, maxUsd, region });
  if (decision.outcome === 'readable' || decision.outcome === 'refused') return decision;
  const noted = await catalog.restores.noteThaw(restoreId, restore.fence, decision.thaw);
  if (noted === 'refused') return { outcome: 'ended', state: (await findRestore(catalog, restoreId)).state };
  return { outcome: decision.outcome, calls: Math.max(1, Math.ceil(keys.length / packsPerCall)) };
}

/** Some were asked for, and the next call goes on at `from`; without it all were. */
export interface AskedFor {
  readonly from?: number;
  readonly isSlower: boolean;
}

/**
 * Asks for copies of what is frozen. What is under way or can be read is passed by, so that a repeat costs nothing. Where S3 has no
 * expedited capacity, Standard is asked for instead.
 */
export async function askForThaw(
  { catalog, vault, clock, ...dependencies }: ThawDependencies,
  { restoreId, from = 0, isSlower = false }: { restoreId: RestoreId; from?: number; isSlower?: boolean },
): Promise<AskedFor> {
  const restore = await findRestore(catalog, restoreId);
  if (hasEnded(restore)) return { isSlower };
  const keys = await neededPacks({ ...dependencies, catalog, vault, clock }, restore);
  const thaw = thawOf(restore);
  const packs = (await storageOf(vault, keys.slice(from, from + packsPerCall))).filter(isFrozen);
  const days = daysOfCopies(thaw.bytes ?? 0);
  let slower = isSlower;
  await mapAtOnce(packs, thawsAtOnce, async (pack) => {
    if (await askFor(vault, pack, { tier: thaw.tier, days })) slower = true;
  });
  const next = from + packsPerCall;
  if (next < keys.length) return { from: next, isSlower: slower };
  const slowerUntil = slower
    ? addMillis(clock.now(), thawHours('GLACIER', 'Standard') * hourMillis)
    : undefined;
  await catalog.restores.noteThaw(restoreId, restore.fence, noteAsked(thaw, slowerUntil));
  return { isSlower: slower };
}

/** Whether it had to be by a slower tier. */
async function askFor(
  vault: Pick<Vault, 'thaw'>,
  { key, storageClass }: StoredObject,
  { tier, days }: { readonly tier: ThawTier; readonly days: number },
): Promise<boolean> {
  if (!isFrozenClass(storageClass)) return false;
  const answer = await vault.thaw(key, { tier: tierFor(storageClass, tier), days });
  if (answer !== 'no-capacity') return false;
  await vault.thaw(key, { tier: 'Standard', days });
  return true;
}

const isFrozen = ({ storageClass, copy }: StoredObject): boolean =>
  isFrozenClass(storageClass) && copy === undefined;

const hasEnded = ({ state }: Restore): boolean => restoreEndStates.some((end) => end === state);

export const thawOf = ({ thaw }: Pick<Restore, 'thaw'>): RestoreThaw => thaw ?? { tier: defaultThawTier };

/** In the order of their keys, the same at each call: tables and maps are never changed. */
async function neededPacks(
  { catalog, vault }: ThawDependencies,
  { recoveryPointId, paths }: Restore,
): Promise<string[]> {
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  if (point === undefined) {
    throw new ServiceError('RECOVERY_POINT_NOT_FOUND', `there is no recovery point ${recoveryPointId}`);
  }
  const { packs } = await measureSelection(vault, point, paths, maxBundles);
  return packs.map(({ key }) => key).sort();
}

async function isOnStore(catalog: Pick<Catalog, 'mounts'>, restore: Restore): Promise<boolean> {
  const mount = restore.clone && (await catalog.mounts.find(targetOf(restore).mountId));
  return mount !== undefined && isMadeOnStore(restore, mount);
}

async function findRestore(catalog: Pick<Catalog, 'restores'>, restoreId: RestoreId): Promise<Restore> {
  const restore = await catalog.restores.find(restoreId);
  if (restore !== undefined) return restore;
  throw new ServiceError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`);
}
