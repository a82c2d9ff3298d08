import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { sendRaw, signedBySdk, targetOf } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'body' }));
});
afterAll(() => s3.close());

const host = () => new URL(s3.url).host;
const signed = async (Key: string) => signedBySdk(s3, new GetObjectCommand({ Bucket, Key }));
/** One answer on a connection of its own, byte by byte as it was written. */
async function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(s3.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(bytes);
  return text(socket);
}

describe('every answer', () => {
  const cases: [string, number, () => Promise<{ method: string; target: string; headers: object }>][] = [
    ['to a read', 200, () => signed('k')],
    ['about a missing key', 404, () => signed('missing')],
    [
      'to an anonymous request',
      403,
      async () => ({ method: 'GET', target: `/${Bucket}/k`, headers: { host: host() } }),
    ],
    [
      'to a target that is no path',
      400,
      async () => ({ method: 'GET', target: '/%zz', headers: { host: host() } }),
    ],
  ];

  it.each(cases)('%s has an id and a date', async (_what, status, make) => {
    const { method, target, headers } = await make();

    const response = await sendRaw(s3.url, { method, target, headers: { ...headers } });

    expect(response.status).toBe(status);
    expect(response.headers['x-amz-request-id']).toMatch(/^[0-9A-Z]{16}$/);
    expect(response.headers['x-amz-id-2']).toBeTruthy();
    expect(Math.abs(Date.now() - Date.parse(`${response.headers.date}`))).toBeLessThan(60_000);
  });

  it('with an error names its id in the document, too', async () => {
    const response = await sendRaw(s3.url, await signed('missing'));

    const id = /<RequestId>(.*)<\/RequestId>/.exec(`${response.body}`)?.[1];
    expect(id).toBe(response.headers['x-amz-request-id']);
    expect(response.headers['content-type']).toBe('application/xml');
  });

  it('to HEAD has no body, whatever it says', async () => {
    for (const Key of ['k', 'missing']) {
      const url = await getSignedUrl(s3.client, new GetObjectCommand({ Bucket, Key }));
      const refused = await sendRaw(s3.url, {
        method: 'HEAD',
        target: targetOf(url),
        headers: { host: host() },
      });

      // Signed for GET: the signature does not fit.
      expect(refused).toMatchObject({ status: 403, code: '' });
      expect(refused.body).toHaveLength(0);
    }
  });
});

it('keeps a connection over refusals', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports: (number | undefined)[] = [];
  for (const Key of ['missing', 'k', 'missing', 'k']) {
    const { method, target, headers } = await signed(Key);
    const { hostname, port } = new URL(s3.url);
    const sent = request({ hostname, port, method, path: target, headers, agent }).end();
    const [response] = await once(sent, 'response');
    ports.push(response.socket.localPort);
    await text(response);
    expect(response.statusCode).toBe(Key === 'k' ? 200 : 404);
  }
  agent.destroy();

  expect(new Set(ports).size).toBe(1);
});

it('lets a client that waits for 100 Continue go on when nothing speaks against it', async () => {
  const url = await getSignedUrl(s3.client, new PutObjectCommand({ Bucket, Key: 'awaited' }));
  const upload = request(url, {
    method: 'PUT',
    headers: { 'content-length': 4, expect: '100-continue' },
  });
  upload.flushHeaders();
  await once(upload, 'continue');
  upload.end('body');
  const [response] = await once(upload, 'response');
  response.resume();

  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'awaited' }));

  expect(response.statusCode).toBe(200);
  expect(await got.Body?.transformToString()).toBe('body');
});

it('refuses a document of too many keys, and one that is too long', async () => {
  const Objects = Array.from({ length: 1001 }, (_, i) => ({ Key: `${i}` }));
  const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
  await expect(s3.client.send(command)).rejects.toMatchObject({ name: 'MalformedXML' });

  const TagSet = [{ Key: 'k', Value: 'x'.repeat(2 ** 21) }];
  const tagging = s3.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
  await expect(tagging).rejects.toMatchObject({
    name: 'MaxMessageLengthExceeded',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['no request line', 'nonsense\r\n\r\n', 'BadRequest'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`,
      'RequestHeaderSectionTooLarge',
    ],
  ])('is refused in S3’s form: %s', async (_what, bytes, code) => {
    const answer = await exchange(bytes);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/\r\nx-amz-request-id: [0-9A-Z]{16}\r\n/);
    expect(answer).toContain(`<Code>${code}</Code>`);
  });
});
