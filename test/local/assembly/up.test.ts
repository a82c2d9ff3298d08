import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../../local/up.ts';
import { synthesizeExample } from './example-app/app.ts';

const PROCESS = new URL('local-aws-process.ts', import.meta.url).pathname;

let example: string;
beforeAll(() => {
  example = synthesizeExample();
});
afterAll(() => rmSync(example, { recursive: true, force: true }));

let dataDirectory: string;
let running: LocalAws[];
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'holdfast-local-aws-'));
  running = [];
});
afterEach(async () => {
  for (const aws of running) await aws.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const start = async (options: Partial<LocalAwsOptions> = {}): Promise<LocalAws> => {
  const aws = await startLocalAws({
    assemblyDirectory: join(example, 'assembly'),
    dataDirectory,
    ...options,
  });
  running.push(aws);
  return aws;
};
const stop = async (aws: LocalAws): Promise<void> => {
  running = running.filter((other) => other !== aws);
  await aws.close();
};

const call = (url: string | undefined, method: string, path: string, token = 'good', body?: string) =>
  fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body }) });

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

const clientOptions = ({ region, adminCredential: credentials }: LocalAws, endpoint: string) => ({
  ...{ region, credentials, endpoint, maxAttempts: 1 },
});

const itemOf = async (aws: LocalAws, pk: string): Promise<Record<string, unknown> | undefined> => {
  const client = new DynamoDBClient(clientOptions(aws, aws.endpoints.dynamodb));
  const TableName = aws.findResource('AWS::DynamoDB::GlobalTable').name;
  const { Item } = await DynamoDBDocumentClient.from(client).send(
    new GetCommand({ TableName, Key: { pk }, ConsistentRead: true }),
  );
  client.destroy();
  return Item;
};
const marksOf = async (aws: LocalAws, pk: string) => [
  ...(((await itemOf(aws, pk))?.marks as Set<string> | undefined) ?? []),
];

describe('the local AWS of a synthesized app', () => {
  let aws: LocalAws;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-local-aws-'));
    aws = await startLocalAws({ assemblyDirectory: join(example, 'assembly'), dataDirectory: folder });
  });
  afterAll(async () => {
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves a request through authorizer, function, table, bucket, workflow and event rule', async () => {
    const url = aws.endpoints.httpApi.Api;

    const refused = await call(url, 'PUT', '/items/a', 'bad', 'text of a');
    const stored = await call(url, 'PUT', '/items/a', 'good', 'text of a');
    const read = await call(url, 'GET', '/items/a');

    expect([refused.status, stored.status]).toEqual([403, 202]);
    expect(await read.json()).toMatchObject({ pk: 'a', caller: 'the tester', text: 'text of a', url });
    expect(aws.outputs.Service?.Url).toBe(`${url}/`);
    await vi.waitFor(async () => expect(await marksOf(aws, 'a')).toEqual(['by the workflow']), 10_000);
    await vi.waitFor(async () => expect(await marksOf(aws, 'events')).toEqual(['items/a']), 10_000);
  });

  it('lets a function do what its role allows and nothing else', async () => {
    const { payload } = await aws.lambda.invoke(
      aws.findResource('AWS::Lambda::Function', 'overstep').name,
      '{}',
    );

    expect(JSON.parse(payload)).toEqual({
      getObject: 'AccessDenied',
      startExecution: 'AccessDeniedException',
      putEvents: 'AccessDeniedException',
      invoke: 'AccessDeniedException',
      sns: { __type: 'NotImplemented', message: 'The local AWS has no service "sns".' },
    });
  });

  it("enforces the bucket's policy against the administrator, too", async () => {
    const s3 = new S3Client(clientOptions(aws, aws.endpoints.s3));
    const object = { Bucket: aws.findResource('AWS::S3::Bucket').name, Key: 'other/x', Body: 'x' };

    await expect(s3.send(new PutObjectCommand(object))).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
  });

  it('finds a resource by its type and construct, and says when there is not one', () => {
    expect(aws.findResource('AWS::StepFunctions::StateMachine', 'Workflow').name).toMatch(
      /^Service-Workflow/,
    );
    expect(() => aws.findResource('AWS::S3::Bucket', 'Nowhere')).toThrow(/There is not one AWS::S3::Bucket/);
  });
});

describe('a start', () => {
  it('finds data, keys and ports again after a restart', async () => {
    const first = await start();
    await call(first.endpoints.httpApi.Api, 'PUT', '/items/a', 'good', 'kept');
    await stop(first);
    const { httpApi, ...services } = first.endpoints;
    const leftOver = await Promise.all(
      [...Object.values(services), ...Object.values(httpApi)].map((url) => answers(url)),
    );

    const second = await start();
    const read = await call(second.endpoints.httpApi.Api, 'GET', '/items/a');

    expect(leftOver).toEqual(leftOver.map(() => false));
    expect(await read.json()).toMatchObject({ text: 'kept' });
    expect(second.endpoints).toEqual(first.endpoints);
    expect(second.adminCredential).toEqual(first.adminCredential);
    expect(statSync(join(dataDirectory, 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  it('runs a schedule by the clock that it was given', async () => {
    let now = Date.parse('2026-11-21T02:29:00Z');
    const aws = await start({ clock: () => now });

    now = Date.parse('2026-11-21T02:30:01Z');

    await vi.waitFor(
      async () => expect(await marksOf(aws, 'schedule')).toEqual(['2026-11-21T02:30:00Z']),
      10_000,
    );
  });
});

describe('a data folder', () => {
  it('is used by one process at a time', async () => {
    await start();

    await expect(start()).rejects.toThrow(`is in use by process ${process.pid}: end it`);
  });

  it('is free again, with everything that was answered, when its process was killed with SIGKILL', async () => {
    const child = spawn(process.execPath, [PROCESS, join(example, 'assembly'), dataDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await firstLine(child);
    const stored = await call(url, 'PUT', '/items/a', 'good', 'before the kill');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const aws = await start();
    const read = await call(aws.endpoints.httpApi.Api, 'GET', '/items/a');

    expect(stored.status).toBe(202);
    expect(await read.json()).toMatchObject({ text: 'before the kill' });
    await vi.waitFor(async () => expect(await marksOf(aws, 'a')).toEqual(['by the workflow']), 10_000);
    await vi.waitFor(async () => expect(await marksOf(aws, 'events')).toEqual(['items/a']), 10_000);
  });

  it('is released when the start fails', async () => {
    const occupied = await start();
    const port = Number(new URL(occupied.endpoints.s3).port);
    const other = join(dataDirectory, 'other');

    await expect(start({ dataDirectory: other, ports: { s3: port } })).rejects.toThrow(
      `Port ${port} is not free for s3`,
    );
    await start({ dataDirectory: other });
  });
});

const firstLine = async (child: ChildProcess): Promise<string> => {
  const [chunk] = await once(child.stdout ?? child, 'data');
  return String(chunk).trim();
};
