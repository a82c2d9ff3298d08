import { validatePolicy } from '../iam/validate-policy.ts';
import type { PolicyDocument } from '../services.ts';
import { S3_CONDITION_KEYS } from './condition-keys.ts';
import type { Database } from './database.ts';
import { checkLifecycle } from './lifecycle-rules.ts';
import type { BucketConfig, BucketSettings } from './options.ts';
import { S3Error } from './s3-error.ts';

/** As GetBucketVersioning gives it; a bucket that never had versioning is Off. */
export type Versioning = 'Off' | 'Enabled' | 'Suspended';

export interface Bucket extends BucketSettings {
  readonly name: string;
  readonly created: number;
  readonly versioning: Versioning;
  readonly hasEvents: boolean;
}

/** A setting that is undefined is taken away. */
export type BucketChange = BucketSettings & { readonly versioning?: Versioning };

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Adjacent dots, addresses of IPv4, and the beginnings and ends that AWS keeps for itself. */
const RESERVED_NAME =
  /\.\.|^\d+\.\d+\.\d+\.\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;
const SETTINGS: readonly (keyof BucketSettings)[] = [
  'policy',
  'eventBridge',
  'encryption',
  'kmsKeyId',
  'bucketKey',
  'objectLock',
  'lifecycle',
  'publicAccessBlock',
];

/** Buckets and their configuration, kept in memory and in the database. */
export class BucketRegistry {
  readonly #statements;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ sql }: Database) {
    this.#statements = {
      put: sql.prepare(
        'INSERT OR REPLACE INTO buckets(name, created, versioning, config) VALUES (?, ?, ?, ?)',
      ),
      remove: sql.prepare('DELETE FROM buckets WHERE name = ?'),
    };
    for (const row of sql.prepare('SELECT * FROM buckets').all()) {
      const settings = pickSettings(JSON.parse(String(row.config)) as BucketSettings);
      this.#remember(String(row.name), Number(row.created), row.versioning as Versioning, settings);
    }
  }

  /** Throws S3Error NoSuchBucket. */
  get(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) return bucket;
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: name },
    });
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * What the template says of a bucket wins over all that was set before. Only a lock stays on once it was, and
   * versioning with it, as AWS keeps them.
   */
  put(config: BucketConfig, now: number): void {
    const { name, versioning: isVersioned, ...settings } = config;
    if (!isBucketName(name)) throw new TypeError(`"${name}" is not a valid bucket name.`);
    const unknown = Object.keys(settings).find((field) => !SETTINGS.some((known) => known === field));
    if (unknown !== undefined) {
      throw new TypeError(`Bucket ${name}: ${unknown} is not supported by the local S3.`);
    }
    if (settings.objectLock !== undefined && !isVersioned) {
      throw new TypeError(`Bucket ${name}: Object Lock needs versioning.`);
    }
    if (settings.lifecycle !== undefined) checkLifecycle(settings.lifecycle);
    if (settings.policy !== undefined) checkBucketPolicy(settings.policy);
    const existing = this.#buckets.get(name);
    const objectLock = settings.objectLock ?? (existing?.objectLock && {});
    const hadVersioning = existing !== undefined && existing.versioning !== 'Off';
    const versioning =
      isVersioned || objectLock !== undefined ? 'Enabled' : hadVersioning ? 'Suspended' : 'Off';
    this.#store(name, existing?.created ?? now, versioning, { ...settings, objectLock });
  }

  /** Throws BucketAlreadyOwnedByYou: all buckets here belong to the one account. */
  create(name: string, settings: BucketSettings, now: number): void {
    if (!isBucketName(name)) {
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', {
        details: { BucketName: name },
      });
    }
    if (this.#buckets.has(name)) {
      throw new S3Error(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        { details: { BucketName: name } },
      );
    }
    this.#store(name, now, settings.objectLock === undefined ? 'Off' : 'Enabled', settings);
  }

  /** Throws S3Error NoSuchBucket. */
  change(name: string, change: BucketChange): void {
    const bucket = this.get(name);
    const { versioning = bucket.versioning, ...changed } = change;
    this.#store(name, bucket.created, versioning, { ...pickSettings(bucket), ...changed });
  }

  remove(name: string): void {
    this.#statements.remove.run(name);
    this.#buckets.delete(name);
  }

  #store(name: string, created: number, versioning: Versioning, settings: BucketSettings): void {
    this.#statements.put.run(name, created, versioning, JSON.stringify(settings));
    this.#remember(name, created, versioning, settings);
  }

  #remember(name: string, created: number, versioning: Versioning, settings: BucketSettings): void {
    this.#buckets.set(name, {
      ...settings,
      name,
      created,
      versioning,
      hasEvents: settings.eventBridge ?? false,
    });
  }
}

/** Throws PolicyError for a policy that would not be enforced as AWS enforces it. */
export function checkBucketPolicy(policy: PolicyDocument): void {
  validatePolicy(policy, { kind: 'resource', service: 's3', conditionKeys: S3_CONDITION_KEYS });
}

function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name) && !RESERVED_NAME.test(name);
}

function pickSettings(bucket: BucketSettings): BucketSettings {
  return Object.fromEntries(SETTINGS.map((name) => [name, bucket[name]]));
}
