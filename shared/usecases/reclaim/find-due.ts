import type { MountId, UploadId } from '../../domain/ids.ts';
import { needsSweep } from '../../domain/upload.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/** What a workflow carries from state to state has its limit. */
const pageSize = 100;

export interface DueItem {
  readonly kind: 'point' | 'upload';
  readonly mountId: MountId;
  readonly id: UploadId;
}

/** First the points, page by page, then the uploads. */
export interface DueCursor {
  readonly list: 'points' | 'uploads';
  readonly cursor?: string;
}

/**
 * One page of what has to go: points whose undo window is over or that are reclaiming, and uploads that were given up. Asks the
 * indexes for what is due, so that its cost goes with that alone. Whoever acts on it reads everything again.
 */
export async function findDue(
  {
    catalog,
    clock,
  }: { readonly catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>; readonly clock: Clock },
  { list, cursor }: DueCursor = { list: 'points' },
): Promise<{ items: DueItem[]; next?: DueCursor }> {
  const now = clock.now();
  const page = { limit: pageSize, cursor };
  if (list === 'points') {
    const found = await catalog.recoveryPoints.listDeleting(now, page);
    const items = found.items.map(({ mountId, recoveryPointId: id }) => ({
      ...{ kind: 'point' as const, mountId, id },
    }));
    return {
      items,
      next: found.cursor === undefined ? { list: 'uploads' } : { list, cursor: found.cursor },
    };
  }
  const found = await catalog.uploads.listByState('closing', page);
  const items = found.items
    .filter((upload) => needsSweep(upload) && (upload.blockedUntil ?? now) <= now)
    .map(({ mountId, uploadId: id }) => ({ kind: 'upload' as const, mountId, id }));
  return { items, ...(found.cursor !== undefined && { next: { list, cursor: found.cursor } }) };
}
