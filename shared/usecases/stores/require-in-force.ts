import type { Caller } from '../../domain/access.ts';
import type { Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

/**
 * Refuses a gateway whose store has forked or was activated elsewhere. The authorizer may still pass its token for a
 * minute, in which it could take the line of its mounts on. Answers the store of a gateway.
 */
export async function requireInForce(
  catalog: Pick<Catalog, 'stores'>,
  caller: Caller,
): Promise<Store | undefined> {
  if (caller.role !== 'store' || caller.storeId === undefined) return undefined;
  const store = await catalog.stores.find(caller.storeId);
  if (store !== undefined) refuseOthers(store, caller);
  return store;
}

/** Throws STORE_REPLACED or STORE_FORKED. */
export function refuseOthers({ storeId, credentialId, forked, activatedAt }: Store, caller: Caller): void {
  if (credentialId !== undefined && credentialId !== caller.credentialId) {
    throw new ServiceError('STORE_REPLACED', `store ${storeId} was activated again at ${activatedAt}`);
  }
  if (forked !== undefined) throw forkedError(storeId, forked);
}

export const forkedError = (
  storeId: Store['storeId'],
  { reason, detectedAt }: NonNullable<Store['forked']>,
): ServiceError =>
  new ServiceError(
    'STORE_FORKED',
    `store ${storeId} has more than one gateway since ${detectedAt}: ${reason}`,
    {
      details: { detectedAt, reason },
    },
  );
