import type { S3Client } from '@aws-sdk/client-s3';
import type { Vault } from '../../ports/vault.ts';
import { translateFailures } from '../failures.ts';
import { listVersions } from './vault/list-versions.ts';
import { putOnce } from './vault/put-once.ts';
import { headObject, readObject } from './vault/read-object.ts';
import { signGet, signPut } from './vault/sign.ts';

/** A bucket, and the client to reach it. */
export interface VaultBucket {
  /** Made with `requestChecksumCalculation: 'WHEN_REQUIRED'`, so that it adds nothing of its own to what is signed. */
  readonly client: S3Client;
  readonly bucketName: string;
}

/** The vault in an S3 bucket with versioning. Needs s3:ListBucket, or S3 answers 403 where an object is missing. */
export const createAwsVault = (bucket: VaultBucket): Vault =>
  translateFailures<Vault>('vault', {
    signPut: (request) => signPut(bucket, request),
    signGet: (request) => signGet(bucket, request),
    listVersions: (request) => listVersions(bucket, request),
    head: (key) => headObject(bucket, key),
    read: (key, range) => readObject(bucket, key, range),
    putOnce: (key, bytes) => putOnce(bucket, key, bytes),
  });
