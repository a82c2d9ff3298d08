import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { type Clearance, clearanceInForce } from '../../domain/retention/clearance.ts';
import { explainDecision } from '../../domain/retention/explain.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { clearPending } from '../retention/clear-pending.ts';
import { decideGathered, type GatherDependencies, gatherMount, readHolds } from '../retention/gather.ts';
import type { DecideAgain, SecondDecision } from './begin-reclaim.ts';

/**
 * The second decision (PROTOCOL 10): what the last look at the whole line said, as long as nothing that it looked at has
 * changed, else everything gathered anew. The first costs the same however long the line is.
 */
export const decideByRetention =
  (dependencies: GatherDependencies): DecideAgain =>
  async (mount, { recoveryPointId }) =>
    (await decideByClearance(dependencies.catalog, mount, recoveryPointId)) ??
    decideByLine(dependencies, mount.mountId, recoveryPointId);

/** Undefined where the whole line has to be asked. */
async function decideByClearance(
  catalog: Pick<Catalog, 'mounts' | 'databases' | 'holds'>,
  mount: Mount,
  recoveryPointId: UploadId,
): Promise<SecondDecision | undefined> {
  const clearance = clearanceInForce(mount);
  const [next, ...points] = clearance?.points ?? [];
  if (clearance === undefined || next !== recoveryPointId) return undefined;
  // In the order of a whole look: whichever mount has come to a database since, it is seen.
  for (const { mountId, lineVersion } of clearance.unchanged) {
    if ((await catalog.mounts.find(mountId))?.lineVersion !== lineVersion) return undefined;
  }
  if (!(await areMountsAsKnown(catalog, clearance))) return undefined;
  // One that its placer was not told of yet has not raised the line.
  const dbids = clearance.databases.map(({ databaseId }) => databaseId);
  const holds = await readHolds(catalog, mount.mountId, dbids);
  if (holds.some(({ holdId }) => !clearance.holds.includes(holdId))) return undefined;
  return { keep: false, unchanged: clearance.unchanged, clearance: { ...clearance, points } };
}

async function areMountsAsKnown(
  { databases }: Pick<Catalog, 'databases'>,
  clearance: Clearance,
): Promise<boolean> {
  const now = await Promise.all(clearance.databases.map(({ databaseId }) => databases.find(databaseId)));
  return clearance.databases.every(
    ({ mountIds }, index) => mountIds.join() === (now[index]?.mountIds ?? []).join(),
  );
}

async function decideByLine(
  dependencies: GatherDependencies,
  mountId: MountId,
  recoveryPointId: UploadId,
): Promise<SecondDecision> {
  const gathered = await gatherMount(dependencies, mountId);
  const decision = decideGathered(gathered).get(recoveryPointId);
  if (decision === undefined) return { keep: true, because: 'retention does not know it' };
  if (decision.keep) {
    return { keep: true, because: explainDecision(decision, gathered.circumstances.hadLogs).join('; ') };
  }
  const clearance = clearPending(gathered, recoveryPointId);
  return { keep: false, unchanged: gathered.unchanged, ...(clearance && { clearance }) };
}
