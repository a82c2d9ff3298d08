import { isLive } from '../../shared/domain/recovery-point.ts';
import { parseVaultKey } from '../../shared/domain/vault/keys.ts';
import { readPoint } from './read-point.ts';
import type { Files } from './snapshot-content.ts';
import type { World } from './world.ts';

/** What must be so when nobody has asked for anything for weeks: nothing under way, nothing lying about, every point whole. */
export async function checkFinalState(world: World): Promise<void> {
  checkNothingIsStuck(world);
  await checkNothingLiesAbout(world);
  await world.truth.compareWithVault('at the end');
  await restoreEverything(world);
}

function checkNothingIsStuck(world: World): void {
  for (const what of underWay(world)) world.truth.violate(`I8: ${what}`);
  for (const uploadId of world.truth.acknowledged) {
    if (!world.state.recoveryPoints.has(uploadId)) {
      world.truth.violate(`point ${uploadId} was acknowledged and is gone`);
    }
  }
}

export const isSettled = (world: World): boolean => underWay(world).next().done === true;

/** Everything that has to come to an end. */
function* underWay({ state }: World): Generator<string> {
  for (const { uploadId, state: uploadState } of state.uploads.values()) {
    if (uploadState !== 'committed' && uploadState !== 'closed') {
      yield `upload ${uploadId} is still ${uploadState}`;
    }
  }
  for (const { restoreId, endedAt } of state.restores.values()) {
    if (endedAt === undefined) yield `restore ${restoreId} never ended`;
  }
  for (const [mountId, entries] of state.outbox) {
    if (entries.length > 0) yield `${entries.length} entries of ${mountId} were never stored`;
  }
  // What is held stays, with all that it needs; and what a mount beside it may be built on.
  const isFree =
    state.mounts.size === 1 && [...state.holds.values()].every(({ lifted }) => lifted !== undefined);
  for (const { recoveryPointId, mountId, state: pointState } of state.recoveryPoints.values()) {
    if (pointState === 'reclaiming') yield `${recoveryPointId} is still reclaiming`;
    const isRetired = state.mounts.get(mountId)?.retirement !== undefined;
    if (isFree && isRetired && isLive(pointState))
      yield `${recoveryPointId} of a retired mount is still ${pointState}`;
  }
}

/** What is no point's, and under no point's own prefix, is gone (I11); journals, plans and lists of deletions stay. */
async function checkNothingLiesAbout({ state, truth, vault }: World): Promise<void> {
  const points = [...state.recoveryPoints.values()].filter((point) => isLive(point.state));
  const named = new Set(points.flatMap((point) => truth.offerOf(point)?.keys ?? []));
  const owners = new Set<string>(points.map(({ recoveryPointId }) => recoveryPointId));
  for (const key of truth.contents.present) {
    const parsed = parseVaultKey(key);
    if (parsed === undefined) truth.violate(`${key} is no key of the vault`);
    // An upload that only a catalog knew which is lost: the auditor reports its prefix, and nobody deletes it (PROTOCOL 13).
    else if ('uploadId' in parsed && !state.uploads.has(parsed.uploadId))
      truth.count('object of an unknown upload');
    else if ('uploadId' in parsed && !owners.has(parsed.uploadId) && !named.has(key)) {
      const { versions, date } = await vault.listVersions({ prefix: key });
      const locks = await Promise.all(versions.map((version) => vault.lockOf(version)));
      // Somebody has locked it by hand: the audits after that find it.
      if (locks.some((lock) => lock?.until !== undefined && date < lock.until)) continue;
      truth.violate(`I11: nothing needs ${key}, and it is still there`);
    }
  }
}

async function restoreEverything({ state, truth, vault }: World): Promise<void> {
  for (const point of state.recoveryPoints.values()) {
    const offer = truth.offerOf(point);
    if (!isLive(point.state) || offer === undefined) continue;
    const lost = offer.keys.find((key) => truth.contents.lost.has(key));
    if ((lost === undefined) !== (point.damage === undefined)) {
      truth.violate(`I1: ${point.recoveryPointId} lacks ${lost}, and says ${JSON.stringify(point.damage)}`);
    }
    if (lost !== undefined) continue;
    const restored = await readPoint(vault, point).catch((error: unknown) => String(error));
    const difference = typeof restored === 'string' ? restored : differenceOf(offer.files, restored);
    if (difference !== undefined)
      truth.violate(`I1: ${point.recoveryPointId} does not restore: ${difference}`);
  }
}

/** Undefined when every byte is as it was frozen. */
export function differenceOf(files: Files, restored: ReadonlyMap<string, string>): string | undefined {
  if (files.size !== restored.size) return `${restored.size} files instead of ${files.size}`;
  for (const [path, blocks] of files) {
    if (restored.get(path) !== blocks.join('')) return `${path} has other bytes`;
  }
  return undefined;
}

/** What came up in a life: a simulation in which nothing happens keeps every promise. */
export type Reached = Readonly<Record<string, number>>;

export function countReached({ state, truth }: World): Reached {
  const counts: Record<string, number> = { acknowledged: truth.acknowledged.size, ...truth.counts };
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const point of state.recoveryPoints.values()) count(`point ${point.state}`);
  for (const upload of state.uploads.values()) {
    count(`upload ${upload.state}`);
    if (upload.lateObjectAt !== undefined) count('late object');
  }
  for (const restore of state.restores.values()) count(`restore ${restore.state}`);
  return counts;
}
