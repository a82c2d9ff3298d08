import { type _Object as ListedObject, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { toInstant } from '../../../domain/instant.ts';
import type { StoragePage, StoredObject, Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** One page of the newest versions under a prefix, with their classes and what becomes of their thaws. Needs s3:ListBucket. */
export async function listStorage(
  { client, bucketName }: VaultBucket,
  { prefix, after }: Parameters<Vault['listStorage']>[0],
): Promise<StoragePage> {
  const { Contents = [], IsTruncated } = await client.send(
    new ListObjectsV2Command({
      Bucket: bucketName,
      Prefix: prefix,
      OptionalObjectAttributes: ['RestoreStatus'],
      ...(after !== undefined && { StartAfter: after }),
    }),
  );
  const objects = Contents.map(toStored);
  const last = objects.at(-1);
  return { objects, ...(IsTruncated && last && { next: last.key }) };
}

function toStored({
  Key: key,
  Size: sizeBytes,
  LastModified,
  StorageClass: storageClass = 'STANDARD',
  RestoreStatus,
}: ListedObject): StoredObject {
  if (key === undefined || sizeBytes === undefined || LastModified === undefined) {
    throw new Error(`S3 listed an object without key, size or time: ${key}`);
  }
  const { IsRestoreInProgress: isOngoing, RestoreExpiryDate: until } = RestoreStatus ?? {};
  return {
    ...{ key, sizeBytes, storageClass, storedAt: toInstant(LastModified) },
    ...(isOngoing ? { copy: 'ongoing' as const } : until && { copy: { until: toInstant(until) } }),
  };
}
