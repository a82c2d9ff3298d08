import type { StoreId } from './ids.ts';

export const roles = ['viewer', 'operator', 'admin', 'auditor', 'store'] as const;
/** What a credential may do; the roles of each route stand in the route table. */
export type Role = (typeof roles)[number];

/** Who is calling: what the authorizer found out. Rights are checked per route, not here. */
export interface Caller {
  readonly credentialId: string;
  readonly role: Role;
  /** Set exactly when role is `store`: a store sees its own mounts only. */
  readonly storeId?: StoreId;
}

/**
 * Whether the caller may see what belongs to a store. People see every store; a store sees itself. What a caller may
 * not see is answered as missing, so that ids of others cannot be probed.
 */
export const maySee = (caller: Caller, storeId: StoreId): boolean =>
  caller.role !== 'store' || caller.storeId === storeId;
