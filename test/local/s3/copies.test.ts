import { randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const copy = (CopySource: string, Key: string, more: object = {}) =>
  s3.client.send(new CopyObjectCommand({ Bucket, CopySource, Key, ...more }));

describe('a copy', () => {
  const body = randomBytes(2_000_000);

  it('has the bytes, metadata and checksum of its source, and outlives it', async () => {
    const put = await s3.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'odd +%.bin',
        Body: body,
        ContentType: 'x/y',
        Metadata: { a: 'b' },
      }),
    );

    const copied = await copy(`${Bucket}/${encodeURIComponent('odd +%.bin')}`, 'copy');
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'odd +%.bin', VersionId: put.VersionId }));
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));

    expect(copied.CopySourceVersionId).toBe(put.VersionId);
    expect(got).toMatchObject({ ContentType: 'x/y', Metadata: { a: 'b' }, ChecksumCRC32: put.ChecksumCRC32 });
    expect(body.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it('takes an old version, new metadata and another checksum when told', async () => {
    const old = await s3.client.send(
      new PutObjectCommand({ Bucket, Key: 'v', Body: 'old', Metadata: { a: 'b' } }),
    );
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'new' }));

    const copied = await copy(`${Bucket}/v?versionId=${old.VersionId}`, 'v', {
      MetadataDirective: 'REPLACE',
      Metadata: { c: 'd' },
      ChecksumAlgorithm: 'SHA256',
    });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'v' }));

    expect(copied.CopyObjectResult?.ChecksumSHA256).toBeDefined();
    expect(got.Metadata).toEqual({ c: 'd' });
    expect(await got.Body?.transformToString()).toBe('old');
  });

  it('is refused onto itself without a change, and from what is not an object', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'self', Body: 'x' }));
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));

    await expect(copy(`${Bucket}/self`, 'self')).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(copy(`${Bucket}/deleted`, 'c')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(copy(`${Bucket}/deleted?versionId=${marker.VersionId}`, 'c')).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect(copy(Bucket, 'c')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('is made only if its source is as expected', async () => {
    const { ETag } = await s3.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
    const failed = { name: 'PreconditionFailed' };

    await expect(copy(`${Bucket}/source`, 'c', { CopySourceIfMatch: '"other"' })).rejects.toMatchObject(
      failed,
    );
    await expect(copy(`${Bucket}/source`, 'c', { CopySourceIfNoneMatch: ETag })).rejects.toMatchObject(
      failed,
    );
    await expect(copy(`${Bucket}/source`, 'c', { CopySourceIfMatch: ETag })).resolves.toBeDefined();
  });
});
