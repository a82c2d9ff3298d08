import { totalmem } from 'node:os';
import type {
  EventEnvelope,
  LocalClock,
  LocalCredential,
  LocalService,
  PolicyDocument,
} from '../services.ts';
import type { EncryptionSettings } from './encryption.ts';
import type { LifecycleConfiguration } from './lifecycle-rules.ts';
import type { LockSettings } from './object-lock.ts';

export interface S3Options {
  /** Holds bodies and metadata; created when absent. One process at a time. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: readonly LocalCredential[] | (() => readonly LocalCredential[]);
  /** Default 0: any free port. */
  readonly port?: number;
  readonly clock?: LocalClock;
  /**
   * Called for each event of a bucket with `eventBridge` until it resolves. Events are stored with the change
   * they report and survive a restart; they may come twice and out of order, as S3's do.
   */
  readonly onEvent?: (event: EventEnvelope) => Promise<void>;
  readonly limits?: Partial<S3Limits>;
  /**
   * How long a Standard retrieval from GLACIER takes, by the server's clock; other tiers and DEEP_ARCHIVE keep
   * AWS's proportion to it. Default: the five hours of AWS.
   */
  readonly thawSeconds?: number;
  /**
   * Memory for the bodies stored last, of which the server answers without the disk; each of them may take an eighth
   * of it. 0: none. Default: a sixteenth of the machine's memory, at most 1 GiB.
   */
  readonly keptBytes?: number;
}

/** S3's limits. Tests may lower them; nothing may raise them. */
export interface S3Limits {
  /** Largest body of one PutObject or UploadPart. */
  readonly maxPutBytes: number;
  /** Smallest part of a multipart upload, except its last. */
  readonly minPartBytes: number;
  /** Most entries of one list page. */
  readonly maxPageEntries: number;
}

export interface LocalS3 extends LocalService {
  /**
   * Creates a bucket or replaces all of its configuration, also what was set through the API; its objects stay.
   * Throws PolicyError for a policy that cannot be enforced, S3Error for rules that AWS refuses, too.
   */
  putBucket(config: BucketConfig): void;
  /**
   * Carries out what is due by the clock: retrievals that end, copies that lapse, lifecycle rules. The server
   * does so every second by itself.
   */
  tick(): Promise<void>;
}

export interface BucketConfig extends BucketSettings {
  readonly name: string;
  /** Turning it off again suspends it, as in AWS: versions that exist stay. */
  readonly versioning: boolean;
}

/** What can be set about a bucket beside its versioning. A lock needs versioning, and is never turned off. */
export interface BucketSettings extends EncryptionSettings, LockSettings {
  readonly policy?: PolicyDocument | undefined;
  readonly eventBridge?: boolean | undefined;
  readonly lifecycle?: LifecycleConfiguration | undefined;
  /** Absent: all four on, as in a new bucket of AWS. */
  readonly publicAccessBlock?: PublicAccessBlock | 'none' | undefined;
}

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

const AWS_LIMITS: S3Limits = {
  maxPutBytes: 5 * 2 ** 30,
  minPartBytes: 5 * 2 ** 20,
  maxPageEntries: 1000,
};

export function resolveLimits(lowered: Partial<S3Limits> = {}): S3Limits {
  const limits = { ...AWS_LIMITS, ...lowered };
  for (const name of ['maxPutBytes', 'minPartBytes', 'maxPageEntries'] as const) {
    if (!(limits[name] >= 1 && limits[name] <= AWS_LIMITS[name])) {
      throw new RangeError(
        `limits.${name} must be between 1 and AWS's ${AWS_LIMITS[name]}, not ${limits[name]}`,
      );
    }
  }
  return limits;
}

const MAX_KEPT_BYTES = 2 ** 30;

export function resolveKeptBytes(bytes = Math.min(MAX_KEPT_BYTES, totalmem() / 16)): number {
  if (bytes >= 0 && Number.isFinite(bytes)) return bytes;
  throw new RangeError(`keptBytes must be a number of bytes, not ${bytes}`);
}

const AWS_THAW_SECONDS = 5 * 3600;

export function resolveThawSeconds(seconds = AWS_THAW_SECONDS): number {
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new RangeError(`thawSeconds must be a number of seconds, not ${seconds}`);
}
