import type { ContentKey } from '../../shared/domain/recoverability/content-key.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import {
  findHeld,
  type RetentionVerdict,
  readVerdicts,
} from '../../shared/usecases/databases/read-judgement.ts';
import type { World } from './world.ts';

/** A mount that comes to a database counts after so long: decisions that were under way did not know of it (ADR 0009). */
const underWayMillis = 30 * 60_000;

/**
 * I4: a point is marked, or goes, only when of every file of it that another live point's database needs and lacks a newer
 * live point of its mount has the same content. From the judgements alone, as they are at this moment.
 */
export async function checkBase(world: World, base: RecoveryPoint, cause: string): Promise<void> {
  const { state, vault, truth } = world;
  const { recoveryPointId, mountId, seq } = base;
  const others = [...state.recoveryPoints.values()].filter(
    (point) => isLive(point.state) && point.recoveryPointId !== recoveryPointId,
  );
  const wanted = new Map<ContentKey, RecoveryPoint>();
  for (const point of others) {
    for (const { dbid, lacksFiles } of await verdictsOf(world, point)) {
      if (point.mountId !== mountId && !areBothKnown(world, dbid, [mountId, point.mountId])) continue;
      for (const key of lacksFiles) wanted.set(key, point);
    }
  }
  if (wanted.size === 0) return;
  const held = (point: RecoveryPoint) => findHeld(vault, point, new Set(wanted.keys()));
  // What was never judged holds nothing that anybody knows of.
  const going = new Set(await held(base));
  if (going.size === 0) return;
  truth.count('base');
  // One that is damaged may lack just this.
  const isAsGood = (other: RecoveryPoint) => base.damage !== undefined || other.damage === undefined;
  const newer = others.filter((other) => other.mountId === mountId && other.seq > seq);
  for (const point of newer.filter(isAsGood)) {
    for (const key of (await held(point)) ?? []) going.delete(key);
  }
  for (const key of going) {
    const needing = wanted.get(key)?.recoveryPointId;
    truth.violate(`I4 ${cause}: ${needing} needs ${key} of ${recoveryPointId}, which is ${base.state}`);
  }
}

/** A judgement that cannot be read any more says nothing. */
async function verdictsOf({ vault }: World, point: RecoveryPoint): Promise<readonly RetentionVerdict[]> {
  if ((point.judgement?.databases ?? []).every(({ lacks = 0 }) => lacks === 0)) return [];
  return (await readVerdicts(vault, point)).databases;
}

function areBothKnown({ databaseSince, scheduler }: World, dbid: string, mountIds: readonly string[]) {
  return mountIds.every((mountId) => {
    const since = databaseSince.get(`${dbid} ${mountId}`);
    return since !== undefined && since < scheduler.now - underWayMillis;
  });
}
