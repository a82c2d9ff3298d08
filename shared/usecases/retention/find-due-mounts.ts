import type { MountId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import { dueShards } from '../../domain/retention/next-due.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** What a workflow carries from state to state has its limit. */
const pageSize = 50;
const forgetAfterMillis = 7 * 24 * 3_600_000;

/** Where a listing goes on: the parts of the index come one after the other. */
export interface DueMountsCursor {
  readonly shard: number;
  readonly cursor?: string;
}

/**
 * One page of the mounts that are due at the run's scheduled time; whoever acts on it reads each again. The first page
 * takes the run for its owner: schedules fire at least once, and a second execution finds nothing to do.
 */
export async function findDueMounts(
  { catalog }: { readonly catalog: Pick<Catalog, 'mounts' | 'plans'> },
  run: { readonly scheduledAt: Instant; readonly owner: string; readonly next?: DueMountsCursor | undefined },
): Promise<{ mountIds: MountId[]; next?: DueMountsCursor }> {
  const { scheduledAt, owner, next } = run;
  if (next === undefined) {
    const forgetAt = addMillis(scheduledAt, forgetAfterMillis);
    const taken = await catalog.plans.takeRun({ name: `retention ${scheduledAt}`, owner, forgetAt });
    if (taken === 'held') return { mountIds: [] };
  }
  const mountIds: MountId[] = [];
  let { shard, cursor } = next ?? { shard: 0, cursor: undefined };
  while (shard < dueShards && mountIds.length < pageSize) {
    const limit = pageSize - mountIds.length;
    const page = await catalog.mounts.listDue(shard, scheduledAt, { limit, cursor });
    mountIds.push(...page.items.map(({ mountId }) => mountId));
    cursor = page.cursor;
    if (cursor === undefined) shard++;
  }
  if (shard === dueShards) return { mountIds };
  return { mountIds, next: { shard, ...(cursor !== undefined && { cursor }) } };
}
