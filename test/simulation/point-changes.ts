import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { decideByRetention } from '../../shared/usecases/reclaim/decide-by-retention.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { readPlan } from '../../shared/usecases/retention/stored-plan.ts';
import { checkBase } from './bases.ts';
import { clockMargin } from './departures.ts';
import type { PointChange } from './truth.ts';
import type { World } from './world.ts';

/** What has to be looked up in the vault when a point is committed, marked or goes; nothing else runs meanwhile. */
export async function checkChange(
  world: World,
  { before, point }: PointChange,
  cause: string,
): Promise<void> {
  if (before === undefined) {
    if (point.state === 'available') await checkLocks(world, point, cause);
    return;
  }
  const isMarked = before.state === 'available' && point.state === 'pending-deletion';
  const goes = isLive(before.state) && !isLive(point.state);
  if (isMarked) await checkPlan(world, point, cause);
  if (!isMarked && !goes) return;
  if (goes) await checkSecondDecision(world, before, cause);
  requireUnlocked(world, point, cause);
  await checkBase(world, point, cause);
}

/** Whatever the second decision was taken from: a whole new look at the line, as it was when the point went, says the same. */
async function checkSecondDecision(world: World, before: RecoveryPoint, cause: string): Promise<void> {
  const { truth, vault, scheduler } = world;
  const state = world.copyOfState();
  state.recoveryPoints.set(before.recoveryPointId, before);
  const mount = state.mounts.get(before.mountId);
  if (mount === undefined) return;
  const { clearance, lineFrom: _, ...unknown } = mount;
  state.mounts.set(mount.mountId, unknown);
  if (clearance !== undefined) truth.count('went by the last look, or before others that will');
  const clock = { now: () => toInstant(scheduler.now) };
  const ports = { catalog: createMemoryCatalog(state), vault, clock, contents: createPointContents(vault) };
  const decision = await decideByRetention(ports)(unknown, before);
  // A hold that its placer was not told of yet may have come between the decision and the transaction; I3 sees to the others.
  if (decision.keep && !/^It is under hold: [^;]*$/.test(decision.because))
    truth.violate(`${cause}: ${before.recoveryPointId} goes, and ${decision.because}`);
}

/** I6. */
async function checkPlan(
  { truth, vault }: World,
  { recoveryPointId, mountId, deletion }: RecoveryPoint,
  cause: string,
): Promise<void> {
  const plan = await readPlan(vault, mountId, deletion?.planSha256 ?? '').catch(() => undefined);
  if (plan?.expire.some((each) => each.recoveryPointId === recoveryPointId)) return;
  truth.violate(`I6 ${cause}: no plan names ${recoveryPointId}`);
}

/** I3: where the vault has locks, everything that a new point needs has one, for as long as the point says. */
async function checkLocks({ climate, truth, vault }: World, point: RecoveryPoint, cause: string) {
  const { recoveryPointId, lockedUntil } = point;
  if (climate.lock === undefined) return;
  truth.count('locked');
  if (lockedUntil === undefined) return truth.violate(`I3 ${cause}: ${recoveryPointId} has no lock`);
  for (const key of truth.offerOf(point)?.keys ?? []) {
    const { versions } = await vault.listVersions({ prefix: key });
    const newest = versions.find((version) => version.key === key && version.isLatest);
    const until = newest && (await vault.lockOf(newest))?.until;
    if (until !== undefined && until >= lockedUntil) continue;
    truth.violate(`I3 ${cause}: ${key} of ${recoveryPointId} is locked until ${until}, not ${lockedUntil}`);
  }
}

function requireUnlocked({ truth, scheduler }: World, point: RecoveryPoint, cause: string): void {
  const { recoveryPointId, lockedUntil, state } = point;
  if (lockedUntil === undefined || scheduler.now >= Date.parse(lockedUntil) - clockMargin) return;
  truth.violate(`I3 ${cause}: ${recoveryPointId} is ${state}, and locked until ${lockedUntil}`);
}
