import { request } from 'node:http';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { signedBySdk } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const put = (Key: string, Body: string, conditions: object = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...conditions }));
const remove = (Key: string, conditions: object = {}) =>
  s3.client.send(new DeleteObjectCommand({ Bucket, Key, ...conditions }));
const read = async (Key: string) => {
  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  return got.Body?.transformToString();
};
const failsWith = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

describe('If-None-Match: *', () => {
  it('stores an object under a free key, and refuses a second one', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });

    await expect(put('once', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject(
      failsWith('PreconditionFailed', 412),
    );
    expect(await read('once')).toBe('first');
  });

  it('counts a delete marker as absent', async () => {
    await put('marked', 'first');
    await remove('marked');

    await put('marked', 'second', { IfNoneMatch: '*' });

    expect(await read('marked')).toBe('second');
  });

  it('lets exactly one of twenty racers win, with its own bytes', async () => {
    for (let round = 0; round < 3; round++) {
      const key = `race-${round}`;
      const racers = Array.from({ length: 20 }, (_, i) => {
        const body = `racer ${i} `.repeat(5000);
        return put(key, body, { IfNoneMatch: '*' }).then(
          () => body,
          (error) => error.$metadata.httpStatusCode as number,
        );
      });
      const results = await Promise.all(racers);

      const winners = results.filter((result) => typeof result === 'string');
      expect(winners).toHaveLength(1);
      expect(results.filter((result) => result === 412)).toHaveLength(19);
      expect(await read(key)).toBe(winners[0]);
      const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
      expect(listed.Versions).toHaveLength(1);
    }
  });

  it('answers 409 when a delete overtakes the upload', async () => {
    const signed = await signedBySdk(
      s3,
      new PutObjectCommand({ Bucket, Key: 'overtaken', Body: 'x'.repeat(100), IfNoneMatch: '*' }),
      {
        requestChecksumCalculation: 'WHEN_REQUIRED',
      },
    );
    const half = Buffer.from(signed.body ?? '').subarray(0, 50);
    const { hostname, port } = new URL(s3.url);
    const outgoing = request({ hostname, port, method: 'PUT', path: signed.target, headers: signed.headers });
    const answered = new Promise<number>((resolve, reject) => {
      outgoing.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
    });
    outgoing.write(half);
    // The upload is under way once another request of the same client was answered after its first half.
    await put('elsewhere', 'x');
    await put('overtaken', 'in between');
    await remove('overtaken');
    outgoing.end(Buffer.from(signed.body ?? '').subarray(50));

    expect(await answered).toBe(409);
  });

  it('takes no ETag on a write', async () => {
    await expect(put('tagged', 'x', { IfNoneMatch: '"abc"' })).rejects.toMatchObject(
      failsWith('NotImplemented', 501),
    );
  });

  it('holds for the completion of a multipart upload', async () => {
    await put('parts', 'first');
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 };
    const { ETag } = await s3.client.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = () =>
      s3.client.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: 'parts',
          UploadId,
          MultipartUpload,
          IfNoneMatch: '*',
        }),
      );

    await expect(complete()).rejects.toMatchObject(failsWith('PreconditionFailed', 412));
    await remove('parts');
    await complete();

    expect(await read('parts')).toBe('x');
  });

  it('holds for copies', async () => {
    await put('source', 'source');
    const copy = () =>
      s3.client.send(
        new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/source`, IfNoneMatch: '*' }),
      );

    await copy();

    await expect(copy()).rejects.toMatchObject(failsWith('PreconditionFailed', 412));
  });
});

describe('If-Match on a write', () => {
  it('replaces exactly the object that has the ETag', async () => {
    const first = await put('cas', 'first');

    await put('cas', 'second', { IfMatch: first.ETag });

    await expect(put('cas', 'third', { IfMatch: first.ETag })).rejects.toMatchObject(
      failsWith('PreconditionFailed', 412),
    );
    expect(await read('cas')).toBe('second');
  });

  it('answers 404 without a current object: never written, or under a delete marker', async () => {
    const { ETag } = await put('gone', 'x');
    await remove('gone');

    await expect(put('gone', 'y', { IfMatch: ETag })).rejects.toMatchObject(failsWith('NoSuchKey', 404));
    await expect(put('never', 'y', { IfMatch: ETag })).rejects.toMatchObject(failsWith('NoSuchKey', 404));
  });

  it('lets exactly one of twenty racers win', async () => {
    const { ETag } = await put('cas-race', 'start');

    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => put('cas-race', `racer ${i}`, { IfMatch: ETag })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('If-Match on a delete', () => {
  it('deletes only the object that has the ETag', async () => {
    const { ETag } = await put('doomed', 'x');

    await expect(remove('doomed', { IfMatch: '"other"' })).rejects.toMatchObject(
      failsWith('PreconditionFailed', 412),
    );
    await remove('doomed', { IfMatch: ETag });

    await expect(remove('doomed', { IfMatch: '*' })).rejects.toMatchObject(failsWith('NoSuchKey', 404));
  });

  it('holds for each object of a batch by itself', async () => {
    const { ETag } = await put('batch-a', 'a');
    await put('batch-b', 'b');
    const Objects = [
      { Key: 'batch-a', ETag },
      { Key: 'batch-b', ETag },
    ];

    const result = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(result.Deleted).toMatchObject([{ Key: 'batch-a' }]);
    expect(result.Errors).toMatchObject([{ Key: 'batch-b', Code: 'PreconditionFailed' }]);
    expect(await read('batch-b')).toBe('b');
  });
});
