import type { Caller } from '../../domain/access.ts';
import type { StoreId } from '../../domain/ids.ts';
import type { Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findStore } from '../access/find-owned.ts';
import { requireCapability } from './require-capability.ts';

/** Each lost race means that somebody else changed the state; there are few states to go through. */
const maxAttempts = 5;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'stores' | 'credentials'>;
  readonly clock: Clock;
}

/**
 * Begins to take a store out of service: its gateway takes no more backups and uploads what is pending; with the poll
 * that reports nothing left the store is decommissioned. At once where nobody will report: the store was never
 * activated, or its gateway is lost, whose token ends with it. Again changes nothing.
 * Throws STORE_NOT_FOUND, CAPABILITY_MISSING.
 */
export async function decommissionStore(
  dependencies: Dependencies,
  caller: Caller,
  { storeId, gatewayIsLost }: { storeId: StoreId; gatewayIsLost: boolean },
): Promise<Store> {
  const store = await moveStore(dependencies, caller, storeId, (current) => {
    if (current.state === 'decommissioned') return undefined;
    if (current.state === 'registered' || gatewayIsLost) return 'decommissioned';
    if (current.state === 'decommissioning') return undefined;
    requireCapability(current, 'decommission', 'decommissioning');
    return 'decommissioning';
  });
  if (gatewayIsLost && store.state === 'decommissioned') await revokeToken(dependencies, store);
  return store;
}

/**
 * Takes a store back into service that is still decommissioning; again changes nothing.
 * Throws STORE_NOT_FOUND, STORE_STATE_CONFLICT.
 */
export function recommissionStore(
  dependencies: Dependencies,
  caller: Caller,
  storeId: StoreId,
): Promise<Store> {
  return moveStore(dependencies, caller, storeId, ({ state }) => {
    if (state === 'decommissioning') return 'active';
    if (state === 'active') return undefined;
    const hint =
      state === 'registered'
        ? 'Activate it with its activation code.'
        : 'That is final: register another store with POST /v1/stores.';
    throw new ServiceError('STORE_STATE_CONFLICT', `store ${storeId} is ${state}`, {
      details: { state },
      hint,
    });
  });
}

/** Ends the token of a decommissioned store. */
export async function revokeToken(
  { catalog, clock }: Dependencies,
  { credentialId }: Pick<Store, 'credentialId'>,
): Promise<void> {
  if (credentialId !== undefined) await catalog.credentials.revoke(credentialId, clock.now());
}

/** Refuses what a store that is going, or has gone, out of service will not do any more. Throws STORE_STATE_CONFLICT. */
export function requireInService({ storeId, state }: Pick<Store, 'storeId' | 'state'>): void {
  if (state === 'registered' || state === 'active') return;
  throw new ServiceError('STORE_STATE_CONFLICT', `store ${storeId} is ${state}`, { details: { state } });
}

/** `decide` answers the state that the store is to have, or undefined when it stays as it is. */
async function moveStore(
  { catalog, clock }: Dependencies,
  caller: Caller,
  storeId: StoreId,
  decide: (store: Store) => 'active' | 'decommissioning' | 'decommissioned' | undefined,
): Promise<Store> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const store = await findStore(catalog, caller, storeId);
    const next = decide(store);
    if (next === undefined) return store;
    if ((await catalog.stores.changeState(storeId, store.state, next, clock.now())) === 'changed') {
      return findStore(catalog, caller, storeId);
    }
  }
  throw new ServiceError('COMMIT_CONFLICT', `store ${storeId} changes its state too often at once`);
}
