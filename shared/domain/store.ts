import type { Role } from './access.ts';
import type { CredentialId, StoreId } from './ids.ts';
import type { Instant } from './instant.ts';

/**
 * `registered` until an activation code is used. `decommissioning` until its gateway has nothing left to upload, then
 * `decommissioned` for good.
 */
export type StoreState = 'registered' | 'active' | 'decommissioning' | 'decommissioned';

/** One gateway and its disks. */
export interface Store {
  readonly storeId: StoreId;
  readonly name: string;
  readonly state: StoreState;
  readonly createdAt: Instant;
  readonly activatedAt?: Instant;
  /** The token in force; a new activation replaces it, which fences the gateway that held the old one. */
  readonly credentialId?: CredentialId;
  readonly lastSeenAt?: Instant;
  readonly gatewayVersion?: string;
  /** Of its clock at that poll; what the poll took to come makes it a little less. */
  readonly clockAheadSeconds?: number;
  /** What its gateway says it can do; absent before its first poll. */
  readonly capabilities?: readonly string[];
  readonly decommissioningAt?: Instant;
  readonly decommissionedAt?: Instant;
  /** When new hardware took over. */
  readonly replacedAt?: Instant;
  /** The last poll under the present token. */
  readonly lastPoll?: PollMark;
  /** Set when polls showed that more than one gateway has the token; a new activation ends it. */
  readonly forked?: { readonly detectedAt: Instant; readonly reason: string };
}

/** Which state the use of an activation code leads to: new hardware ends no decommissioning. */
export const stateOnceActivated = (state: StoreState): StoreState =>
  state === 'registered' ? 'active' : state;

/** A poll as the next one must know it. */
export interface PollMark {
  readonly bootId: string;
  readonly pollNumber: number;
  readonly pollId: string;
  readonly afterPollId?: string;
}

/** A short-lived, single-use code that turns into a store's token. Only its SHA-256 (hex) is kept. */
export interface ActivationCode {
  readonly codeSha256: string;
  readonly storeId: StoreId;
  readonly expiresAt: Instant;
  readonly usedAt?: Instant;
  /** For new hardware that takes the store over. */
  readonly isReplacement?: boolean;
}

/** An API key or a store's token. Only the SHA-256 (hex) of its secret is kept. */
export interface Credential {
  readonly credentialId: CredentialId;
  readonly role: Role;
  /** Set exactly when role is `store`. */
  readonly storeId?: StoreId;
  readonly description: string;
  readonly secretSha256: string;
  readonly createdAt: Instant;
  readonly expiresAt?: Instant;
  readonly revokedAt?: Instant;
}
