import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { reportPairs, reportRatio } from './support/ratio.ts';
import { type S3Server, startS3Server, stopS3Server } from './support/s3-server.ts';

// The local S3 against a bare node:http file server: the same client, the same bodies, turn by turn. The bare server
// checks nothing and syncs nothing, so the ratio is what signatures, checksums, ETags and durability cost.

const BODY_BYTES = 32 * 2 ** 20;
const ROUNDS = 45;
/** Not counted: threads start and code is compiled, on both sides. */
const WARM_UP_ROUNDS = 8;
const LEAST = 0.6;
const MOST_RSS_MIB = 250;

const bucket = 'vault';
const region = 'us-east-1';
const credentials = { accessKeyId: 'AKIABENCH', secretAccessKey: 'secret' };
const body = randomBytes(BODY_BYTES);
const sha256 = createHash('sha256').update(body).digest('base64');
const agent = new Agent({ keepAlive: true });
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

const { accessKeyId, secretAccessKey } = credentials;
const s3 = await startS3Server(directory, 'local-s3.ts', region, accessKeyId, secretAccessKey, bucket);
const bare = await startS3Server(directory, 'bare-server.ts');

const clientOf = ({ endpoint }: S3Server) =>
  new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });

/** As the gateway sends it: a URL that signs the SHA-256, the body as it is. */
const exchange = async (
  method: string,
  url: string,
  headers: object = {},
  sent?: Buffer,
): Promise<number> => {
  const call = request(url, { method, agent, headers: { ...headers } });
  call.end(sent);
  const [response] = await once(call, 'response');
  let receivedBytes = 0;
  for await (const chunk of response) receivedBytes += chunk.length;
  if (response.statusCode !== 200) throw new Error(`${method} was answered with ${response.statusCode}`);
  return receivedBytes;
};

const putSigned = (subject: S3Server) => {
  const client = clientOf(subject);
  return async (key: string) => {
    const command = new PutObjectCommand({
      ...{ Bucket: bucket, Key: key, ChecksumSHA256: sha256, ContentLength: BODY_BYTES },
    });
    const url = await getSignedUrl(client, command, {
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    });
    const headers = { 'content-length': BODY_BYTES, 'x-amz-checksum-sha256': sha256 };
    await exchange('PUT', url, headers, body);
  };
};

const getSigned = (subject: S3Server) => {
  const client = clientOf(subject);
  return async (key: string) => {
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }));
    const receivedBytes = await exchange('GET', url);
    if (receivedBytes !== BODY_BYTES) throw new Error(`GET gave ${receivedBytes} bytes`);
  };
};

const putWithSdk = (subject: S3Server) => {
  const client = clientOf(subject);
  return async (key: string) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  };
};

const getWithSdk = (subject: S3Server) => {
  const client = clientOf(subject);
  return async (key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = await Body?.transformToByteArray();
    if (bytes?.length !== BODY_BYTES) throw new Error(`GET gave ${bytes?.length} bytes`);
  };
};

/** MiB per second in rounds that take turns; each round's two neighbours are compared, for noise meets both alike. */
const compare = async (what: string, make: (subject: S3Server) => (key: string) => Promise<void>) => {
  const sides = [s3, bare].map((subject) => ({ run: make(subject), rates: [] as number[] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { run, rates } of sides) {
      const begin = performance.now();
      await run(`body-${Math.abs(round) % 3}`);
      if (round >= 0) rates.push(BODY_BYTES / 2 ** 20 / ((performance.now() - begin) / 1000));
    }
  }
  const [ours = [], peers = []] = sides.map(({ rates }) => rates);
  reportPairs({ what, ours, peers, unit: 'MiB/s', limit: { atLeast: LEAST } });
};

/** Highest resident memory of a process since its start (Linux only). */
const peakRssMib = ({ process: { pid } }: S3Server): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
};

try {
  // Ours waits for the disk, the bare server does not: what others have left to be written is not to be measured.
  spawnSync('sync');
  await compare('PUT of 32 MiB, presigned with its SHA-256', putSigned);
  await compare('GET of 32 MiB, presigned', getSigned);
  await compare('PUT of 32 MiB through the SDK', putWithSdk);
  await compare('GET of 32 MiB through the SDK', getWithSdk);
  if (process.platform === 'linux') {
    const limit = { atMost: 1 };
    reportRatio({ what: 'peak memory', ours: peakRssMib(s3), peer: MOST_RSS_MIB, unit: 'MiB', limit });
  }
} finally {
  agent.destroy();
  for (const subject of [s3, bare]) await stopS3Server(subject);
  rmSync(directory, { recursive: true });
}
