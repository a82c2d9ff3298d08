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
import { sendRaw, signedBySdk } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

/** Of the nine bytes 123456789, as the catalogues of CRC algorithms have them; the hashes from node:crypto. */
const CHECK = '123456789';
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const VALUES = {
  CRC32: base64('cbf43926'),
  CRC32C: base64('e3069283'),
  CRC64NVME: base64('ae8b14860a799888'),
  SHA1: createHash('sha1').update(CHECK).digest('base64'),
  SHA256: createHash('sha256').update(CHECK).digest('base64'),
} satisfies Partial<Record<ChecksumAlgorithm, string>>;
const ALGORITHMS = Object.entries(VALUES) as [keyof typeof VALUES, string][];

const isMissing = async (Key: string) => {
  const head = s3.client.send(new HeadObjectCommand({ Bucket, Key }));
  await expect(head).rejects.toMatchObject({ name: 'NotFound' });
};

describe.each(ALGORITHMS)('%s', (algorithm, value) => {
  const member = `Checksum${algorithm}`;

  it('is taken in a header, and given back by a read that asks for it', async () => {
    const Key = `header-${algorithm}`;

    const put = await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: CHECK, [member]: value }));
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    const part = await s3.client.send(
      new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', Range: 'bytes=0-3' }),
    );

    expect(put).toMatchObject({ [member]: value, ChecksumType: 'FULL_OBJECT' });
    expect(got).toMatchObject({ [member]: value });
    expect(part).not.toHaveProperty(member);
  });

  it('is given with a range that is the whole object', async () => {
    const Key = `range-${algorithm}`;
    await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: CHECK, [member]: value }));

    const got = await s3.client.send(
      new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', Range: 'bytes=0-100' }),
    );

    expect(got).toMatchObject({ [member]: value, ContentRange: 'bytes 0-8/9' });
  });

  it('is refused in a header when it is not that of the body, and nothing is stored', async () => {
    const Key = `wrong-${algorithm}`;
    const other = VALUES[algorithm].replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));

    const put = s3.client.send(new PutObjectCommand({ Bucket, Key, Body: CHECK, [member]: other }));

    await expect(put).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
    await isMissing(Key);
  });

  it('is refused when it is no value of that algorithm', async () => {
    const Key = `invalid-${algorithm}`;

    const put = s3.client.send(new PutObjectCommand({ Bucket, Key, Body: CHECK, [member]: 'AAA' }));

    await expect(put).rejects.toMatchObject({ name: 'InvalidRequest' });
    await isMissing(Key);
  });
});

// The SDK has no CRC64NVME of its own.
it.each(ALGORITHMS.filter(([algorithm]) => algorithm !== 'CRC64NVME'))(
  '%s is computed by the SDK and checked',
  async (algorithm, value) => {
    const put = await s3.client.send(
      new PutObjectCommand({ Bucket, Key: `sdk-${algorithm}`, Body: CHECK, ChecksumAlgorithm: algorithm }),
    );

    expect(put).toMatchObject({ [`Checksum${algorithm}`]: value });
  },
);

describe('trailers', () => {
  const chunked = (value: string) => `9\r\n${CHECK}\r\n0\r\nx-amz-checksum-crc32:${value}\r\n\r\n`;
  const send = async (Key: string, body: string) => {
    const command = new PutObjectCommand({ Bucket, Key, Body: streamOf(CHECK), ContentLength: CHECK.length });
    const signed = await signedBySdk(s3, command);
    expect(signed.headers['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
    const { 'transfer-encoding': _removed, ...headers } = signed.headers;
    return sendRaw(s3.url, { ...signed, headers: { ...headers, 'content-length': `${body.length}` }, body });
  };

  it('are checked against the chunks before them', async () => {
    const right = await send('trailer-right', chunked(VALUES.CRC32));
    const wrong = await send('trailer-wrong', chunked(VALUES.CRC32C));

    expect(right.status).toBe(200);
    expect(wrong).toMatchObject({ status: 400, code: 'BadDigest' });
    await isMissing('trailer-wrong');
  });

  it('are missed when announced and not sent', async () => {
    const response = await send('trailer-missing', `9\r\n${CHECK}\r\n0\r\n\r\n`);

    expect(response).toMatchObject({ status: 400, code: 'MalformedTrailerError' });
    await isMissing('trailer-missing');
  });

  it.each([
    ['a length that is no number', `zz\r\n${CHECK}\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `5\r\n${CHECK}\r\n0\r\n\r\n`],
    ['an end within a chunk', `9\r\n${CHECK.slice(0, 5)}`],
    ['no last chunk', `9\r\n${CHECK}\r\n`],
    [
      'more bytes than announced',
      `9\r\n${CHECK}\r\n1\r\nx\r\n0\r\nx-amz-checksum-crc32:${VALUES.CRC32}\r\n\r\n`,
    ],
    ['fewer bytes than announced', `1\r\n1\r\n0\r\nx-amz-checksum-crc32:${VALUES.CRC32}\r\n\r\n`],
    ['megabytes behind a broken header', `zz\r\n${'x'.repeat(8_000_000)}`],
    ['bytes behind its end', `${chunked(VALUES.CRC32)}more`],
  ])('are not reached in a stream with %s', async (_title, body) => {
    const response = await send('malformed', body);

    expect(response).toMatchObject({ status: 400, code: 'IncompleteBody' });
    await isMissing('malformed');
  });
});

describe('other digests', () => {
  it('refuses a Content-MD5 of other bytes, and one that is no MD5', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('base64');
    const put = (ContentMD5: string) =>
      s3.client.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: CHECK, ContentMD5 }));

    await expect(put(md5('other'))).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(put('tooshort')).rejects.toMatchObject({ name: 'InvalidDigest' });
    await isMissing('md5');
    await expect(put(md5(CHECK))).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });

  it('refuses a body that is not the one whose hash was signed', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'tampered', Body: CHECK });
    const signed = await signedBySdk(s3, command, { requestChecksumCalculation: 'WHEN_REQUIRED' });

    const response = await sendRaw(s3.url, { ...signed, body: '987654321' });

    expect(signed.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(response).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    await isMissing('tampered');
  });

  it('refuses two checksums of one body', async () => {
    const put = s3.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'two',
        Body: CHECK,
        ChecksumCRC32: VALUES.CRC32,
        ChecksumSHA1: VALUES.SHA1,
      }),
    );

    await expect(put).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  it('computes CRC64NVME when the client sends no checksum', async () => {
    const client = s3.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    await client.send(new PutObjectCommand({ Bucket, Key: 'default', Body: CHECK }));

    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: 'default', ChecksumMode: 'ENABLED' }),
    );

    expect(head).toMatchObject({ ChecksumCRC64NVME: VALUES.CRC64NVME, ChecksumType: 'FULL_OBJECT' });
  });

  it('gets the same sums however the body is cut', async () => {
    const body = randomBytes(1_000_003);
    const Body = streamOf(...Array.from({ length: 1000 }, (_, i) => body.subarray(i * 1001, (i + 1) * 1001)));

    const put = await s3.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'cut',
        Body,
        ContentLength: body.length,
        ChecksumAlgorithm: 'SHA256',
      }),
    );

    expect(put.ChecksumSHA256).toBe(createHash('sha256').update(body).digest('base64'));
    expect(put.ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`);
  });
});

function streamOf(...pieces: (string | Buffer)[]): Readable {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}
