import { HeadObjectCommand, PutObjectRetentionCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { toMillis } from '../../../domain/instant.ts';
import type { Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** Needs s3:PutObjectRetention and s3:GetObjectRetention. S3 refuses a shorter lock than there is: then that one stays. */
export async function extendLock(
  { client, bucketName: Bucket }: VaultBucket,
  Key: string,
  { mode, until }: Parameters<Vault['extendLock']>[1],
): Promise<void> {
  const Mode = mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
  const Retention = { Mode, RetainUntilDate: new Date(until) } as const;
  try {
    await client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention }));
  } catch (error) {
    if (!(error instanceof S3ServiceException && error.name === 'AccessDenied')) throw error;
    const { ObjectLockRetainUntilDate: there } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    if (there === undefined || there.getTime() < toMillis(until)) throw error;
  }
}
