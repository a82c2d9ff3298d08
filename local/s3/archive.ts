import { S3Error } from './s3-error.ts';
import type { StorageClass } from './storage-class.ts';
import { httpDate, midnightBehind } from './times.ts';

export const RETRIEVAL_TIERS = ['Expedited', 'Standard', 'Bulk'] as const;
export type RetrievalTier = (typeof RETRIEVAL_TIERS)[number];

export type ArchiveClass = 'GLACIER' | 'DEEP_ARCHIVE';

/** A temporary copy of an archived object, asked for or made. Times in milliseconds since the epoch. */
export interface Restore {
  readonly tier: RetrievalTier;
  readonly days: number;
  readonly requested: number;
  /** From then on the copy can be read. */
  readonly completes: number;
  /** From then on it cannot be read any more. */
  readonly expires: number;
  /** The event that tells of the copy is on its way. */
  readonly isAnnounced: boolean;
}

/** What is asked about an object here. */
interface Restorable {
  readonly attributes: { readonly storageClass: StorageClass };
  readonly restore?: Restore | undefined;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The longest that AWS says a retrieval takes. Deep archives have no expedited one. */
const THAW: Readonly<Record<ArchiveClass, Readonly<Partial<Record<RetrievalTier, number>>>>> = {
  GLACIER: { Expedited: 5 * MINUTE, Standard: 5 * HOUR, Bulk: 12 * HOUR },
  DEEP_ARCHIVE: { Standard: 12 * HOUR, Bulk: 48 * HOUR },
};
const REFERENCE_SECONDS = (5 * HOUR) / 1000;

export function archiveClassOf(storageClass: StorageClass): ArchiveClass | undefined {
  return storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE' ? storageClass : undefined;
}

/**
 * Milliseconds that a retrieval takes, or undefined when the class does not have this tier. `thawSeconds` is
 * what a Standard retrieval from GLACIER takes here; the others keep AWS's proportion to it.
 */
export function thawMilliseconds(
  archiveClass: ArchiveClass,
  tier: RetrievalTier,
  thawSeconds: number,
): number | undefined {
  const ofAws = THAW[archiveClass][tier];
  return ofAws === undefined ? undefined : Math.round((ofAws * thawSeconds) / REFERENCE_SECONDS);
}

/**
 * S3 adds the days to the time of the request and goes on to the next midnight UTC. A retrieval that takes
 * longer than that counts its days from its end: a copy that lapses before it is made would help nobody.
 */
export function restoreExpiry(requested: number, completes: number, days: number): number {
  const expires = midnightBehind(requested, days);
  return expires > completes ? expires : midnightBehind(completes, days);
}

/** Whether the copy is being made, can be read, or is not there. */
export function restoreState(restore: Restore | undefined, now: number): 'none' | 'ongoing' | 'readable' {
  if (restore === undefined || now >= restore.expires) return 'none';
  return now < restore.completes ? 'ongoing' : 'readable';
}

/** Throws InvalidObjectState for an archived object without a readable copy. */
export function refuseArchived(object: Restorable, now: number, message = READ_REFUSAL): void {
  const { storageClass } = object.attributes;
  if (archiveClassOf(storageClass) === undefined || restoreState(object.restore, now) === 'readable') return;
  throw new S3Error('InvalidObjectState', message, { details: { StorageClass: storageClass } });
}

const READ_REFUSAL = "The operation is not valid for the object's storage class";
export const COPY_REFUSAL = "Operation is not valid for the source object's storage class";

export function restoreHeaders(
  { restore }: Pick<Restorable, 'restore'>,
  now: number,
): Record<string, string> {
  const state = restoreState(restore, now);
  if (restore === undefined || state === 'none') return {};
  const value =
    state === 'ongoing'
      ? 'ongoing-request="true"'
      : `ongoing-request="false", expiry-date="${httpDate(restore.expires)}"`;
  return { 'x-amz-restore': value };
}
