import { validatePolicy } from '../iam/validate-policy.ts';
import type { PolicyDocument } from '../services.ts';
import { S3_CONDITION_KEYS } from './condition-keys.ts';
import type { Database } from './database.ts';
import type { BucketConfig } from './options.ts';
import { S3Error } from './s3-error.ts';

/** As GetBucketVersioning gives it; a bucket that never had versioning is Off. */
export type Versioning = 'Off' | 'Enabled' | 'Suspended';

export interface Bucket {
  readonly name: string;
  readonly created: number;
  readonly versioning: Versioning;
  readonly policy: PolicyDocument | undefined;
  readonly hasEvents: boolean;
  /** ETags of objects under a KMS key are not MD5 sums. */
  readonly hasOpaqueEtags: boolean;
}

const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const CONFIG_FIELDS = ['name', 'versioning', 'policy', 'eventBridge', 'encryption'];

/** Buckets and their configuration, kept in memory and in the database. */
export class BucketRegistry {
  readonly #database: Database;
  readonly #buckets = new Map<string, Bucket>();

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.sql.prepare('SELECT * FROM buckets').all()) {
      const config = JSON.parse(String(row.config)) as BucketConfig;
      this.#remember(config, Number(row.created), row.versioning as Versioning);
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

  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(config: BucketConfig, now: number): void {
    if (!BUCKET_NAME.test(config.name)) throw new TypeError(`"${config.name}" is not a valid bucket name.`);
    const unknown = Object.keys(config).find((field) => !CONFIG_FIELDS.includes(field));
    if (unknown !== undefined) {
      throw new TypeError(`Bucket ${config.name}: ${unknown} is not supported by the local S3.`);
    }
    if (config.policy !== undefined) {
      validatePolicy(config.policy, { kind: 'resource', service: 's3', conditionKeys: S3_CONDITION_KEYS });
    }
    const existing = this.#buckets.get(config.name);
    const hadVersioning = existing !== undefined && existing.versioning !== 'Off';
    const versioning = config.versioning ? 'Enabled' : hadVersioning ? 'Suspended' : 'Off';
    const created = existing?.created ?? now;
    this.#database.sql
      .prepare('INSERT OR REPLACE INTO buckets(name, created, versioning, config) VALUES (?, ?, ?, ?)')
      .run(config.name, created, versioning, JSON.stringify(config));
    this.#remember(config, created, versioning);
  }

  #remember(config: BucketConfig, created: number, versioning: Versioning): void {
    this.#buckets.set(config.name, {
      name: config.name,
      created,
      versioning,
      policy: config.policy,
      hasEvents: config.eventBridge ?? false,
      hasOpaqueEtags: config.encryption === 'aws:kms',
    });
  }
}
