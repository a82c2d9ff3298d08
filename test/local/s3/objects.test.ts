import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
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

describe('buckets', () => {
  it('says where a bucket is and whether it has versioning', async () => {
    const plain = await s3.newBucket({ versioning: false });

    const location = await s3.client.send(new GetBucketLocationCommand({ Bucket }));
    const enabled = await s3.client.send(new GetBucketVersioningCommand({ Bucket }));
    const off = await s3.client.send(new GetBucketVersioningCommand({ Bucket: plain }));

    expect(location.LocationConstraint ?? 'us-east-1').toBe(s3.region);
    expect(enabled.Status).toBe('Enabled');
    expect(off.Status).toBeUndefined();
  });

  it('lists its buckets, and knows those by HEAD that exist', async () => {
    const listed = await s3.client.send(new ListBucketsCommand());

    expect(listed.Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    await expect(s3.client.send(new HeadBucketCommand({ Bucket }))).resolves.toMatchObject({
      BucketRegion: s3.region,
    });
    const missing = s3.client.send(new HeadBucketCommand({ Bucket: 'there-is-no-such-bucket-here' }));
    await expect(missing).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('answers NoSuchBucket for objects of a bucket that does not exist', async () => {
    const command = new GetObjectCommand({ Bucket: 'there-is-no-such-bucket-here', Key: 'k' });

    await expect(s3.client.send(command)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('objects', () => {
  it('gives back the bytes and all that was said about them', async () => {
    const Body = randomBytes(100_000);
    const said = {
      ContentType: 'application/x-pack',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentEncoding: 'zstd',
      ContentLanguage: 'en',
      Metadata: { origin: 'gateway 7', empty: '' },
      StorageClass: 'STANDARD_IA',
    } as const;

    const put = await s3.client.send(new PutObjectCommand({ Bucket, Key: 'full', Body, ...said }));
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'full' }));

    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(put.ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`);
    expect(got).toMatchObject({ ...said, ETag: put.ETag, VersionId: put.VersionId, ContentLength: 100_000 });
    expect(got.AcceptRanges).toBe('bytes');
  });

  it('keeps an empty object', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '', ContentLength: 0 }));

    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'empty' }));

    expect(got.ContentLength).toBe(0);
    expect(await got.Body?.transformToString()).toBe('');
  });

  it('keeps a body that comes as a stream of unknown pieces', async () => {
    const pieces = Array.from({ length: 50 }, () => randomBytes(3001));
    async function* stream() {
      yield* pieces;
    }
    const Body = Readable.from(stream());

    await s3.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'stream',
        Body,
        ContentLength: 50 * 3001,
        ChecksumAlgorithm: 'SHA256',
      }),
    );

    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.concat(pieces));
    expect(got.ContentEncoding).toBeUndefined();
  });

  it('answers NoSuchKey to GET and 404 to HEAD for a key that was never written', async () => {
    const target = { Bucket, Key: 'never' };

    const get = s3.client.send(new GetObjectCommand(target));
    await expect(get).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    const head = s3.client.send(new HeadObjectCommand(target));
    await expect(head).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
  });

  it('lets a signed reader choose response headers', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'override', Body: 'x' }));

    const got = await s3.client.send(
      new GetObjectCommand({
        Bucket,
        Key: 'override',
        ResponseContentType: 'text/html',
        ResponseCacheControl: 'private',
      }),
    );

    expect(got).toMatchObject({ ContentType: 'text/html', CacheControl: 'private' });
  });

  it('tells size, class, checksum and ETag by GetObjectAttributes', async () => {
    const put = await s3.client.send(
      new PutObjectCommand({ Bucket, Key: 'attributes', Body: 'attributes', ChecksumAlgorithm: 'SHA256' }),
    );

    const got = await s3.client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'attributes',
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
      }),
    );

    expect(got).toMatchObject({
      ETag: put.ETag?.replaceAll('"', ''),
      ObjectSize: 10,
      StorageClass: 'STANDARD',
      Checksum: { ChecksumSHA256: put.ChecksumSHA256, ChecksumType: 'FULL_OBJECT' },
      VersionId: put.VersionId,
    });
    expect(got.ObjectParts).toBeUndefined();
  });
});

describe('ranges', () => {
  const body = randomBytes(1000);
  beforeAll(() => s3.client.send(new PutObjectCommand({ Bucket, Key: 'ranged', Body: body })));

  it.each([
    ['bytes=0-9', 0, 10, 'bytes 0-9/1000'],
    ['bytes=990-', 990, 1000, 'bytes 990-999/1000'],
    ['bytes=-5', 995, 1000, 'bytes 995-999/1000'],
    ['bytes=500-5000', 500, 1000, 'bytes 500-999/1000'],
    ['bytes=-5000', 0, 1000, 'bytes 0-999/1000'],
  ])('sends the bytes of %s', async (Range, from, to, ContentRange) => {
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));

    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got).toMatchObject({ ContentRange, ContentLength: to - from });
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(from, to));
  });

  it.each(['bytes=9-1', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-'])(
    'ignores %s, which is not one well-formed range',
    async (Range) => {
      const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));

      expect(got.$metadata.httpStatusCode).toBe(200);
      expect((await got.Body?.transformToByteArray())?.length).toBe(1000);
    },
  );

  it('refuses a range behind the end', async () => {
    const get = s3.client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=1000-1001' }));

    await expect(get).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });

  it('refuses any range of an empty object', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'ranged-empty', Body: '', ContentLength: 0 }));

    const get = s3.client.send(new GetObjectCommand({ Bucket, Key: 'ranged-empty', Range: 'bytes=0-0' }));

    await expect(get).rejects.toMatchObject({ name: 'InvalidRange' });
  });
});

describe('conditional reads', () => {
  it('sends an object only if its ETag is, or is not, the one given', async () => {
    const put = await s3.client.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'tagged' }));
    const get = (conditions: object) =>
      s3.client.send(new GetObjectCommand({ Bucket, Key: 'tagged', ...conditions }));

    await expect(get({ IfMatch: put.ETag })).resolves.toMatchObject({ ContentLength: 6 });
    await expect(get({ IfNoneMatch: '"other"' })).resolves.toMatchObject({ ContentLength: 6 });
    await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    await expect(get({ IfNoneMatch: put.ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(get({ IfNoneMatch: '*' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  });

  it('sends an object only if it was, or was not, changed since a time', async () => {
    const { LastModified } = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'tagged' }));
    const time = LastModified?.getTime() ?? 0;
    const get = (conditions: object) =>
      s3.client.send(new GetObjectCommand({ Bucket, Key: 'tagged', ...conditions }));

    await expect(get({ IfModifiedSince: new Date(time - 60_000) })).resolves.toMatchObject({
      ContentLength: 6,
    });
    await expect(get({ IfUnmodifiedSince: new Date(time) })).resolves.toMatchObject({ ContentLength: 6 });
    await expect(get({ IfModifiedSince: new Date(time) })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(get({ IfUnmodifiedSince: new Date(time - 60_000) })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
  });
});
