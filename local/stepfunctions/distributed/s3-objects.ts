import { Agent } from 'node:http';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { LocalCredential } from '../../services.ts';
import type { ObjectStore, ObjectSummary, OpenObjects } from './objects.ts';

/** S3 at an endpoint. Each role calls with its own key, so that its policies are enforced. */
export function openS3Objects(
  endpoint: string,
  region: string,
  credentialOf: (roleArn: string) => LocalCredential,
): OpenObjects {
  const stores = new Map<string, ObjectStore>();
  return (roleArn) => {
    const known = stores.get(roleArn);
    if (known !== undefined) {
      return known;
    }
    // Calls are few: no connection is kept that would have to be closed with the services.
    const requestHandler = { httpAgent: new Agent({ keepAlive: false }) };
    const store = describeStore(
      new S3Client({
        endpoint,
        region,
        credentials: credentialOf(roleArn),
        forcePathStyle: true,
        requestHandler,
      }),
    );
    stores.set(roleArn, store);
    return store;
  };
}

function describeStore(client: S3Client): ObjectStore {
  return {
    async get({ bucket: Bucket, key: Key, versionId: VersionId }) {
      const command = new GetObjectCommand({ Bucket, Key, ...(VersionId !== undefined && { VersionId }) });
      const { Body } = await client.send(command);
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async put({ bucket: Bucket, key: Key }, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' }));
    },
    async list({ bucket: Bucket, prefix: Prefix }, limit) {
      const found: ObjectSummary[] = [];
      const request = { Bucket, ...(Prefix !== undefined && { Prefix }) };
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, request)) {
        for (const { ETag, Key, LastModified, Size, StorageClass } of Contents) {
          found.push({
            etag: ETag ?? '',
            key: Key ?? '',
            lastModified: LastModified?.getTime() ?? 0,
            sizeBytes: Size ?? 0,
            storageClass: StorageClass ?? 'STANDARD',
          });
        }
        if (found.length >= limit) {
          break;
        }
      }
      return found.slice(0, limit);
    },
  };
}
