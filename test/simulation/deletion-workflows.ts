import type { MountId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { isLive } from '../../shared/domain/recovery-point.ts';
import { type Audit, auditMount } from '../../shared/usecases/reclaim/audit-mount.ts';
import { beginReclaim } from '../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { decideByRetention } from '../../shared/usecases/reclaim/decide-by-retention.ts';
import { deleteOrphans } from '../../shared/usecases/reclaim/delete-orphans.ts';
import { type DueCursor, type DueItem, findDue } from '../../shared/usecases/reclaim/find-due.ts';
import { sweepUpload } from '../../shared/usecases/reclaim/sweep-upload.ts';
import { executePlan } from '../../shared/usecases/retention/execute-plan.ts';
import { findDueMounts } from '../../shared/usecases/retention/find-due-mounts.ts';
import { planDueMount } from '../../shared/usecases/retention/plan-due.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { runStep, unlessFailed } from './run-step.ts';
import type { TaskPorts } from './task-ports.ts';
import type { LostObject } from './vault-contents.ts';
import type { World } from './world.ts';

/** As many points as a part of a plan marks; few, so that plans have parts. */
const stepsPerPart = 2;

/** With what has been read of points by this invocation, as the handlers have it. */
export const withContents = (ports: TaskPorts) => ({ ...ports, contents: createPointContents(ports.vault) });

const step = <T>(world: World, name: string, body: (ports: TaskPorts) => Promise<T>) =>
  unlessFailed(() => runStep(world, name, body, { isScheduled: true, retries: 1 }));

/** As statemachines/retention.asl.json has it. */
export async function runRetentionWorkflow(world: World, scheduledAt: Instant, owner: string): Promise<void> {
  const due = await step(world, 'Find due mounts', (ports) => findDueMounts(ports, { scheduledAt, owner }));
  for (const mountId of due?.mountIds ?? []) {
    const plan = await step(world, 'Plan what expires', (ports) =>
      planDueMount(withContents(ports), mountId),
    );
    if (plan?.outcome === 'planned') await expirePoints(world, mountId, plan.sha256);
  }
}

async function expirePoints(world: World, mountId: MountId, sha256: string): Promise<void> {
  let from: number | undefined = 0;
  while (from !== undefined) {
    const part: number = from;
    const report = await step(world, 'Expire points', (ports) =>
      executePlan(withContents(ports), { mountId, sha256, from: part, most: stepsPerPart }),
    );
    from = report?.next;
  }
}

/** As statemachines/reclaim.asl.json has it; `backwards` for one that meets another in the middle. */
export async function runReclaimWorkflow(world: World, backwards = false): Promise<void> {
  let cursor: DueCursor | undefined;
  do {
    const at = cursor;
    const page = await step(world, 'Find what has to go', (ports) => findDue(ports, at));
    const items = page?.items ?? [];
    for (const item of backwards ? items.toReversed() : items) await deleteItem(world, item);
    cursor = page?.next;
  } while (cursor !== undefined);
}

async function deleteItem(world: World, { kind, id }: DueItem): Promise<void> {
  if (kind === 'upload') {
    await step(world, 'Sweep upload', (ports) => sweepUpload(ports, id));
    return;
  }
  const begun = await step(world, 'Decide what goes', (ports) =>
    beginReclaim({ ...ports, decideAgain: decideByRetention(withContents(ports)) }, id),
  );
  if (begun?.outcome === 'reclaiming') {
    await step(world, 'Delete what is listed', (ports) => carryOutReclaim(ports, id));
  }
}

/** As statemachines/audit.asl.json has it, for every mount. */
export async function runAuditWorkflow(world: World): Promise<void> {
  for (const mountId of world.state.mounts.keys()) {
    const lost = new Map(world.truth.contents.lost);
    const audit = await step(world, 'Audit mount', (ports) => auditMount(ports, mountId));
    if (audit === undefined) continue;
    if (!world.truth.isDisaster) checkAudit(world, mountId, { audit, lost });
    const listSha256 = audit.orphans?.listSha256;
    if (listSha256 === undefined) continue;
    world.truth.count('orphans found');
    await step(world, 'Delete orphans', (ports) => deleteOrphans(ports, { mountId, listSha256 }));
  }
}

/** It misses nothing but what was lost, and of what had been lost when it began every live point says so. */
function checkAudit(
  { truth, state }: World,
  mountId: MountId,
  { audit, lost }: { readonly audit: Audit; readonly lost: ReadonlyMap<string, LostObject> },
): void {
  const missed = audit.damage.find((key) => !truth.contents.everLost.has(key));
  if (missed !== undefined) truth.violate(`I1: the auditor misses ${missed}`);
  const isStillLost = (key: string) => lost.has(key) && lost.get(key) === truth.contents.lost.get(key);
  for (const point of state.recoveryPoints.values()) {
    if (point.mountId !== mountId || !isLive(point.state) || point.damage !== undefined) continue;
    const key = truth.offerOf(point)?.keys.find(isStillLost);
    if (key !== undefined) truth.violate(`I1: ${point.recoveryPointId} lacks ${key}, and says nothing`);
  }
}
