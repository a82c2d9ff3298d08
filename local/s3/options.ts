import type {
  EventEnvelope,
  LocalClock,
  LocalCredential,
  LocalService,
  PolicyDocument,
} from '../services.ts';

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
  /** Creates a bucket or replaces its configuration. Throws PolicyError for a policy that cannot be enforced. */
  putBucket(config: BucketConfig): void;
}

export interface BucketConfig {
  readonly name: string;
  /** Turning it off again suspends it, as in AWS: versions that exist stay. */
  readonly versioning: boolean;
  readonly policy?: PolicyDocument;
  readonly eventBridge?: boolean;
  /**
   * Default encryption of the bucket. Nothing is encrypted here; but ETags of objects under a KMS key are not
   * MD5 sums in AWS, so they are not here, either.
   */
  readonly encryption?: 'AES256' | 'aws:kms';
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
