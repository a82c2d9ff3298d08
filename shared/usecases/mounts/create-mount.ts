import { parseExpire } from '../../domain/expire.ts';
import type { MountId, StoreId } from '../../domain/ids.ts';
import { journalStart, nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { requireInService } from '../stores/store-state.ts';

/** The vault that a deployment makes; ids of remote volumes begin here. */
const firstVolumeId = 10_001;

/**
 * Creates a mount on a store; the gateway makes its folders after its next poll. Throws STORE_NOT_FOUND,
 * STORE_STATE_CONFLICT, CAPABILITY_MISSING, MOUNT_NAME_TAKEN, EXPIRE_INVALID.
 */
export async function createMount(
  { catalog, clock, ids }: { catalog: Pick<Catalog, 'stores' | 'mounts'>; clock: Clock; ids: Ids },
  input: {
    storeId: StoreId;
    name: string;
    expire: string;
    maxPendingSnapshots: number;
    quotaBytes?: number | undefined;
    by?: string | undefined;
    idempotency?: IdempotencyKey | undefined;
  },
): Promise<Mount> {
  parseExpire(input.expire);
  const store = await catalog.stores.find(input.storeId);
  if (store === undefined) throw new ServiceError('STORE_NOT_FOUND', `there is no store ${input.storeId}`);
  requireInService(store);
  if (input.quotaBytes !== undefined) requireCapability(store, 'quota', 'a quota');
  const mountId = ids.mount();
  const facts = {
    mountId,
    storeId: input.storeId,
    name: input.name,
    volumeId: firstVolumeId,
    expire: input.expire,
    maxPendingSnapshots: input.maxPendingSnapshots,
    ...(input.quotaBytes !== undefined && { quotaBytes: input.quotaBytes }),
    createdAt: clock.now(),
  };
  const entry = nextJournalEntry(mountId, journalStart, {
    at: facts.createdAt,
    kind: 'mount-created',
    data: { ...facts, storeName: store.name, ...(input.by !== undefined && { by: input.by }) },
  });
  const mount: Mount = {
    ...facts,
    state: 'creating',
    seq: 0,
    lineVersion: 0,
    epoch: 1,
    fence: 0,
    journal: { number: entry.number, hash: entry.sha256, stored: 0 },
  };
  const result = await catalog.mounts.create(mount, entry, claimFor(input.idempotency, mountId, clock));
  switch (result.outcome) {
    case 'created':
      return mount;
    case 'name-taken':
      throw new ServiceError(
        'MOUNT_NAME_TAKEN',
        `store ${input.storeId} has a mount named ${input.name} already`,
      );
    case 'key-reused':
      throw keyReused();
    case 'repeated': {
      const known = await catalog.mounts.find(result.resourceId as MountId);
      if (known === undefined)
        throw new ServiceError('MOUNT_NOT_FOUND', `mount ${result.resourceId} is gone`);
      return known;
    }
  }
}
