import type { Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';

/** What a gateway may say it can do, as far as orders depend on it. */
export type Capability =
  | 'quota'
  | 'mount-deletion'
  | 'decommission'
  | 'stage-restore'
  | 'restore-options'
  | 'backup-request'
  | 'restore-targets'
  | 'staged-leases'
  | 'clones'
  | 'take-snapshot';

/**
 * Refuses an order that the store's gateway could not carry out, when it is given: a gateway leaves out what it does not
 * know, and the order would come to nothing in silence. One that never polled is not known to be able.
 */
export function requireCapability(
  { storeId, gatewayVersion, capabilities }: Store,
  capability: Capability,
  purpose: string,
): void {
  if (capabilities?.includes(capability)) return;
  const known = capabilities
    ? `version ${gatewayVersion} on store ${storeId} has ${capabilities.join(', ') || 'none'}`
    : `store ${storeId} has had no gateway that told what it can do`;
  throw new ServiceError(
    'CAPABILITY_MISSING',
    `${purpose} needs a gateway with the capability ${capability}; ${known}`,
    { details: { capability, storeId } },
  );
}
