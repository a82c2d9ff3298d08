import type { Caller } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { StoreId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findStore } from '../access/find-owned.ts';

/** Requests, newest first; of one database of a store when both are given, which a store must. */
export async function listRequests(
  { catalog }: { catalog: Pick<Catalog, 'requests' | 'stores'> },
  caller: Caller,
  {
    storeId,
    database,
    ...page
  }: PageRequest & { storeId?: StoreId | undefined; database?: string | undefined },
): Promise<Page<BackupRequest>> {
  if (storeId !== undefined && database !== undefined) {
    await findStore(catalog, caller, storeId);
    return catalog.requests.list({ of: { storeId, database } }, page);
  }
  if (storeId !== undefined || database !== undefined) {
    throw new ServiceError('REQUEST_INVALID', 'query: storeId and database are given together, or neither');
  }
  if (caller.role === 'store') {
    throw new ServiceError('REQUEST_INVALID', 'query: a store lists the requests of one of its databases');
  }
  return catalog.requests.list({}, page);
}
