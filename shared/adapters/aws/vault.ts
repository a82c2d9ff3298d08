import type { Vault } from '../../ports/vault.ts';
import { translateFailures } from '../failures.ts';
import type { VaultBucket } from './vault/bucket.ts';
import { deleteVersions } from './vault/delete-versions.ts';
import { extendLock } from './vault/extend-lock.ts';
import { listFolders } from './vault/list-folders.ts';
import { listStorage } from './vault/list-storage.ts';
import { listVersions } from './vault/list-versions.ts';
import { lockOf } from './vault/lock-of.ts';
import { putOnce } from './vault/put-once.ts';
import { headObject, readObject } from './vault/read-object.ts';
import { createSigner } from './vault/sign.ts';
import { markCold, thaw } from './vault/thaw.ts';

/** The vault in an S3 bucket with versioning. Needs s3:ListBucket, or S3 answers 403 where an object is missing. */
export const createAwsVault = (bucket: VaultBucket): Vault =>
  translateFailures<Vault>('vault', {
    ...createSigner(bucket),
    listVersions: (request) => listVersions(bucket, request),
    listFolders: (request) => listFolders(bucket, request),
    head: (key) => headObject(bucket, key),
    read: (key, range) => readObject(bucket, key, range),
    putOnce: (key, bytes) => putOnce(bucket, key, bytes),
    deleteVersions: (versions) => deleteVersions(bucket, versions),
    extendLock: (key, lock) => extendLock(bucket, key, lock),
    lockOf: (version) => lockOf(bucket, version),
    listStorage: (request) => listStorage(bucket, request),
    markCold: (key) => markCold(bucket, key),
    thaw: (key, request) => thaw(bucket, key, request),
  });
