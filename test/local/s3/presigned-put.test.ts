import { createHash, randomBytes } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { sendRaw, targetOf } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64');

/** Signs a PUT as the service does for its gateways. */
async function sign(Key: string, bytes: Buffer, signingDate = new Date()): Promise<string> {
  const client = s3.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const command = new PutObjectCommand({
    Bucket,
    Key,
    ContentLength: bytes.length,
    IfNoneMatch: '*',
    ChecksumSHA256: sha256(bytes),
  });
  return getSignedUrl(client, command, {
    expiresIn: 900,
    signingDate,
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
  });
}

/** Sends what a gateway sends; `claimed` are the bytes that its headers speak of. */
function upload(url: string, body: Buffer, claimed = body, more: Record<string, string> = {}) {
  const headers = {
    host: new URL(s3.url).host,
    'content-length': `${claimed.length}`,
    'if-none-match': '*',
    'x-amz-checksum-sha256': sha256(claimed),
    ...more,
  };
  return sendRaw(s3.url, { method: 'PUT', target: targetOf(url), headers, body });
}

const isMissing = async (Key: string) => {
  const head = s3.client.send(new HeadObjectCommand({ Bucket, Key }));
  await expect(head).rejects.toMatchObject({ name: 'NotFound' });
};

describe('a presigned PUT as the vault uses it', () => {
  it('signs exactly length, host, condition and checksum', async () => {
    const url = new URL(await sign('pack', randomBytes(10)));

    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-length;host;if-none-match;x-amz-checksum-sha256',
    );
    expect([...url.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });

  it('stores the bytes it was made for, once', async () => {
    const bytes = randomBytes(1_000_000);
    const url = await sign('once', bytes);

    const first = await upload(url, bytes);
    const again = await upload(url, bytes);
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'once', ChecksumMode: 'ENABLED' }));

    expect(first).toMatchObject({ status: 200, headers: { 'x-amz-checksum-sha256': sha256(bytes) } });
    expect(again).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    expect(got.ChecksumSHA256).toBe(sha256(bytes));
    expect(bytes.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it('answers 412 to a second PUT of other bytes, signed for themselves, and keeps the first', async () => {
    const bytes = randomBytes(1000);
    const others = randomBytes(2000);
    await upload(await sign('taken', bytes), bytes);

    const second = await upload(await sign('taken', others), others);

    expect(second).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'taken' }));
    expect(listed.Versions).toMatchObject([{ Size: 1000 }]);
  });

  it('refuses other bytes of the same length', async () => {
    const bytes = randomBytes(1000);

    const response = await upload(await sign('swapped', bytes), randomBytes(1000), bytes);

    expect(response).toMatchObject({ status: 400, code: 'BadDigest' });
    await isMissing('swapped');
  });

  it('refuses a checksum or a length that was not signed', async () => {
    const bytes = randomBytes(1000);
    const others = randomBytes(1000);
    const longer = randomBytes(1001);

    const otherSum = await upload(await sign('unsigned', bytes), others);
    const otherLength = await upload(await sign('unsigned', bytes), longer, longer, {
      'x-amz-checksum-sha256': sha256(bytes),
    });

    expect(otherSum).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(otherLength).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    await isMissing('unsigned');
  });

  it('refuses to go without the condition', async () => {
    const bytes = randomBytes(1000);

    const response = await upload(await sign('unconditional', bytes), bytes, bytes, { 'if-none-match': '' });

    expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  it('is refused with 403 when it has expired', async () => {
    const bytes = randomBytes(1000);
    const url = await sign('expired', bytes, new Date(Date.now() - 901_000));

    expect(await upload(url, bytes)).toMatchObject({ status: 403, code: 'AccessDenied' });
    await isMissing('expired');
  });
});
