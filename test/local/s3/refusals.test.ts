import {
  CopyObjectCommand,
  DeleteBucketReplicationCommand,
  GetBucketCorsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BucketConfig, LocalS3 } from '../../../local/s3/server.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';
import { sendRaw, targetOf } from './raw-http.ts';

const directory = newDirectory();
let s3: LocalS3;
let client: S3Client;
const Bucket = 'refusals';
beforeAll(async () => {
  s3 = await startLocal({ directory });
  s3.putBucket({ name: Bucket, versioning: true });
  client = clientOf(s3.endpoint, 'Admin');
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

const refused = (name: string) => ({
  name: 'NotImplemented',
  message: expect.stringContaining(name),
  $metadata: { httpStatusCode: 501 },
});

describe('what S3 has and the local one has not', () => {
  it('is refused by name: operations', async () => {
    const target = { Bucket, Key: 'k' };
    await expect(client.send(new GetObjectAclCommand(target))).rejects.toMatchObject(refused('"acl"'));
    const cors = client.send(new GetBucketCorsCommand({ Bucket }));
    await expect(cors).rejects.toMatchObject(refused('"cors"'));
    const replication = client.send(new DeleteBucketReplicationCommand({ Bucket }));
    await expect(replication).rejects.toMatchObject(refused('"replication"'));
    const partCopy = new UploadPartCopyCommand({
      ...target,
      UploadId: 'x',
      PartNumber: 1,
      CopySource: 'a/b',
    });
    await expect(client.send(partCopy)).rejects.toMatchObject(refused('x-amz-copy-source'));
  });

  it.each<[string, object]>([
    ['aws:kms:dsse', { ServerSideEncryption: 'aws:kms:dsse' }],
    ['KMS key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/another' }],
    ['x-amz-server-side-encryption-context', { SSEKMSEncryptionContext: 'e30=' }],
    [
      'x-amz-server-side-encryption-customer-algorithm',
      { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'k'.repeat(32) },
    ],
    ['x-amz-website-redirect-location', { WebsiteRedirectLocation: '/' }],
  ])('is refused by name: %s', async (name, input) => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...input }));

    await expect(put).rejects.toMatchObject(refused(name));
  });

  it.each<[string, LifecycleRule]>([
    ['Expiration', { Expiration: { Days: 1 } } as LifecycleRule],
    ['Date', { Transitions: [{ Date: new Date(0), StorageClass: 'GLACIER' }] } as LifecycleRule],
  ])('is refused by name: %s in a lifecycle rule', async (name, rule) => {
    const Rules = [{ ...rule, ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: '' } }];
    const set = client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );

    await expect(set).rejects.toMatchObject(refused(name));
  });

  it('is refused by name: notifications to anything but EventBridge', async () => {
    const QueueConfigurations = [
      { QueueArn: 'arn:aws:sqs:eu-central-1:123456789012:q', Events: ['s3:ObjectCreated:*' as const] },
    ];
    const set = client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations },
      }),
    );

    await expect(set).rejects.toMatchObject(refused('QueueConfiguration'));
  });

  it('is refused by name: tags of a copy that S3 would ignore', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
    const copy = new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/source`, Tagging: 'a=1' });

    await expect(client.send(copy)).rejects.toMatchObject(refused('x-amz-tagging'));
  });

  it('is refused by name: conditions on writes that do not enforce them', async () => {
    const part = new UploadPartCommand({ Bucket, Key: 'k', UploadId: 'x', PartNumber: 1, Body: 'x' });
    part.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['if-none-match'] = '*';
        return next(args);
      },
      { step: 'build' },
    );

    await expect(client.send(part)).rejects.toMatchObject(refused('if-none-match on UploadPart'));
  });

  it('is refused by name in a bucket’s configuration', () => {
    const config = { name: 'copied', versioning: true, replication: {} } as BucketConfig;

    expect(() => s3.putBucket(config)).toThrow('replication');
  });
});

describe('what S3 refuses, too', () => {
  it.each<[string, object]>([
    ['AccessControlListNotSupported', { ACL: 'public-read' }],
    ['InvalidStorageClass', { StorageClass: 'LUKEWARM' }],
    ['MetadataTooLarge', { Metadata: { big: 'x'.repeat(2046) } }],
    ['AccessDenied', { ExpectedBucketOwner: '999999999999' }],
  ])('is refused as %s', async (name, input) => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...input }));

    await expect(put).rejects.toMatchObject({ name });
  });

  it('takes metadata up to the limit, and the one ACL that changes nothing', async () => {
    const put = client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'k',
        Body: 'x',
        ACL: 'bucket-owner-full-control',
        ExpectedBucketOwner: '123456789012',
        Metadata: { big: 'x'.repeat(2045) },
      }),
    );

    await expect(put).resolves.toBeDefined();
  });

  it('lets no parameter of a signed URL split a header, now or later', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'split', Body: 'x' }));
    const value = 'text/plain\r\nx-injected: yes';
    const url = await getSignedUrl(
      client,
      new PutObjectCommand({ Bucket, Key: 'split', Metadata: { a: value } }),
    );
    const put = await sendRaw(s3.endpoint, {
      method: 'PUT',
      target: targetOf(url),
      headers: { host: new URL(s3.endpoint).host, 'content-length': '1' },
      body: 'x',
    });

    const get = client.send(new GetObjectCommand({ Bucket, Key: 'split', ResponseContentType: value }));
    await expect(get).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(put).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it.each(['UPPER', 'a', '192.168.1.1', '-a-', 'under_score'])('takes no bucket named %s', (name) => {
    expect(() => s3.putBucket({ name, versioning: false })).toThrow('bucket name');
  });
});
