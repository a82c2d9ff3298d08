import type { Instant } from '../../domain/instant.ts';

export interface PageRequest {
  /** 1–1000 */
  readonly limit: number;
  /** Of the page before; `PAGE_CURSOR_INVALID` is thrown when it is not one of this list's cursors. */
  readonly cursor?: string | undefined;
}

/** A keyset page: inserts elsewhere neither skip nor repeat a row. No cursor: the list ends here. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** Ties a POST to its Idempotency-Key: written in the same transaction as what the POST creates. */
export interface IdempotencyClaim {
  /** Caller, route and the caller's key. */
  readonly scope: string;
  /** SHA-256 (hex) of the request. */
  readonly requestSha256: string;
  /** What the request creates. */
  readonly resourceId: string;
  /** When the record may be forgotten (at least a day later). */
  readonly forgetAt: Instant;
}
/** The key was used before: for the same request (then `resourceId` is what it made), or for another. */
export type IdempotencyOutcome =
  | { readonly outcome: 'repeated'; readonly resourceId: string }
  | { readonly outcome: 'key-reused' };
