import {
  type DamagedObject,
  type DamageKind,
  type PointDamage,
  summarizeDamage,
} from '../../domain/damage.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { changeLine, entryFor } from '../retention/change-line.ts';
import { readNeeded } from './live-objects.ts';

interface DamageDependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
  readonly clock: Clock;
}

/** What somebody found who looked at some objects of a mount. */
interface DamageFindings {
  readonly damaged: ReadonlyMap<string, DamageKind>;
  /** Whether an object was looked at: what is known of the others stays. */
  readonly hasSeen: (key: string) => boolean;
}

/**
 * Says of every live point of a mount which of the objects that it names are damaged, in the order of the line. A point that is committed
 * meanwhile is looked at in the next round; none can build on what is known to be damaged. Answers how many points changed.
 */
export async function noteDamage(
  dependencies: DamageDependencies,
  mountId: MountId,
  findings: DamageFindings,
): Promise<number> {
  const { catalog } = dependencies;
  const seen = new Set<UploadId>();
  let changed = 0;
  for (let isNews = true; isNews; ) {
    isNews = false;
    for (const { point } of await listAll((page) => catalog.recoveryPoints.line({ mountId }, page))) {
      const { recoveryPointId, state, damage } = point;
      if (seen.has(recoveryPointId) || !isLive(state)) continue;
      seen.add(recoveryPointId);
      isNews = true;
      if (damage === undefined && findings.damaged.size === 0) continue;
      const objects = await damagedOf(dependencies, point, findings);
      if (await change(dependencies, point, objects)) changed++;
    }
  }
  return changed;
}

async function damagedOf(
  dependencies: DamageDependencies,
  point: RecoveryPoint,
  { damaged, hasSeen }: DamageFindings,
): Promise<DamagedObject[]> {
  const { objects, lost } = await readNeeded(dependencies, point);
  const known = (point.damage?.named ?? []).filter(({ key }) => !hasSeen(key));
  const all = new Map<string, DamageKind>(lost && [[lost.key, lost.found]]);
  for (const { key, found } of known) all.set(key, found);
  for (const key of objects.keys()) {
    const found = damaged.get(key);
    // What a store reports is less than what an audit has found.
    if (found !== undefined && !(found === 'reported' && all.has(key))) all.set(key, found);
  }
  return [...all].map(([key, found]) => ({ key, found }));
}

/** Whether anything had to be changed. */
async function change(
  { catalog, clock }: DamageDependencies,
  { recoveryPointId, mountId }: RecoveryPoint,
  objects: readonly DamagedObject[],
): Promise<boolean> {
  return changeLine(catalog, mountId, async (mount) => {
    const point = await catalog.recoveryPoints.find(recoveryPointId);
    if (point === undefined || !isLive(point.state)) return false;
    const at = clock.now();
    const damage = summarizeDamage(objects, { since: at, known: point.damage });
    if (isSame(damage, point.damage)) return false;
    const entry = entryFor(mount, {
      at,
      ...(damage === undefined
        ? { kind: 'recovery-point-mended', data: { recoveryPointId } }
        : { kind: 'recovery-point-damaged', data: { recoveryPointId, damage } }),
    });
    // At once by any clock: an audit whose clock is years ahead must not put retention off until then.
    const outcome = await catalog.recoveryPoints.changeDamage(mount, recoveryPointId, {
      ...{ damage, dueAt: mount.createdAt, entry },
    });
    return outcome === 'conflict' ? outcome : true;
  });
}

const isSame = (one: PointDamage | undefined, other: PointDamage | undefined): boolean =>
  JSON.stringify(one?.named) === JSON.stringify(other?.named) && one?.objects === other?.objects;
