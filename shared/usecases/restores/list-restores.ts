import { type Caller, maySee } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import { type Restore, targetOf } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findMount } from '../access/find-owned.ts';

/** Restores, newest first; a store asks for one of its mounts, and sees of them those that it carries out. */
export async function listRestores(
  { catalog }: { catalog: Pick<Catalog, 'mounts' | 'restores'> },
  caller: Caller,
  { mountId, ...page }: PageRequest & { mountId?: MountId | undefined },
): Promise<Page<Restore>> {
  if (mountId !== undefined) await findMount(catalog, caller, mountId);
  else if (caller.role === 'store') {
    throw new ServiceError(
      'REQUEST_INVALID',
      'query.mountId: a store lists the restores of one of its mounts',
    );
  }
  const found = await catalog.restores.list(mountId === undefined ? {} : { mountId }, page);
  const items = found.items.filter((restore) => maySee(caller, targetOf(restore).storeId));
  return { ...found, items };
}
