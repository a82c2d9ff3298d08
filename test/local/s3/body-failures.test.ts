import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

// What is below the server gives way while a large body is stored: its thread, its disk.

const Bucket = 'vault';
const body = randomBytes(5_000_000);
let directory: string;
let s3: LocalS3 | undefined;
let client: S3Client;
beforeEach(async () => {
  directory = newDirectory();
  // The reasons go there, for who runs the server.
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  client.destroy();
  await s3?.close();
  s3 = undefined;
  removeDirectory(directory);
});

async function startHere(): Promise<void> {
  s3 = await startLocal({ directory });
  s3.putBucket({ name: Bucket, versioning: false });
  client = clientOf(s3.endpoint, 'Admin');
}

const files = () => ['unfinished', 'bodies'].flatMap((folder) => readdirSync(join(directory, folder)));

/** A PUT of which the first part was sent, and came as far as a thread. */
async function beginPut(Key: string): Promise<ClientRequest> {
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key }));
  const upload = request(url.replace('https', 'http'), {
    method: 'PUT',
    headers: { 'content-length': body.length },
  });
  upload.write(body.subarray(0, 3_000_000));
  while (readdirSync(join(directory, 'unfinished')).length === 0) await delay(2);
  return upload;
}

async function endPut(upload: ClientRequest): Promise<number | undefined> {
  const answered = once(upload, 'response');
  upload.end(body.subarray(3_000_000));
  const [response] = (await answered) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function expectStored(Key: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
}

it('the thread that stores a body dies: the PUT fails, nothing is left, and the next one is stored', async () => {
  await startHere();
  const threads: Worker[] = [];
  const note = (thread: Worker) => threads.push(thread);
  process.on('worker', note);
  const upload = await beginPut('lost');

  await Promise.all(threads.map((thread) => thread.terminate()));
  const status = await endPut(upload);

  process.off('worker', note);
  expect(threads).toHaveLength(1);
  expect(status).toBe(500);
  expect(files()).toEqual([]);
  await expectStored('next');
});

it('a body whose file cannot be made fails, and the next one is stored', async () => {
  await startHere();
  const folder = join(directory, 'unfinished');
  rmdirSync(folder);

  const put = client.send(new PutObjectCommand({ Bucket, Key: 'nowhere', Body: body }));

  await expect(put).rejects.toMatchObject({ name: 'InternalError' });
  mkdirSync(folder);
  expect(files()).toEqual([]);
  await expectStored('next');
});

describe('a disk that takes no more', () => {
  it('fails the body that does not fit, leaves nothing of it, and stores what fits', async () => {
    const script = join(import.meta.dirname, 'server-process.ts');
    // Files of at most 2 MiB: what is written beyond fails as on a full disk.
    const command = 'ulimit -f 4096; exec "$0" "$@"';
    const child = spawn('/bin/sh', ['-c', command, process.execPath, script, directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [endpoint] = (await once(createInterface(child.stdout), 'line')) as [string];
      client = clientOf(endpoint, 'Admin');

      const put = client.send(new PutObjectCommand({ Bucket, Key: 'too-large', Body: body }));

      await expect(put).rejects.toMatchObject({ name: 'InternalError' });
      expect(files()).toEqual([]);
      const Body = body.subarray(0, 1_500_000);
      await client.send(new PutObjectCommand({ Bucket, Key: 'fits', Body }));
      expect(files()).toHaveLength(1);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});
