import { hashSecret } from '../../domain/credential.ts';
import type { StoreId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { ActivationCode, Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';

/** Long enough to walk over to the machine, short enough that a code found later is worthless. */
const codeLifeMillis = 60 * 60_000;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'stores'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A code as its admin sees it, once. */
export interface ShownCode {
  readonly code: string;
  readonly expiresAt: Instant;
}

function makeCode({ clock, ids }: Dependencies, storeId: StoreId): { code: string; record: ActivationCode } {
  const code = ids.secret();
  return {
    code,
    record: { codeSha256: hashSecret(code), storeId, expiresAt: addMillis(clock.now(), codeLifeMillis) },
  };
}

/**
 * Registers a store with its first activation code. Throws STORE_NAME_TAKEN. A repeated request (same idempotency
 * key) answers the same store with a new code, since the first code was never kept.
 */
export async function registerStore(
  dependencies: Dependencies,
  input: { name: string; idempotency?: IdempotencyKey | undefined },
): Promise<{ store: Store; activation: ShownCode }> {
  const { catalog, clock, ids } = dependencies;
  const store: Store = {
    storeId: ids.store(),
    name: input.name,
    state: 'registered',
    createdAt: clock.now(),
  };
  const { code, record } = makeCode(dependencies, store.storeId);
  const claim = claimFor(input.idempotency, store.storeId, clock);
  const result = await catalog.stores.create(store, record, claim);
  switch (result.outcome) {
    case 'created':
      return { store, activation: { code, expiresAt: record.expiresAt } };
    case 'name-taken':
      throw new ServiceError('STORE_NAME_TAKEN', `there is a store named ${input.name} already`);
    case 'key-reused':
      throw keyReused();
    case 'repeated': {
      const storeId = result.resourceId as StoreId;
      const known = await catalog.stores.find(storeId);
      if (known === undefined) throw new ServiceError('STORE_NOT_FOUND', `store ${storeId} is gone`);
      return { store: known, activation: await createActivationCode(dependencies, storeId) };
    }
  }
}

/** A new code for a store that exists. Using it replaces the store's token. */
export async function createActivationCode(dependencies: Dependencies, storeId: StoreId): Promise<ShownCode> {
  const { catalog } = dependencies;
  if ((await catalog.stores.find(storeId)) === undefined) {
    throw new ServiceError('STORE_NOT_FOUND', `there is no store ${storeId}`);
  }
  const { code, record } = makeCode(dependencies, storeId);
  await catalog.stores.addActivationCode(record);
  return { code, expiresAt: record.expiresAt };
}

/**
 * A code by which new hardware takes over a store: its mounts and the line of their recovery points. Nothing changes
 * until it is used. Throws STORE_NOT_FOUND, STORE_NOT_ACTIVE.
 */
export async function orderReplacement(dependencies: Dependencies, storeId: StoreId): Promise<ShownCode> {
  const { catalog } = dependencies;
  const store = await catalog.stores.find(storeId);
  if (store === undefined) throw new ServiceError('STORE_NOT_FOUND', `there is no store ${storeId}`);
  if (store.state === 'registered') {
    throw new ServiceError('STORE_NOT_ACTIVE', `store ${storeId} never had a gateway that could be replaced`);
  }
  const { code, record } = makeCode(dependencies, storeId);
  await catalog.stores.addActivationCode({ ...record, isReplacement: true });
  return { code, expiresAt: record.expiresAt };
}
