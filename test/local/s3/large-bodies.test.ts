import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

// Bodies of several batches: those that are hashed beside the thread that receives them.

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] satisfies ChecksumAlgorithm[];
const large = randomBytes(5 * 2 ** 20 + 12_345);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const read = async (Key: string) => {
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  return sha256((await Body?.transformToByteArray()) ?? new Uint8Array());
};

describe.each(ALGORITHMS)('%s of a large body', (ChecksumAlgorithm) => {
  it('is the same for a buffer, for a stream and for the same bytes in small writes', async () => {
    const ContentLength = large.length;
    const slices = Array.from({ length: 600 }, (_, index) =>
      large.subarray(index * 9000, (index + 1) * 9000),
    );
    const bodies = { buffer: large, stream: Readable.from([large]), slices: Readable.from(slices) };

    const puts = Object.entries(bodies).map(([name, Body]) =>
      s3.client.send(
        new PutObjectCommand({
          Bucket,
          Key: `${name}-${ChecksumAlgorithm}`,
          Body,
          ContentLength,
          ChecksumAlgorithm,
        }),
      ),
    );
    const values = (await Promise.all(puts)).map((put) => put[`Checksum${ChecksumAlgorithm}`]);

    expect(values[0]).toBeTruthy();
    expect(new Set(values).size).toBe(1);
    expect(await read(`slices-${ChecksumAlgorithm}`)).toBe(sha256(large));
  });

  it('is refused when the last byte differs, and nothing is stored', async () => {
    const Key = `differs-${ChecksumAlgorithm}`;
    const right = await s3.client.send(
      new PutObjectCommand({ Bucket, Key: `right-${ChecksumAlgorithm}`, Body: large, ChecksumAlgorithm }),
    );
    const other = Buffer.from(large);
    other.writeUInt8(other.readUInt8(other.length - 1) ^ 1, other.length - 1);
    const member = `Checksum${ChecksumAlgorithm}` as const;

    const put = s3.client.send(new PutObjectCommand({ Bucket, Key, Body: other, [member]: right[member] }));

    await expect(put).rejects.toMatchObject({ name: 'BadDigest' });
    const head = s3.client.send(new HeadObjectCommand({ Bucket, Key }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });
});

describe('large bodies', () => {
  it('have the MD5 of their bytes as ETag, each its own, when twelve come at once', async () => {
    const bodies = Array.from({ length: 12 }, (_, index) =>
      Buffer.concat([large.subarray(0, 2 ** 20 + index), Buffer.alloc(2 ** 20, index)]),
    );

    const etags = await Promise.all(
      bodies.map(async (Body, index) => {
        const put = await s3.client.send(new PutObjectCommand({ Bucket, Key: `at-once-${index}`, Body }));
        return put.ETag;
      }),
    );

    expect(etags).toEqual(bodies.map((body) => `"${createHash('md5').update(body).digest('hex')}"`));
  });

  it('that a client gives up leave room for the next ones', async () => {
    for (let index = 0; index < 6; index++) {
      const giveUp = new AbortController();
      const stalled = new Readable({ read: () => giveUp.abort() });
      stalled.push(large.subarray(0, 3 * 2 ** 20));
      const put = s3.client.send(
        new PutObjectCommand({ Bucket, Key: 'given-up', Body: stalled, ContentLength: large.length }),
        { abortSignal: giveUp.signal },
      );
      await expect(put).rejects.toMatchObject({ name: 'AbortError' });
    }

    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'next', Body: large }));

    expect(await read('next')).toBe(sha256(large));
  });
});
