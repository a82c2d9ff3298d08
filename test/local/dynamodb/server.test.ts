import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../local/assembly/ports.ts';
import { findDynamoDb } from '../../../local/dynamodb/program.ts';
import { startDynamoDb } from '../../../local/dynamodb/server.ts';
import { ensureTable } from '../../../local/dynamodb/tables.ts';

const PARENT = new URL('dynamodb-parent.ts', import.meta.url).pathname;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-dynamodb-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

const table = {
  tableName: 'Catalog',
  keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  attributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  globalSecondaryIndexes: [],
} as const;

const start = async (port?: number) =>
  startDynamoDb({ program: findDynamoDb(), directory, port: port ?? (await findFreePort()) });

const waitUntilRefused = async (endpoint: string): Promise<number> => {
  const begin = performance.now();
  while (performance.now() - begin < 10_000) {
    if (
      await fetch(endpoint).then(
        () => false,
        () => true,
      )
    )
      return performance.now() - begin;
    await sleep(50);
  }
  throw new Error(`${endpoint} still answers`);
};

describe('the DynamoDB launcher', () => {
  it('keeps tables and items over a restart on the same folder', async () => {
    const first = await start();
    await ensureTable(clientOf(first.endpoint), table);
    await DynamoDBDocumentClient.from(clientOf(first.endpoint)).send(
      new PutCommand({ TableName: 'Catalog', Item: { pk: 'a', value: 1 } }),
    );
    await first.close();

    const second = await start();
    const client = clientOf(second.endpoint);
    await ensureTable(client, table);
    const { Item } = await DynamoDBDocumentClient.from(client).send(
      new GetCommand({ TableName: 'Catalog', Key: { pk: 'a' }, ConsistentRead: true }),
    );
    await second.close();

    expect(Item).toEqual({ pk: 'a', value: 1 });
  });

  it('leaves no process behind when it is closed', async () => {
    const service = await start();

    await service.close();

    expect(await waitUntilRefused(service.endpoint)).toBeLessThan(500);
  });

  it('says what is wrong when the port is taken', async () => {
    const occupant = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    if (address === null || typeof address === 'string') throw new Error('no port');

    await expect(start(address.port)).rejects.toThrow(/DynamoDB \(dynoxide\) ended with exit code/);
    occupant.close();
  });

  it('ends within seconds when its parent is killed with SIGKILL, and the database opens again', async () => {
    const port = await findFreePort();
    const parent = await startParent(directory, port);
    const endpoint = `http://127.0.0.1:${port}`;
    await ensureTable(clientOf(endpoint), table);
    const documents = DynamoDBDocumentClient.from(clientOf(endpoint));
    await documents.send(new PutCommand({ TableName: 'Catalog', Item: { pk: 'written before the kill' } }));

    parent.kill('SIGKILL');
    const elapsedMs = await waitUntilRefused(endpoint);

    expect(elapsedMs).toBeLessThan(4_000);
    const again = await start();
    const { Item } = await DynamoDBDocumentClient.from(clientOf(again.endpoint)).send(
      new GetCommand({ TableName: 'Catalog', Key: { pk: 'written before the kill' } }),
    );
    await again.close();
    expect(Item).toBeDefined();
  });

  it('opens a database again whose server was itself killed with SIGKILL', async () => {
    const program = findDynamoDb();
    if (program.kind !== 'binary') throw new Error('this test needs the dynoxide binary');
    const port = await findFreePort();
    const database = join(directory, 'dynamodb.sqlite');
    const server = spawn(program.path, ['serve', '--port', `${port}`, '--db-path', database], {
      stdio: 'ignore',
    });
    const endpoint = `http://127.0.0.1:${port}`;
    while (!(await fetch(endpoint).catch(() => undefined))) await sleep(20);
    await ensureTable(clientOf(endpoint), table);
    server.kill('SIGKILL');
    await once(server, 'exit');

    const again = await start();
    const { TableNames } = await clientOf(again.endpoint).send(new ListTablesCommand({}));
    await again.close();

    expect(TableNames).toEqual(['Catalog']);
  });
});

const startParent = async (folder: string, port: number): Promise<ChildProcess> => {
  const parent = spawn(process.execPath, [PARENT, folder, `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout ?? parent, 'data');
  return parent;
};

describe('the choice of the DynamoDB program', () => {
  it('prefers the endpoint that the environment names', () => {
    const found = findDynamoDb({ HOLDFAST_DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000/' }, '/x/dynoxide');

    expect(found).toEqual({ kind: 'endpoint', url: 'http://127.0.0.1:8000' });
  });

  it('says what to do when there is no binary and no endpoint', () => {
    expect(() => findDynamoDb({ PATH: directory }, '')).toThrow(
      /put a dynoxide binary on PATH or set HOLDFAST_DYNAMODB_ENDPOINT/,
    );
  });

  it('refuses an endpoint that is no URL', () => {
    expect(() => findDynamoDb({ HOLDFAST_DYNAMODB_ENDPOINT: 'localhost:8000' })).toThrow(/give a URL/);
  });
});
