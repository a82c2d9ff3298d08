import { createHash } from 'node:crypto';
import type { MountId } from './ids.ts';
import type { JournalPosition } from './mount.ts';

/** One link of a mount's journal: fixed bytes, stored in order under `journal/{number}`. */
export interface JournalEntry {
  readonly mountId: MountId;
  readonly number: number;
  /** Canonical JSON: `{"version":1,"number":…,"previousSha256":…,"at":…,"kind":…,"data":…}`. */
  readonly bytes: string;
  /** SHA-256 (hex) of `bytes`. */
  readonly sha256: string;
}

/** Where a mount's journal begins. */
export const journalStart: JournalPosition = { number: 0, hash: '0'.repeat(64), stored: 0 };

/**
 * The entry that follows `position`. Its bytes are fixed here, once: a retry of the transaction that holds it makes
 * them anew, and storing it again after a crash must give the same object.
 */
export function nextJournalEntry(
  mountId: MountId,
  position: JournalPosition,
  event: { readonly at: string; readonly kind: string; readonly data: object },
): JournalEntry {
  const number = position.number + 1;
  const { at, kind, data } = event;
  const bytes = JSON.stringify({ version: 1, number, previousSha256: position.hash, at, kind, data });
  return { mountId, number, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
