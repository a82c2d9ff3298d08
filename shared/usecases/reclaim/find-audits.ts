import { createHash } from 'node:crypto';
import type { MountId } from '../../domain/ids.ts';
import { type Instant, toMillis } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** What a workflow carries from state to state has its limit. */
const pageSize = 100;
const dayMillis = 86_400_000;
const everyDays = 7;

/**
 * Of one page of all mounts, those that are audited on this day: each once in seven days, about as many every day. A mount that
 * is gone keeps its points, and is audited too.
 */
export async function findAudits(
  { catalog }: { readonly catalog: Pick<Catalog, 'mounts'> },
  day: Instant,
  cursor?: string,
): Promise<{ items: { mountId: MountId }[]; cursor?: string }> {
  const today = Math.floor(toMillis(day) / dayMillis) % everyDays;
  const page = await catalog.mounts.list({}, { limit: pageSize, cursor });
  const items = page.items.filter(({ mountId }) => dayOf(mountId) === today);
  return {
    items: items.map(({ mountId }) => ({ mountId })),
    ...(page.cursor !== undefined && { cursor: page.cursor }),
  };
}

/** Ids of mounts made at one time begin alike: their hashes do not. */
const dayOf = (mountId: MountId): number =>
  createHash('sha256').update(mountId).digest().readUInt32BE(0) % everyDays;
