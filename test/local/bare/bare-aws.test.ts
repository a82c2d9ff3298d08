import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findFreePort } from '../../../local/assembly/ports.ts';
import { readPublicAddress } from '../../../local/bare/public-address.ts';
import { type BareAws, type BareAwsOptions, startBareAws } from '../../../local/bare/start.ts';
import { readStatus } from '../../../local/bare/status.ts';

let folder: string;
let running: BareAws[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-bare-'));
  running = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const aws of running) await aws.close();
  rmSync(folder, { recursive: true });
});

const start = async ({ host = '127.0.0.1', ...more }: { host?: string } & Partial<BareAwsOptions> = {}) => {
  const address = readPublicAddress(host);
  const aws = await startBareAws({ folder, address, hasTls: false, ...more });
  running.push(aws);
  return aws;
};
const stop = async (aws: BareAws): Promise<void> => {
  running = running.filter((other) => other !== aws);
  await aws.close();
};

const clientOptions = (aws: BareAws, service: string) => ({
  endpoint: aws.endpoints[service] ?? '',
  region: aws.region,
  credentials: aws.credential,
  maxAttempts: 1,
  ...(aws.caFile && { requestHandler: { httpsAgent: new Agent({ ca: readFileSync(aws.caFile) }) } }),
});
const bucketsOf = async (aws: BareAws): Promise<readonly (string | undefined)[]> => {
  const { Buckets } = await new S3Client(clientOptions(aws, 's3')).send(new ListBucketsCommand({}));
  return Buckets?.map(({ Name }) => Name) ?? [];
};
const portOf = (aws: BareAws, service: string): number => Number(new URL(aws.endpoints[service] ?? '').port);

describe('the bare local AWS', () => {
  it('has data, keys and ports again at the next start, with TLS as without', async () => {
    const first = await start();
    await new S3Client(clientOptions(first, 's3')).send(new CreateBucketCommand({ Bucket: 'kept' }));
    await stop(first);
    const second = await start({ hasTls: true });
    const overTls = await bucketsOf(second);
    await stop(second);
    const third = await start();

    expect(overTls).toEqual(['kept']);
    expect(await bucketsOf(third)).toEqual(['kept']);
    expect(third.endpoints).toEqual(first.endpoints);
    expect([second.credential, third.credential]).toEqual([first.credential, first.credential]);
    const withTls = Object.entries(first.endpoints).map(([name, url]) => [
      name,
      url.replace('http:', 'https:'),
    ]);
    expect(second.endpoints).toEqual(Object.fromEntries(withTls));
  });

  it('speaks TLS for every service, for the names of its certificate, and keeps the key to itself', async () => {
    const aws = await start({ hasTls: true });
    const localhost = (aws.endpoints.dynamodb ?? '').replace('127.0.0.1', 'localhost');

    const client = new DynamoDBClient({ ...clientOptions(aws, 'dynamodb'), endpoint: localhost });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    for (const url of Object.values(aws.endpoints)) expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    await expect(fetch(aws.endpoints.s3 ?? '')).rejects.toThrow('fetch failed');
    expect(aws.environment).toMatchObject({
      AWS_CA_BUNDLE: aws.caFile,
      NODE_EXTRA_CA_CERTS: aws.caFile,
      AWS_ENDPOINT_URL_S3: aws.endpoints.s3,
      AWS_REGION: aws.region,
    });
    expect(statSync(join(folder, 'tls', 'key.pem')).mode & 0o777).toBe(0o600);
  });

  it('gives the URLs of queues with the scheme and the name that it was called by', async () => {
    const aws = await start({ hasTls: true });
    const endpoint = (aws.endpoints.sqs ?? '').replace('127.0.0.1', 'localhost');

    const outside = new SQSClient({ ...clientOptions(aws, 'sqs'), endpoint });
    const { QueueUrl } = await outside.send(new CreateQueueCommand({ QueueName: 'jobs' }));

    expect(QueueUrl).toBe(`${endpoint}/${aws.accountId}/jobs`);
  });

  it('listens on the address it was given and not on the ports of others', async () => {
    const aws = await start({ host: '127.0.0.2' });

    expect(new URL(aws.endpoints.s3 ?? '').hostname).toBe('127.0.0.2');
    expect(await bucketsOf(aws)).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${portOf(aws, 's3')}`)).rejects.toThrow('fetch failed');
    await expect(start({ host: '192.0.2.1', folder: join(folder, 'other') })).rejects.toThrow(
      /s3 cannot be served on 192\.0\.2\.1 port \d+: .*EADDRNOTAVAIL/,
    );
  });

  it('takes consecutive ports from the one it is given', async () => {
    const base = await findFreePort();

    const aws = await start({ portBase: base });

    const ports = Object.keys(aws.endpoints).map((service) => portOf(aws, service));
    expect(ports).toEqual(ports.map((_, index) => base + index));
    const environment = new URL(aws.environment.AWS_ENDPOINT_URL ?? '');
    expect(Number(environment.port)).toBe(base + ports.length);
  });

  it('names the port that is taken and leaves nothing running', async () => {
    // The ports after it are wanted, too: not of those that others are given at any time.
    const port = await findFreePort();
    const other = createTcpServer().listen(port, '127.0.0.1');
    await once(other, 'listening');

    await expect(start({ portBase: port })).rejects.toThrow(`Port ${port} is not free for s3`);
    other.close();

    expect(await readStatus(folder)).toEqual({ state: 'stopped' });
    await start({ portBase: port });
  });

  it('leaves a DynamoDB that is there already where it is', async () => {
    const other = createServer((_, response) => response.end('{"TableNames":["elsewhere"]}'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    vi.stubEnv('HOLDFAST_DYNAMODB_ENDPOINT', url);

    const aws = await start({ hasTls: true });
    other.close();

    expect(aws.endpoints.dynamodb).toBe(url);
    expect(aws.endpoints.s3).toMatch(/^https:/);
  });

  it('says in an answer which service it does not have', async () => {
    const aws = await start();

    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/iam/aws4_request';
    const answer = await fetch(aws.environment.AWS_ENDPOINT_URL ?? '', { headers: { authorization } });

    expect(await answer.json()).toMatchObject({ message: 'The local AWS has no service "iam".' });
  });
});

describe('the status of a data folder', () => {
  it('says what runs there and what it holds, also over TLS', async () => {
    const before = await readStatus(folder);
    const aws = await start({ hasTls: true });
    await new S3Client(clientOptions(aws, 's3')).send(new CreateBucketCommand({ Bucket: 'counted' }));

    const status = await readStatus(folder);
    await stop(aws);

    expect(before).toEqual({ state: 'stopped' });
    expect(status).toMatchObject({
      ...{ state: 'running', pid: process.pid },
      facts: { region: aws.region, caFile: aws.caFile, versions: { node: process.versions.node } },
      services: {
        s3: { endpoint: aws.endpoints.s3, holds: { what: 'buckets', count: 1 } },
        dynamodb: { endpoint: aws.endpoints.dynamodb, holds: { what: 'tables', count: 0 } },
        lambda: { holds: { what: 'functions', count: 0 } },
        stepfunctions: { holds: { what: 'state machines', count: 0 } },
      },
    });
    expect(await readStatus(folder)).toEqual({ state: 'stopped' });
  });

  it('does not disturb a start at the same moment', async () => {
    await stop(await start());
    const looks = new AbortController();
    const looking = (async () => {
      while (!looks.signal.aborted) {
        await readStatus(folder);
        await sleep(1);
      }
    })();

    await start();

    looks.abort();
    await looking;
  });
});
