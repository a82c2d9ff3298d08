import { HeadObjectCommand, NotFound, S3ServiceException } from '@aws-sdk/client-s3';
import { toInstant } from '../../../domain/instant.ts';
import type { Vault, VersionRef } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** HEAD shows the lock to whoever may read it: needs s3:GetObjectRetention and s3:GetObjectLegalHold. */
export async function lockOf(
  { client, bucketName }: VaultBucket,
  { key, versionId }: VersionRef,
): ReturnType<Vault['lockOf']> {
  try {
    const head = await client.send(
      new HeadObjectCommand({ Bucket: bucketName, Key: key, VersionId: versionId }),
    );
    const { ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = head;
    const hasLegalHold = hold === 'ON';
    if (until === undefined && !hasLegalHold) return undefined;
    return { ...(until && { until: toInstant(until) }), hasLegalHold };
  } catch (error) {
    if (error instanceof NotFound || isDeleteMarker(error)) return undefined;
    throw error;
  }
}

/** A marker has no content to ask for: S3 allows no HEAD of it, and never locks it. */
const isDeleteMarker = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 405;
