import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { figuresOf } from './mover/process-figures.ts';
import { reportPairs } from './support/ratio.ts';
import { startS3Server, stopS3Server } from './support/s3-server.ts';

// Processor seconds of the local S3 for packs as the gateway moves them: presigned, with their SHA-256, two at a time,
// under a KMS key. Against them what it takes to hash and write the same bytes, without a socket and into pages that the
// cache has already. A gateway on the same machine works with what the S3 leaves over. What is read was stored just before, so
// that it comes from the memory of the S3, as in a restore of the last backup.

const BODY_BYTES = 16 * 2 ** 20;
const BODIES = 24;
const ROUNDS = 7;
/** Not counted: code is compiled, threads and pools come up. */
const WARM_UP_ROUNDS = 2;
const KEYS = 4;
const PIECE_BYTES = 2 ** 20;

const region = 'us-east-1';
const credentials = { accessKeyId: 'AKIABENCH', secretAccessKey: 'secret' };
const body = randomBytes(BODY_BYTES);
const sha256 = createHash('sha256').update(body).digest('base64');
const agent = new Agent({ keepAlive: true });
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

const { accessKeyId, secretAccessKey } = credentials;
const server = await startS3Server(directory, 'local-s3.ts', region, accessKeyId, secretAccessKey, 'vault');
const serverPid = Number(server.process.pid);
const client = new S3Client({ endpoint: server.endpoint, region, credentials, forcePathStyle: true });

const exchange = async (method: string, url: string, headers: object, sent?: Buffer): Promise<number> => {
  const call = request(url, { method, agent, headers: { ...headers } });
  call.end(sent);
  const [response] = await once(call, 'response');
  let receivedBytes = 0;
  response.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
  });
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`${method} was answered with ${response.statusCode}`);
  return receivedBytes;
};

const target = (index: number) => ({ Bucket: 'vault', Key: `body-${index % KEYS}` });

const put = async (index: number): Promise<void> => {
  const command = new PutObjectCommand({
    ...target(index),
    ChecksumSHA256: sha256,
    ContentLength: BODY_BYTES,
    ServerSideEncryption: 'aws:kms',
  });
  const names = new Set(['x-amz-checksum-sha256', 'x-amz-server-side-encryption']);
  const url = await getSignedUrl(client, command, { unhoistableHeaders: names });
  const headers = {
    'content-length': BODY_BYTES,
    'x-amz-checksum-sha256': sha256,
    'x-amz-server-side-encryption': 'aws:kms',
  };
  await exchange('PUT', url, headers, body);
};

const get = async (index: number): Promise<void> => {
  const url = await getSignedUrl(client, new GetObjectCommand(target(index)));
  const receivedBytes = await exchange('GET', url, {});
  if (receivedBytes !== BODY_BYTES) throw new Error(`GET gave ${receivedBytes} bytes`);
};

const pieces = Array.from({ length: BODY_BYTES / PIECE_BYTES }, (_, index) =>
  body.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
);

const hashAndWrite = (index: number): void => {
  const fd = openSync(join(directory, 'new'), 'w');
  const hash = createHash('sha256');
  for (const piece of pieces) {
    hash.update(piece);
    writeSync(fd, piece);
  }
  if (hash.digest('base64') !== sha256) throw new Error('a body was changed');
  fsyncSync(fd);
  closeSync(fd);
  renameSync(join(directory, 'new'), join(directory, `body-${index % KEYS}`));
};

/** Two at a time, as the gateway does. */
const serverSeconds = async (run: (index: number) => Promise<void>): Promise<number> => {
  const before = figuresOf(serverPid).cpuSeconds;
  for (let index = 0; index < BODIES; index += 2) await Promise.all([run(index), run(index + 1)]);
  return figuresOf(serverPid).cpuSeconds - before;
};

const ownSeconds = (run: (index: number) => void): number => {
  const before = process.cpuUsage();
  for (let index = 0; index < BODIES; index++) run(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

const gigabytes = (BODIES * BODY_BYTES) / 1e9;

const compare = async (
  what: string,
  run: (index: number) => Promise<void>,
  atMost: number,
): Promise<void> => {
  const ours: number[] = [];
  const peers: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const figures = [await serverSeconds(run), ownSeconds(hashAndWrite)] as const;
    if (round < 0) continue;
    ours.push(figures[0] / gigabytes);
    peers.push(figures[1] / gigabytes);
  }
  reportPairs({ what, ours, peers, unit: 'CPU s per GB', limit: { atMost } });
};

try {
  await compare('PUT of 16 MiB against hashing and writing it', put, 2.5);
  await compare('GET of 16 MiB against hashing and writing it', get, 0.9);
} finally {
  agent.destroy();
  client.destroy();
  await stopS3Server(server);
  rmSync(directory, { recursive: true });
}
