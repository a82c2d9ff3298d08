import type { MountId, UploadId } from '../../domain/ids.ts';
import { isAskedFor } from '../../domain/retention/decision.ts';
import { nextDueAt } from '../../domain/retention/next-due.ts';
import type { RetentionPlan } from '../../domain/retention/plan.ts';
import type { PlanNote } from '../../domain/retention/plan-note.ts';
import { ServiceError } from '../../errors.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { bringBack } from './bring-back.ts';
import { clearPending } from './clear-pending.ts';
import { decideGathered, type Gathered, gatherMount } from './gather.ts';
import { type MarkOutcome, markPoint } from './mark-point.ts';
import { findPlan } from './stored-plan.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/** What became of a plan, or of a part of it. */
export interface PlanReport {
  readonly expired: number;
  readonly broughtBack: number;
  readonly left: readonly { readonly recoveryPointId: UploadId; readonly why: readonly string[] }[];
  /** Where to go on when it is not done: the number of steps that are behind it. */
  readonly next?: number;
}

/**
 * Carries out a stored plan and nothing else: each point is decided on again at its turn, and what changed since is left
 * and reported. May run twice, at once, and be cut off anywhere. Throws PLAN_NOT_FOUND, PLAN_NEEDS_CONSENT, PLAN_OUTDATED,
 * MOUNT_DIVERGED, MOUNT_NOT_RECONCILED, CLOCK_SKEWED.
 */
export async function executePlan(
  dependencies: ChangeDependencies,
  {
    mountId,
    sha256,
    from = 0,
    most,
  }: {
    readonly mountId: MountId;
    readonly sha256: string;
    /** Steps that an earlier part has behind it. */
    readonly from?: number;
    /** How many steps to take at most. */
    readonly most: number;
  },
): Promise<PlanReport> {
  const { plan, note } = await findPlan(dependencies, mountId, sha256);
  refuseUnfit(plan, note);
  let gathered = await gatherMount(dependencies, mountId);
  requireDeletionAllowed(gathered.mount);
  if (gathered.mount.epoch !== plan.epoch) {
    throw new ServiceError('PLAN_OUTDATED', `plan ${sha256} was made before the catalog was rebuilt`);
  }
  const steps = stepsOf(plan);
  const report = { expired: 0, broughtBack: 0, left: [] as PlanReport['left'][number][] };
  for (const { recoveryPointId, kind } of steps.slice(from, from + most)) {
    const order = { recoveryPointId, planSha256: sha256, isConsented: note.consent !== undefined };
    const done =
      kind === 'expire'
        ? await markPoint(dependencies, gathered, order)
        : await bringBack(dependencies, gathered, recoveryPointId);
    gathered = done.gathered;
    count(report, kind, recoveryPointId, done.result);
  }
  await requireJournalStored(dependencies, mountId, gathered.mount.journal.number);
  const next = from + most;
  if (next < steps.length) return { ...report, next };
  await noteNextDue(dependencies, gathered);
  return report;
}

/** A deletion that a person asked for is carried out when it is asked for, and never again. */
function refuseUnfit({ expire, stopped }: RetentionPlan, { sha256, consent }: PlanNote): void {
  if (expire.some(({ because }) => isAskedFor(because))) {
    throw new ServiceError(
      'PLAN_OUTDATED',
      `plan ${sha256} is the record of a deletion that somebody asked for`,
    );
  }
  if (stopped === undefined || consent !== undefined) return;
  const { wouldExpire, allowed, alreadyExpired } = stopped;
  throw new ServiceError(
    'PLAN_NEEDS_CONSENT',
    `plan ${sha256} would expire ${wouldExpire} points, where ${allowed} may expire today after ${alreadyExpired}`,
    { details: { ...stopped } },
  );
}

type Step = { readonly recoveryPointId: UploadId; readonly kind: 'expire' | 'bring-back' };

/** What is brought back goes first: it may be what others are kept by. */
const stepsOf = ({ expire, bringBack: back }: RetentionPlan): readonly Step[] => [
  ...back.map((recoveryPointId) => ({ recoveryPointId, kind: 'bring-back' as const })),
  ...expire.map(({ recoveryPointId }) => ({ recoveryPointId, kind: 'expire' as const })),
];

function count(
  report: { expired: number; broughtBack: number; left: PlanReport['left'][number][] },
  kind: Step['kind'],
  recoveryPointId: UploadId,
  result: MarkOutcome,
): void {
  if (result.outcome === 'left') report.left.push({ recoveryPointId, why: result.why });
  else if (kind === 'expire') report.expired++;
  else report.broughtBack++;
}

/** A lost race means that something came between: the mount is due because of it, or stays due. */
export async function noteNextDue(
  { catalog }: Pick<ChangeDependencies, 'catalog'>,
  gathered: Gathered,
): Promise<void> {
  const { mount, records, circumstances } = gathered;
  const points = [...records.values()].map(({ recoveryPointId, deletion }) => ({
    recoveryPointId,
    ...(deletion && { reclaimAfter: deletion.reclaimAfter }),
  }));
  const dueAt = nextDueAt(points, decideGathered(gathered), circumstances.now);
  await catalog.mounts.noteDue(mount, dueAt, clearPending(gathered));
}
