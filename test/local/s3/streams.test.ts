import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

const directory = newDirectory();
let s3: LocalS3;
let client: S3Client;
const Bucket = 'unversioned';
afterAll(() => removeDirectory(directory));

/** For the tests of one group: a server with this much memory for bodies. */
function serve(keptBytes: number): void {
  beforeAll(async () => {
    s3 = await startLocal({ directory, keptBytes });
    s3.putBucket({ name: Bucket, versioning: false });
    client = clientOf(s3.endpoint, 'Admin');
  });
  afterAll(async () => {
    client.destroy();
    await s3.close();
  });
}

const plainHttp = (url: string) => url.replace('https', 'http');
const urlFor = async (command: PutObjectCommand | GetObjectCommand) =>
  plainHttp(await getSignedUrl(client, command as GetObjectCommand, { signableHeaders: new Set(['host']) }));
const unfinished = () => readdirSync(join(directory, 'unfinished'));
/** Bodies that this process, and so the server in it, has open. */
const openBodies = () =>
  readdirSync('/proc/self/fd')
    .map(pathOfDescriptor)
    .filter((path) => path.startsWith(join(directory, 'bodies')));

function pathOfDescriptor(fd: string): string {
  try {
    return readlinkSync(join('/proc/self/fd', fd));
  } catch {
    // That of the listing itself.
    return '';
  }
}

/** A reader that has seen the head of the answer and takes no more for now. */
async function openSlowReader(Key: string): Promise<IncomingMessage> {
  const url = await urlFor(new GetObjectCommand({ Bucket, Key }));
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  response.pause();
  return response;
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each([
  { source: 'files', keptBytes: 0 },
  { source: 'memory', keptBytes: 2 ** 27 },
])('bodies answered from $source', ({ keptBytes }) => {
  serve(keptBytes);

  describe('a slow reader', () => {
    it.each(['overwritten', 'deleted'])('gets the object as it was when it is %s meanwhile', async (Key) => {
      const body = randomBytes(16_000_000);
      await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
      const reader = await openSlowReader(Key);

      if (Key === 'deleted') await client.send(new DeleteObjectCommand({ Bucket, Key }));
      else await client.send(new PutObjectCommand({ Bucket, Key, Body: 'short' }));
      const received = await readAll(reader);

      expect(received.equals(body)).toBe(true);
    });

    it('does not hold up others, and can go away', async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'left', Body: randomBytes(16_000_000) }));
      const reader = await openSlowReader('left');

      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'left' }));
      reader.destroy();

      expect(head.ContentLength).toBe(16_000_000);
      await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'left' }))).resolves.toBeDefined();
    });
  });

  describe('readers', () => {
    it('of different bodies at different speeds get each their own bytes', async () => {
      const bodies = Array.from({ length: 6 }, () => randomBytes(3_000_000));
      const keyOf = (index: number) => `mixed-${index}`;
      await Promise.all(
        bodies.map((Body, index) => client.send(new PutObjectCommand({ Bucket, Key: keyOf(index), Body }))),
      );

      const slow = await Promise.all(bodies.map((_, index) => openSlowReader(keyOf(index))));
      const ranges = bodies.map(async (body, index) => {
        const [start, end] = [index * 100_001, 2_999_998 - index];
        const url = await urlFor(new GetObjectCommand({ Bucket, Key: keyOf(index) }));
        const asked = get(url, { headers: { range: `bytes=${start}-${end}` } });
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        expect((await readAll(response)).equals(body.subarray(start, end + 1))).toBe(true);
      });
      await Promise.all(ranges);

      const whole = await Promise.all(slow.map(readAll));
      expect(whole.map((received, index) => received.equals(bodies[index] ?? received.subarray(1)))).toEqual(
        bodies.map(() => true),
      );
    });
  });
});

describe('readers of files', () => {
  serve(0);

  it('that go away leave no file open, those that never got their turn included', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'left-open', Body: randomBytes(16_000_000) }));
    const url = new URL(await urlFor(new GetObjectCommand({ Bucket, Key: 'left-open' })));
    const ask = `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`;
    const socket = connect(Number(url.port), url.hostname);
    // The second answer waits for the first, which nobody takes.
    socket.write(ask.repeat(2));
    await once(socket, 'readable');
    while (openBodies().length < 2) await delay(5);

    socket.destroy();

    while (openBodies().length > 0) await delay(5);
  });
});

describe('a client that goes away in mid-PUT', () => {
  serve(2 ** 27);

  it('stores nothing and leaves nothing', async () => {
    const upload = request(await urlFor(new PutObjectCommand({ Bucket, Key: 'aborted' })), {
      method: 'PUT',
      headers: { 'content-length': 5_000_000 },
    });
    upload.on('error', () => {});
    upload.write(randomBytes(3_000_000));
    while (unfinished().length === 0) await delay(5);

    upload.destroy();
    while (unfinished().length > 0) await delay(5);

    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'aborted' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });
});

describe('a refusal before the body', () => {
  serve(2 ** 27);

  it('reaches a client that waits for 100 Continue, which then sends nothing', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }));
    const upload = request(await urlFor(new PutObjectCommand({ Bucket, Key: 'there' })), {
      method: 'PUT',
      headers: { 'content-length': 5_000_000, expect: '100-continue', 'if-none-match': '*' },
    });
    let wasContinued = false;
    upload.on('continue', () => {
      wasContinued = true;
    });
    upload.flushHeaders();
    upload.on('error', () => {});

    const [response] = (await once(upload, 'response')) as [IncomingMessage];

    expect(response.statusCode).toBe(412);
    expect(wasContinued).toBe(false);
    // Otherwise the body of a client that sends it all the same would pass for its next request.
    expect(response.headers.connection).toBe('close');
    upload.destroy();
  });

  it('reaches a client that sends without waiting, and its connection stays usable', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }));
    const big = new PutObjectCommand({
      Bucket,
      Key: 'there',
      Body: randomBytes(20_000_000),
      IfNoneMatch: '*',
    });

    await expect(client.send(big)).rejects.toMatchObject({ name: 'PreconditionFailed' });

    await expect(client.send(new ListObjectsV2Command({ Bucket }))).resolves.toBeDefined();
  });

  it('reaches a client that closes its connection afterwards', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }));
    const url = await urlFor(new PutObjectCommand({ Bucket, Key: 'there' }));
    const body = randomBytes(20_000_000);

    for (let i = 0; i < 3; i++) {
      const headers = { 'content-length': body.length, 'if-none-match': '*', connection: 'close' };
      const upload = request(url, { method: 'PUT', headers, agent: false });
      const answered = once(upload, 'response');
      const closed = once(upload, 'close');
      upload.end(body);
      const [response] = (await answered) as [IncomingMessage];

      expect(response.statusCode).toBe(412);
      expect(`${await readAll(response)}`).toContain('PreconditionFailed');
      await closed;
    }
  });

  it('comes for a body over the limit, however long it says it is', async () => {
    const url = await urlFor(new PutObjectCommand({ Bucket, Key: 'huge' }));
    const upload = request(url, { method: 'PUT', headers: { 'content-length': 5 * 2 ** 30 + 1 } });
    upload.on('error', () => {});
    upload.flushHeaders();

    const [response] = (await once(upload, 'response')) as [IncomingMessage];

    expect(response.statusCode).toBe(400);
    expect(`${await readAll(response)}`).toContain('<Code>EntityTooLarge</Code>');
    upload.destroy();
  });

  it('comes for a body of unknown length', async () => {
    const url = await urlFor(new PutObjectCommand({ Bucket, Key: 'unknown' }));
    const upload = request(url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } });
    upload.end('some');

    const [response] = (await once(upload, 'response')) as [IncomingMessage];

    expect(response.statusCode).toBe(411);
    response.resume();
  });
});
