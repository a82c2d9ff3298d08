import { createConversions } from 'electrodb';
import type { MountId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import type { Mount } from '../../../domain/mount.ts';
import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byDueAt } from './positions.ts';

/** A mount as the table holds it. */
export type MountItem = Mount & { readonly dueShard?: number; readonly dueMountId?: MountId };

export const toMount = ({ dueShard: _, dueMountId: __, ...mount }: MountItem): Mount => mount;

/** What stands for a due time in the table: the index needs all of its parts at once. */
export const dueFields = ({ mountId }: Pick<Mount, 'mountId'>, dueAt: Instant | undefined) =>
  dueAt === undefined ? {} : { dueAt, dueShard: dueShardOf(mountId), dueMountId: mountId };

/** Behind every id: the sort key goes on after the time. */
const behindIds = '~' as MountId;

export async function listDue(
  { mount: mounts }: Entities,
  dueShard: number,
  until: Instant,
  page: PageRequest,
): Promise<Page<Mount>> {
  const keys = createConversions(mounts).byAccessPattern.byDue.fromComposite;
  const { items, ...rest } = await readPage<MountItem, { dueAt: Instant; mountId: MountId }>(
    {
      list: { name: `due mounts ${dueShard}`, position: byDueAt },
      positionOf: ({ dueAt = until, mountId }) => ({ dueAt, mountId }),
      startAfter: ({ dueAt, mountId }) => keys.toCursor({ mountId, dueShard, dueAt, dueMountId: mountId }),
      run: (options) =>
        mounts.query.byDue({ dueShard }).lte({ dueAt: until, dueMountId: behindIds }).go(options),
    },
    page,
  );
  return { items: items.map(toMount), ...rest };
}
