import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { type RawRequest, sendRaw, signedBySdk, targetOf } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'secret' }));
});
afterAll(() => s3.close());

const signedGet = () => signedBySdk(s3, new GetObjectCommand({ Bucket, Key: 'k' }));
const host = () => new URL(s3.url).host;
const presignedGet = async (): Promise<RawRequest> => {
  const url = await getSignedUrl(s3.client, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60 });
  return { method: 'GET', target: targetOf(url), headers: { host: host() } };
};
const flip = (signature: string) => signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));

describe('a signature in the Authorization header', () => {
  it('opens what it was made for', async () => {
    const response = await sendRaw(s3.url, await signedGet());

    expect(response).toMatchObject({ status: 200 });
    expect(`${response.body}`).toBe('secret');
  });

  it.each<[string, (request: RawRequest) => RawRequest]>([
    ['another key', (r) => ({ ...r, target: r.target.replace('/k', '/l') })],
    ['another method', (r) => ({ ...r, method: 'DELETE' })],
    ['another query', (r) => ({ ...r, target: `${r.target}&versionId=null` })],
    ['another host', (r) => ({ ...r, headers: { ...r.headers, host: 'other.example' } })],
    [
      'another date',
      (r) => ({
        ...r,
        headers: { ...r.headers, 'x-amz-date': (r.headers['x-amz-date'] ?? '').replace(/..Z$/, '00Z') },
      }),
    ],
    [
      'one digit changed',
      (r) => ({ ...r, headers: { ...r.headers, authorization: flip(r.headers.authorization ?? '') } }),
    ],
  ])('is refused for %s', async (_title, change) => {
    let request = await signedGet();
    // A request that was signed at second 00 would not be changed by the case of another date.
    while (request.headers['x-amz-date']?.endsWith('00Z')) request = await signedGet();

    const response = await sendRaw(s3.url, change(request));

    expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  it('is refused for a secret that is not the key’s, and for a key nobody has', async () => {
    const wrongSecret = s3.clientWith({ credentials: { ...s3.credentials, secretAccessKey: 'wrong' } });
    const unknownKey = s3.clientWith({ credentials: { ...s3.credentials, accessKeyId: 'AKIAUNKNOWN' } });
    const get = new GetObjectCommand({ Bucket, Key: 'k' });

    await expect(wrongSecret.send(get)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(unknownKey.send(get)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  });

  it('must cover every x-amz- header', async () => {
    const request = await signedGet();
    const headers = { ...request.headers, 'x-amz-meta-added': 'later' };

    const response = await sendRaw(s3.url, { ...request, headers });

    expect(response).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(`${response.body}`).toContain('<HeadersNotSigned>x-amz-meta-added</HeadersNotSigned>');
  });

  it.each([-16, 16])('is refused %i minutes off', async (minutes) => {
    const client = s3.clientWith({ systemClockOffset: minutes * 60_000 });

    const get = client.send(new GetObjectCommand({ Bucket, Key: 'k' }));

    await expect(get).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
  });

  it('is refused for another region', async () => {
    const request = await signedBySdk(s3, new GetObjectCommand({ Bucket, Key: 'k' }), {
      region: 'ap-south-1',
    });

    const response = await sendRaw(s3.url, request);

    expect(response).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' });
    expect(`${response.body}`).toContain(`<Region>${s3.region}</Region>`);
  });

  it('is refused when it cannot be read, or lacks the hash of the body', async () => {
    const request = await signedGet();
    const garbled = { ...request.headers, authorization: 'AWS4-HMAC-SHA256 nonsense' };
    const { 'x-amz-content-sha256': _removed, ...hashless } = request.headers;

    expect(await sendRaw(s3.url, { ...request, headers: garbled })).toMatchObject({
      status: 400,
      code: 'AuthorizationHeaderMalformed',
    });
    expect(await sendRaw(s3.url, { ...request, headers: hashless })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
  });
});

describe('without a signature', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'POST'])('%s is refused', async (method) => {
    const response = await sendRaw(s3.url, { method, target: `/${Bucket}/k`, headers: { host: host() } });

    expect(response.status).toBe(403);
    expect(response.code).toBe(method === 'HEAD' ? '' : 'AccessDenied');
  });
});

describe('a presigned URL', () => {
  it('opens what it was made for', async () => {
    const response = await sendRaw(s3.url, await presignedGet());

    expect(`${response.body}`).toBe('secret');
  });

  it.each<[string, (request: RawRequest) => RawRequest, string]>([
    ['another key', (r) => ({ ...r, target: r.target.replace('/k?', '/l?') }), 'SignatureDoesNotMatch'],
    ['another method', (r) => ({ ...r, method: 'DELETE' }), 'SignatureDoesNotMatch'],
    ['an added parameter', (r) => ({ ...r, target: `${r.target}&versionId=null` }), 'SignatureDoesNotMatch'],
    [
      'a longer life',
      (r) => ({ ...r, target: r.target.replace('X-Amz-Expires=60', 'X-Amz-Expires=600') }),
      'SignatureDoesNotMatch',
    ],
    [
      'one digit of the signature changed',
      (r) => ({ ...r, target: r.target.replace(/X-Amz-Signature=\w+/, flip) }),
      'SignatureDoesNotMatch',
    ],
    [
      'an added x-amz- header',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-acl': 'private' } }),
      'AccessDenied',
    ],
    [
      'an unsigned header twice over',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
      'AccessDenied',
    ],
  ])('is refused with %s', async (_title, change, code) => {
    const response = await sendRaw(s3.url, change(await presignedGet()));

    expect(response.code).toBe(code);
  });

  it('is refused once it has expired, and before its time', async () => {
    const get = new GetObjectCommand({ Bucket, Key: 'k' });
    const at = async (minutes: number) => {
      const signingDate = new Date(Date.now() + minutes * 60_000);
      const url = await getSignedUrl(s3.client, get, { expiresIn: 60, signingDate });
      return sendRaw(s3.url, { method: 'GET', target: targetOf(url), headers: { host: host() } });
    };

    expect(await at(-2)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(`${(await at(-2)).body}`).toContain('Request has expired');
    expect(await at(20)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it.each(['0', '604801', '-1', 'soon', ''])('is refused with a life of %j seconds', async (seconds) => {
    const request = await presignedGet();
    const target = request.target.replace('X-Amz-Expires=60', `X-Amz-Expires=${seconds}`);

    const response = await sendRaw(s3.url, { ...request, target });

    expect(response).toMatchObject({ status: 400, code: 'AuthorizationQueryParametersError' });
  });

  it('cannot stand beside an Authorization header', async () => {
    const request = await presignedGet();
    const { headers } = await signedGet();

    const response = await sendRaw(s3.url, { ...request, headers: { ...request.headers, ...headers } });

    expect(response).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('takes metadata from its parameters, but no checksum: those are of the empty body', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'hoisted', Metadata: { by: 'signer' } });
    const url = await getSignedUrl(s3.client, command);
    expect(url).toContain('x-amz-checksum-crc32=');

    const body = 'not the empty body';
    const headers = { host: host(), 'content-length': `${body.length}` };
    const response = await sendRaw(s3.url, { method: 'PUT', target: targetOf(url), headers, body });
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'hoisted' }));

    expect(response.status).toBe(200);
    expect(head.Metadata).toEqual({ by: 'signer' });
  });
});
