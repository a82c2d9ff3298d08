import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';

/** What a template says about a table, as far as it matters on one machine. */
export interface TableDefinition {
  readonly tableName: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly AttributeDefinition[];
  readonly globalSecondaryIndexes: readonly GlobalSecondaryIndex[];
  readonly timeToLiveAttribute?: string;
}

const ACTIVE_POLL_MS = 50;
const ACTIVE_TIMEOUT_MS = 60_000;

/**
 * Makes the table equal to its definition: creates it, or adds and removes indexes of an existing one.
 * What CloudFormation could do only by replacing the table or an index is refused, because data would be lost.
 */
export const ensureTable = async (client: DynamoDBClient, wanted: TableDefinition): Promise<void> => {
  const existing = await describeTable(client, wanted.tableName);
  if (existing === undefined) await createTable(client, wanted);
  else await alignTable(client, existing, wanted);
  await alignTimeToLive(client, wanted);
};

const describeTable = async (
  client: DynamoDBClient,
  tableName: string,
): Promise<TableDescription | undefined> => {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const createTable = async (client: DynamoDBClient, wanted: TableDefinition): Promise<void> => {
  await client.send(
    new CreateTableCommand({
      TableName: wanted.tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [...wanted.keySchema],
      AttributeDefinitions: [...wanted.attributeDefinitions],
      ...(wanted.globalSecondaryIndexes.length > 0 && {
        GlobalSecondaryIndexes: [...wanted.globalSecondaryIndexes],
      }),
    }),
  );
  await waitUntilActive(client, wanted.tableName);
};

const alignTable = async (
  client: DynamoDBClient,
  existing: TableDescription,
  wanted: TableDefinition,
): Promise<void> => {
  const existingTypes = existing.AttributeDefinitions ?? [];
  const isSameKey = isDeepStrictEqual(
    describeKey(existing.KeySchema, existingTypes),
    describeKey(wanted.keySchema, wanted.attributeDefinitions),
  );
  if (!isSameKey) {
    throw new Error(
      `Table ${wanted.tableName} exists with other keys than the template gives it; ` +
        'delete the data folder to start anew, or give the table another name',
    );
  }
  const surplus = new Map(existing.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index]));
  for (const index of wanted.globalSecondaryIndexes) {
    const present = surplus.get(index.IndexName);
    surplus.delete(index.IndexName);
    if (present === undefined) await createIndex(client, wanted, index);
    else requireSameIndex(wanted, describeIndex(present, existingTypes), index);
  }
  for (const name of surplus.keys()) {
    await updateIndexes(client, wanted.tableName, {
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: name } }],
    });
  }
};

const requireSameIndex = (wanted: TableDefinition, present: unknown, index: GlobalSecondaryIndex): void => {
  if (isDeepStrictEqual(present, describeIndex(index, wanted.attributeDefinitions))) return;
  throw new Error(
    `Index ${index.IndexName} of table ${wanted.tableName} exists with another key or projection; ` +
      'DynamoDB cannot change an index: give the new one another name',
  );
};

/** What makes two indexes the same; the order of attribute definitions and projected attributes does not. */
const describeIndex = (
  index: GlobalSecondaryIndex | GlobalSecondaryIndexDescription,
  types: readonly AttributeDefinition[],
): unknown => ({
  key: describeKey(index.KeySchema, types),
  projection: index.Projection?.ProjectionType,
  projected: [...(index.Projection?.NonKeyAttributes ?? [])].sort(),
});

const describeKey = (
  schema: readonly KeySchemaElement[] = [],
  types: readonly AttributeDefinition[],
): readonly unknown[] =>
  schema.map(({ AttributeName, KeyType }) => ({
    AttributeName,
    KeyType,
    type: types.find((definition) => definition.AttributeName === AttributeName)?.AttributeType,
  }));

const createIndex = (
  client: DynamoDBClient,
  wanted: TableDefinition,
  index: GlobalSecondaryIndex,
): Promise<void> => {
  const keys = new Set(index.KeySchema?.map((key) => key.AttributeName));
  return updateIndexes(client, wanted.tableName, {
    AttributeDefinitions: wanted.attributeDefinitions.filter((type) => keys.has(type.AttributeName)),
    GlobalSecondaryIndexUpdates: [{ Create: index }],
  });
};

/** One index a call and one call at a time: DynamoDB allows no more. */
const updateIndexes = async (
  client: DynamoDBClient,
  tableName: string,
  update: Pick<UpdateTableCommandInput, 'AttributeDefinitions' | 'GlobalSecondaryIndexUpdates'>,
): Promise<void> => {
  await client.send(new UpdateTableCommand({ TableName: tableName, ...update }));
  await waitUntilActive(client, tableName);
};

const waitUntilActive = async (client: DynamoDBClient, tableName: string): Promise<void> => {
  const deadline = performance.now() + ACTIVE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const table = await describeTable(client, tableName);
    const indexes = table?.GlobalSecondaryIndexes ?? [];
    if (table?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === 'ACTIVE')) return;
    await sleep(ACTIVE_POLL_MS);
  }
  throw new Error(`Table ${tableName} was not active within ${ACTIVE_TIMEOUT_MS / 1000} s`);
};

const alignTimeToLive = async (client: DynamoDBClient, wanted: TableDefinition): Promise<void> => {
  const { TimeToLiveDescription: state } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: wanted.tableName }),
  );
  const isEnabled = state?.TimeToLiveStatus === 'ENABLED' || state?.TimeToLiveStatus === 'ENABLING';
  const present = isEnabled ? state?.AttributeName : undefined;
  if (present === wanted.timeToLiveAttribute) return;
  const set = (AttributeName: string, Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName: wanted.tableName,
        TimeToLiveSpecification: { AttributeName, Enabled },
      }),
    );
  if (present !== undefined) await set(present, false);
  if (wanted.timeToLiveAttribute !== undefined) await set(wanted.timeToLiveAttribute, true);
};
