import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { isLive } from '../../../shared/domain/recovery-point.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { ReclaimLine } from './reclaim-line.ts';

const day = 86_400_000;

/** Numbers from a seed, the same each time (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * A mount on which points are committed, marked, brought back and reclaimed in any order, some halfway only. After each
 * reclaim the vault must have what a full mark and sweep over all live tables would keep, and nothing else but what
 * points on their way out still have. Answers what was wrong first, or nothing.
 */
export async function liveThrough(seed: number, steps = 14): Promise<string | undefined> {
  const pick = numbersFrom(seed);
  const line = await ReclaimLine.make();
  const points: RecoveryPoint[] = [];
  for (let step = 0; step < steps; step++) {
    const action = pick(10);
    let isReclaim = false;
    if (points.length === 0 || action < 4) {
      const share = pick(4);
      points.push(await line.add(1 + pick(2), () => pick(4) >= share));
    } else {
      isReclaim = await changeOne(line, points[pick(points.length)] as RecoveryPoint, action, pick);
    }
    // Nothing else deletes, or makes anything unneeded.
    const wrong = isReclaim || step === steps - 1 ? await findWrong(line, points) : undefined;
    if (wrong !== undefined) return `seed ${seed}, step ${step}: ${wrong}`;
  }
  return undefined;
}

/** Whether it was a part of a reclaim. */
async function changeOne(
  line: ReclaimLine,
  { recoveryPointId }: RecoveryPoint,
  action: number,
  pick: (below: number) => number,
): Promise<boolean> {
  const point = await line.find(recoveryPointId);
  if (point.state === 'available') await line.mark(point);
  else if (point.state === 'pending-deletion' && action === 4) await line.undelete(point);
  else if (point.state === 'pending-deletion') {
    line.clock.advance(4 * day);
    await beginReclaim(line.dependencies, recoveryPointId);
    if (pick(3) > 0) await carryOutReclaim(line.dependencies, recoveryPointId);
    return true;
  } else if (point.state === 'reclaiming') {
    await carryOutReclaim(line.dependencies, recoveryPointId);
    return true;
  }
  return false;
}

async function findWrong(line: ReclaimLine, points: readonly RecoveryPoint[]): Promise<string | undefined> {
  const needed = await line.marked();
  const there = await line.keys();
  const isThere = new Set(there);
  const lost = [...needed].find((key) => !isThere.has(key));
  if (lost !== undefined) return `a live point lacks ${lost}`;
  const now = await Promise.all(points.map(({ recoveryPointId }) => line.find(recoveryPointId)));
  // What a reclaiming point's list still names is on its way out.
  if (now.some(({ state }) => state === 'reclaiming')) return undefined;
  const left = there.find((key) => !needed.has(key));
  if (left !== undefined) return `${left} is needed by nobody`;
  const head = now.filter(({ state }) => isLive(state)).at(-1);
  return (await line.mount()).headId === head?.recoveryPointId ? undefined : 'the head is another';
}
