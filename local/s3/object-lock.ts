import { hasDigest } from './integrity.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { DAY_MILLISECONDS } from './times.ts';

export const LOCK_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
export type LockMode = (typeof LOCK_MODES)[number];

export interface Retention {
  readonly mode: LockMode;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What protects a version; both parts are independent of each other. */
export interface ObjectLock {
  readonly retention?: Retention | undefined;
  readonly legalHold?: 'ON' | 'OFF' | undefined;
}

/** What a bucket gives to each new version that brings no retention of its own: days or years, not both. */
export interface DefaultRetention {
  readonly mode: LockMode;
  readonly days?: number | undefined;
  readonly years?: number | undefined;
}

/** The part of a bucket's configuration that is about locks: present when Object Lock is on. */
export interface LockSettings {
  readonly objectLock?: { readonly defaultRetention?: DefaultRetention | undefined } | undefined;
}

/** AWS counts a year as 365 days here. */
const YEAR_DAYS = 365;

/** Reads what a write says about the lock of its object. Throws S3's refusals. */
export function readLock({ headers, now }: S3Call, bucket: LockSettings): ObjectLock | undefined {
  const mode = headers.get('x-amz-object-lock-mode');
  const until = headers.get('x-amz-object-lock-retain-until-date');
  const legalHold = headers.get('x-amz-object-lock-legal-hold');
  if (mode === undefined && until === undefined && legalHold === undefined) return undefined;
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
    );
  }
  const retention =
    mode === undefined || until === undefined ? undefined : readRetention(mode, until, now, headerNames);
  if (legalHold !== undefined && legalHold !== 'ON' && legalHold !== 'OFF') {
    throw invalidArgument(
      "Legal Hold must be either of 'ON' or 'OFF'",
      'x-amz-object-lock-legal-hold',
      legalHold,
    );
  }
  if (bucket.objectLock === undefined) {
    throw new S3Error('InvalidRequest', 'Bucket is missing ObjectLockConfiguration');
  }
  return { retention, legalHold };
}

const headerNames = { mode: 'x-amz-object-lock-mode', until: 'x-amz-object-lock-retain-until-date' };

/** A retention as a client gives it; `names` are the arguments to name in a refusal. */
export function readRetention(
  mode: string,
  until: string,
  now: number,
  names: { readonly mode: string; readonly until: string },
): Retention {
  const known = LOCK_MODES.find((one) => one === mode);
  if (known === undefined) throw invalidArgument('Unknown wormMode directive.', names.mode, mode);
  const time = /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(time)) {
    throw invalidArgument('The retain until date must be provided in ISO 8601 format', names.until, until);
  }
  if (time <= now) throw invalidArgument('The retain until date must be in the future!', names.until, until);
  return { mode: known, until: time };
}

/** The lock of a version that is made now: its own, or the bucket's default retention. */
export function effectiveLock(
  own: ObjectLock | undefined,
  bucket: LockSettings,
  created: number,
): ObjectLock | undefined {
  const standard = bucket.objectLock?.defaultRetention;
  if (standard === undefined || own?.retention !== undefined) return own;
  const days = standard.days ?? (standard.years ?? 0) * YEAR_DAYS;
  return { ...own, retention: { mode: standard.mode, until: created + days * DAY_MILLISECONDS } };
}

/**
 * A lock would keep damaged bytes as well as whole ones, so AWS takes no locked body without a digest of it.
 * The hash in the signature does not count.
 */
export function refuseUndigestedLock(
  { headers }: S3Call,
  lock: ObjectLock | undefined,
  bucket: LockSettings,
  request: 'Put Object' | 'Put Part',
): void {
  if (lock === undefined && bucket.objectLock?.defaultRetention === undefined) return;
  if (hasDigest(headers)) return;
  throw new S3Error(
    'InvalidRequest',
    `Content-MD5 OR x-amz-checksum- HTTP header is required for ${request} requests with Object Lock parameters`,
  );
}

export function isRetained({ retention }: ObjectLock, now: number): boolean {
  return retention !== undefined && retention.until > now;
}

/** True when nobody, or nobody without the bypass, may delete this version. */
export function isLocked(lock: ObjectLock | undefined, now: number): boolean {
  return lock !== undefined && (lock.legalHold === 'ON' || isRetained(lock, now));
}

export function invalidArgument(message: string, name: string, value?: string): S3Error {
  const details = { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) };
  return new S3Error('InvalidArgument', message, { details });
}
