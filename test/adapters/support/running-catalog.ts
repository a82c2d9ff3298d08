import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { findFreePort } from '../../../local/assembly/ports.ts';
import { findDynamoDb } from '../../../local/dynamodb/program.ts';
import { startDynamoDb } from '../../../local/dynamodb/server.ts';
import { createAwsCatalog } from '../../../shared/adapters/aws/catalog.ts';
import { tableSchema } from '../../../shared/adapters/aws/table.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';

export interface RunningCatalogs {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** An empty table of its own. */
  makeTable(): Promise<string>;
  makeCatalog(): Promise<Catalog>;
  /** The same catalog for the same number, its table emptied: ElectroDB takes its time to check all models of a new one. */
  emptyCatalog(number: number): Promise<Catalog>;
  close(): Promise<void>;
}

export const dynamoDbClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** A DynamoDB of its own, or the one that HOLDFAST_DYNAMODB_ENDPOINT names. */
export async function runCatalogs(): Promise<RunningCatalogs> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-adapters-'));
  const service = await startDynamoDb({ program: findDynamoDb(), directory, port: await findFreePort() });
  const client = dynamoDbClient(service.endpoint);
  // Tables of an endpoint that others use must not be mixed up.
  const run = process.hrtime.bigint().toString(36);
  let tables = 0;
  const emptied = new Map<number, { readonly tableName: string; readonly catalog: Catalog }>();
  const makeTable = async () => {
    tables += 1;
    const tableName = `holdfast-test-${run}-${tables}`;
    await createTable(client, tableName);
    return tableName;
  };
  return {
    endpoint: service.endpoint,
    client,
    makeTable,
    makeCatalog: async () => createAwsCatalog({ client, tableName: await makeTable() }),
    emptyCatalog: async (number) => {
      const known = emptied.get(number);
      if (known) {
        await client.send(new DeleteTableCommand({ TableName: known.tableName }));
        await createTable(client, known.tableName);
        return known.catalog;
      }
      const tableName = await makeTable();
      const catalog = createAwsCatalog({ client, tableName });
      emptied.set(number, { tableName, catalog });
      return catalog;
    },
    close: async () => {
      client.destroy();
      await service.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const { partitionKey, sortKey, indexes } = tableSchema;
  const names = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(partitionKey, sortKey),
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: index.projection },
      })),
    }),
  );
  if (TableDescription?.TableStatus === 'ACTIVE') return;
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
}

const keySchema = (hash: string, range: string): KeySchemaElement[] => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];
