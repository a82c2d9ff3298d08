import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const MD5_OF_X = '"9dd4e461268c8034f5c8564e155c67a6"';
const UNDER_KEY = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY, BucketKeyEnabled: true };

const directory = newDirectory();
let s3: LocalS3;
let client: ReturnType<typeof clientOf>;
beforeAll(async () => {
  s3 = await startLocal({ directory });
  s3.putBucket({ name: 'plain', versioning: true });
  s3.putBucket({
    name: 'keyed',
    versioning: true,
    encryption: 'aws:kms',
    kmsKeyId: KEY,
    bucketKey: true,
  });
  client = clientOf(s3.endpoint, 'Admin');
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

const put = (Bucket: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));

it('is AES256 where nothing else is said, with an ETag that is the MD5', async () => {
  const written = await put('plain');
  const read = await client.send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' }));

  expect(written).toMatchObject({ ServerSideEncryption: 'AES256', ETag: MD5_OF_X });
  expect(read).toMatchObject({ ServerSideEncryption: 'AES256', ETag: MD5_OF_X });
});

it('is the bucket’s by default, and told by every answer about the object', async () => {
  const target = { Bucket: 'keyed', Key: 'parts' };
  const written = await put('keyed');
  const copied = await client.send(
    new CopyObjectCommand({ Bucket: 'keyed', Key: 'c', CopySource: 'plain/k' }),
  );
  const begun = await client.send(new CreateMultipartUploadCommand(target));
  const part = await client.send(
    new UploadPartCommand({ ...target, UploadId: begun.UploadId, PartNumber: 1, Body: 'x' }),
  );
  const completed = await client.send(
    new CompleteMultipartUploadCommand({
      ...target,
      UploadId: begun.UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
    }),
  );
  const head = await client.send(new HeadObjectCommand(target));

  for (const answer of [written, copied, begun, part, completed, head]) {
    expect(answer).toMatchObject(UNDER_KEY);
  }
  expect(written.ETag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(written.ETag).not.toBe(MD5_OF_X);
});

it('can be named by the request, with the bucket’s key or none', async () => {
  const own = await put('keyed', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY });
  const without = await put('plain', { ServerSideEncryption: 'aws:kms' });
  const weaker = await put('keyed', { ServerSideEncryption: 'AES256' });

  expect(own).toMatchObject(UNDER_KEY);
  expect(without).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: expect.stringContaining(':alias/aws/s3'),
  });
  expect(weaker).toMatchObject({ ServerSideEncryption: 'AES256', ETag: MD5_OF_X });
});

it('is refused by an unknown name, and with a key that does not go with it', async () => {
  const invalid = { name: 'InvalidArgument' };

  await expect(put('plain', { ServerSideEncryption: 'ROT13' })).rejects.toMatchObject(invalid);
  await expect(put('plain', { SSEKMSKeyId: KEY })).rejects.toMatchObject(invalid);
});
