import { childrenOf } from '../../domain/choose-parent.ts';
import type { UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { PointDeletion } from '../../domain/recovery-point.ts';
import { decideRetention } from '../../domain/retention/decide-retention.ts';
import { type ExpireReason, isAskedFor, type RetentionDecision } from '../../domain/retention/decision.ts';
import { explainDecision } from '../../domain/retention/explain.ts';
import { allowedExpiries, countExpiry, countRecent } from '../../domain/retention/share.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { entryFor } from './change-line.ts';
import { type GatherDependencies, type Gathered, gatherMount, readClocks } from './gather.ts';

/** What one point is to be marked for. */
export interface MarkOrder {
  readonly recoveryPointId: UploadId;
  readonly planSha256: string;
  /** Somebody asked for its deletion; otherwise the policy decides. */
  readonly requestedBy?: string;
  /** An admin consented to more than the share of a day. */
  readonly isConsented: boolean;
}

export type MarkOutcome =
  | { readonly outcome: 'marked' | 'was-marked' }
  | { readonly outcome: 'left'; readonly why: readonly string[] };

/** Each lost race means that another change of the mount, or of one that shares a database with it, got on. */
const maxAttempts = 8;

/**
 * Marks one point for deletion, if at this moment everything still speaks for it (PROTOCOL 10). Answers with the mount as
 * it then is, so that the next point of a run need not read everything again: the transaction finds out whether it may.
 */
export async function markPoint(
  dependencies: GatherDependencies,
  first: Gathered,
  order: MarkOrder,
): Promise<{ readonly gathered: Gathered; readonly result: MarkOutcome }> {
  let gathered = first;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (attempt > 0) gathered = await gatherMount(dependencies, first.mount.mountId);
    const clocks = await readClocks(dependencies, first.mount.mountId);
    const seen = {
      ...gathered,
      laterNow: clocks.later,
      circumstances: { ...gathered.circumstances, now: clocks.earlier },
    };
    const tried = await tryToMark(dependencies, seen, order);
    if (tried !== 'conflict') return tried;
  }
  return { gathered, result: { outcome: 'left', why: ['The mount changes too often at once.'] } };
}

async function tryToMark(dependencies: GatherDependencies, gathered: Gathered, order: MarkOrder) {
  const { mount, circumstances, records, unchanged, policy } = gathered;
  requireDeletionAllowed(mount);
  const { recoveryPointId, planSha256 } = order;
  const record = records.get(recoveryPointId);
  const left = (...why: string[]) => ({ gathered, result: { outcome: 'left' as const, why } });
  if (record === undefined) return left('It is no longer there.');
  if (record.state === 'pending-deletion') {
    const isOurs = record.deletion?.planSha256 === planSha256;
    return isOurs
      ? { gathered, result: { outcome: 'was-marked' as const } }
      : left('It is marked for deletion already.');
  }
  // What was asked for by name takes no others with it in silence. Those that are marked go before it.
  const children = childrenOf(recoveryPointId, records.values()).filter(({ state }) => state === 'available');
  if (order.requestedBy !== undefined && children.length > 0) {
    const ids = children.map((child) => child.recoveryPointId).join(', ');
    return left(`Incrementals build on it: ${ids}. Delete these first, or all at once with cascade.`);
  }
  const decision = decideOn(gathered, order);
  if (decision === undefined) return left('It is no longer there.');
  if (decision.keep) return left(...explainDecision(decision, true));
  const { now } = circumstances;
  const isCounted = order.requestedBy === undefined && circumstances.isRetiring !== true;
  if (isCounted && !order.isConsented && isShareUsed(gathered, now)) {
    return left(`No more of the mount may expire within 24 hours (${policy.maxExpiredShare * 100} %).`);
  }
  const deletion = deletionOf(decision.because, gathered, planSha256);
  const expiries = isCounted ? countExpiry(mount.expiries ?? [], now) : (mount.expiries ?? []);
  const entry = entryFor(mount, {
    at: deletion.markedAt,
    kind: 'recovery-point-pending',
    data: { recoveryPointId, deletion, ...(order.requestedBy && { by: order.requestedBy }) },
  });
  const change = { deletion, expiries, unchanged, entry };
  const { recoveryPoints } = dependencies.catalog;
  if ((await recoveryPoints.markForDeletion(mount, recoveryPointId, change)) === 'conflict') {
    return 'conflict' as const;
  }
  return {
    gathered: afterMark(gathered, { recoveryPointId, deletion, expiries }, entry),
    result: { outcome: 'marked' as const },
  };
}

function decideOn(
  { points, policy, circumstances }: Gathered,
  { recoveryPointId, requestedBy }: MarkOrder,
): RetentionDecision | undefined {
  const { now } = circumstances;
  const asked = points.map((point) =>
    requestedBy !== undefined && point.recoveryPointId === recoveryPointId
      ? { ...point, deletionRequested: { by: requestedBy, at: now } }
      : point,
  );
  return decideRetention(asked, policy, circumstances).get(recoveryPointId);
}

function isShareUsed({ mount, points, policy }: Gathered, now: Instant): boolean {
  const already = countRecent(mount.expiries ?? [], now);
  const available = points.filter(({ state }) => state === 'available').length;
  return already >= allowedExpiries(policy, available, already);
}

const deletionOf = (
  because: ExpireReason,
  { circumstances, laterNow, policy }: Gathered,
  planSha256: string,
): PointDeletion => ({
  markedAt: circumstances.now,
  // The later clock: whichever of the two is right, the window is whole.
  reclaimAfter: addMillis(laterNow, policy.undoWindowMillis),
  ...{ because, planSha256 },
});

/** What our own transaction has made of the mount; anybody else's in between makes the next one a conflict. */
function afterMark(
  gathered: Gathered,
  done: {
    readonly recoveryPointId: UploadId;
    readonly deletion: PointDeletion;
    readonly expiries: NonNullable<Gathered['mount']['expiries']>;
  },
  { number, sha256: hash }: { readonly number: number; readonly sha256: string },
): Gathered {
  const { mount, points, records } = gathered;
  const { recoveryPointId, deletion, expiries } = done;
  const { because, markedAt: at } = deletion;
  const record = records.get(recoveryPointId);
  return {
    ...gathered,
    mount: {
      ...{ ...mount, expiries, lineVersion: mount.lineVersion + 1 },
      journal: { ...mount.journal, number, hash },
    },
    points: points.map((point) =>
      point.recoveryPointId === recoveryPointId
        ? {
            ...point,
            state: 'pending-deletion' as const,
            ...(isAskedFor(because) && { deletionRequested: { by: because.by, at } }),
          }
        : point,
    ),
    records: record
      ? new Map(records).set(recoveryPointId, { ...record, state: 'pending-deletion', deletion })
      : records,
  };
}
