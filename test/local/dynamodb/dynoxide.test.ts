/** What the catalog relies on, asked of dynoxide through the SDK: where it deviates from DynamoDB, this says so. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTable } from '../../../local/dynamodb/tables.ts';
import { type RunningDynamoDb, runDynamoDb } from './running-dynamodb.ts';

const TableName = 'Catalog';
let dynamodb: RunningDynamoDb;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  dynamodb = await runDynamoDb();
  documents = DynamoDBDocumentClient.from(dynamodb.client);
  await ensureTable(dynamodb.client, {
    tableName: TableName,
    keySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    attributeDefinitions: ['pk', 'sk', 'day', 'at'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    globalSecondaryIndexes: [
      {
        IndexName: 'by-day',
        KeySchema: [
          { AttributeName: 'day', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
});
afterAll(() => dynamodb.close());

const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName, Item }));
const get = async (pk: string, sk = '1') =>
  (await documents.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;
const transact = (
  TransactItems: NonNullable<TransactWriteCommandInput['TransactItems']>,
  ClientRequestToken?: string,
) => documents.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }));
const putAction = (pk: string, rest: object = {}) => ({ Put: { TableName, Item: { pk, sk: '1', ...rest } } });

describe('transactions', () => {
  it('change all items or none, and give each condition its reason and the item that broke it', async () => {
    await put({ pk: 'held', sk: '1', state: 'open', fence: 7 });

    const failure = await transact([
      putAction('not-written'),
      {
        Update: {
          TableName,
          Key: { pk: 'held', sk: '1' },
          UpdateExpression: 'SET #state = :committing',
          ConditionExpression: 'fence = :fence',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':committing': 'committing', ':fence': 8 },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      {
        ConditionCheck: {
          TableName,
          Key: { pk: 'absent', sk: '1' },
          ConditionExpression: 'attribute_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]).catch((error: unknown) => error);

    if (!(failure instanceof TransactionCanceledException)) throw failure;
    expect(failure.CancellationReasons).toEqual([
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        // Marshalled: lib-dynamodb does not translate the items of an error.
        Item: { pk: { S: 'held' }, sk: { S: '1' }, state: { S: 'open' }, fence: { N: '7' } },
      },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ]);
    expect(await get('not-written')).toBeUndefined();
    expect(await get('held')).toMatchObject({ state: 'open' });
  });

  it('run once for one client request token and refuse it for another request', async () => {
    const increment = {
      Update: {
        TableName,
        Key: { pk: 'counter', sk: '1' },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': 1 },
      },
    };

    await transact([increment], 'token-1');
    await transact([increment], 'token-1');

    expect(await get('counter')).toMatchObject({ n: 1 });
    await expect(transact([putAction('other')], 'token-1')).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
  });

  it('take 100 actions, not 101, and never two on one item', async () => {
    const actions = Array.from({ length: 101 }, (_, index) => putAction(`many-${index}`));

    await transact(actions.slice(0, 100));

    expect(await get('many-99')).toBeDefined();
    await expect(transact(actions)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(transact([putAction('twice'), putAction('twice')])).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
  });

  it('refuse more than 4 MB', async () => {
    const actions = Array.from({ length: 11 }, (_, index) =>
      putAction(`large-${index}`, { text: 'x'.repeat(390 * 1024) }),
    );

    await expect(transact(actions)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('read several items in one consistent step', async () => {
    await put({ pk: 'pair', sk: '1', n: 1 });

    const { Responses } = await documents.send(
      new TransactGetCommand({
        TransactItems: ['pair', 'no-such-item'].map((pk) => ({ Get: { TableName, Key: { pk, sk: '1' } } })),
      }),
    );

    expect(Responses).toEqual([{ Item: { pk: 'pair', sk: '1', n: 1 } }, {}]);
  });
});

describe('single writes', () => {
  it('give back the item that broke their condition', async () => {
    await put({ pk: 'taken', sk: '1', owner: 'first' });

    const second = new PutCommand({
      TableName,
      Item: { pk: 'taken', sk: '1', owner: 'second' },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });

    await expect(documents.send(second)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { pk: { S: 'taken' }, sk: { S: '1' }, owner: { S: 'first' } },
    });
  });

  it('add to and delete from a set, which vanishes with its last element', async () => {
    const change = (UpdateExpression: string, ...pins: string[]) =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key: { pk: 'pinned', sk: '1' },
          UpdateExpression,
          ExpressionAttributeValues: { ':pins': new Set(pins) },
          ReturnValues: 'ALL_NEW',
        }),
      );

    const added = await change('ADD pins :pins', 'upload:a', 'restore:b');
    const removed = await change('DELETE pins :pins', 'upload:a');
    const emptied = await change('DELETE pins :pins', 'restore:b', 'never there');

    expect(added.Attributes?.pins).toEqual(new Set(['upload:a', 'restore:b']));
    expect(removed.Attributes?.pins).toEqual(new Set(['restore:b']));
    expect(emptied.Attributes).toEqual({ pk: 'pinned', sk: '1' });
  });

  it('lose no increment of 40 concurrent ones', async () => {
    const increment = new UpdateCommand({
      TableName,
      Key: { pk: 'contended', sk: '1' },
      UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one',
      ExpressionAttributeValues: { ':zero': 0, ':one': 1 },
    });

    await Promise.all(Array.from({ length: 40 }, () => documents.send(increment)));

    expect(await get('contended')).toMatchObject({ n: 40 });
  });

  it('keep integers beyond the precision of a double', async () => {
    await put({ pk: 'bytes', sk: '1', total: 9_007_199_254_740_993n });

    expect((await get('bytes'))?.total).toBe(9_007_199_254_740_993n);
  });

  it('take an item of exactly 400 KB, names included, and not one byte more', async () => {
    const nameAndKeyBytes = 'pk'.length + 'full'.length + 'sk'.length + '1'.length + 'text'.length;
    const text = 'x'.repeat(400 * 1024 - nameAndKeyBytes);

    await put({ pk: 'full', sk: '1', text });

    await expect(put({ pk: 'full', sk: '1', text: `${text}x` })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
  });

  it('refuse empty keys, also those of an index', async () => {
    await expect(put({ pk: '', sk: '1' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put({ pk: 'a', sk: '1', day: '' })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('queries', () => {
  const queryDay = (extra: object) =>
    documents.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-day',
        KeyConditionExpression: '#day = :day',
        ExpressionAttributeNames: { '#day': 'day' },
        ExpressionAttributeValues: { ':day': '2026-11-21' },
        ...extra,
      }),
    );

  it('page over an index by Limit and ExclusiveStartKey, each item once, in order', async () => {
    const items = Array.from({ length: 25 }, (_, index) => String(index).padStart(2, '0'));
    for (const at of items) await put({ pk: `due-${at}`, sk: '1', day: '2026-11-21', at });
    const seen: unknown[] = [];

    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await queryDay({ Limit: 7, ExclusiveStartKey });
      seen.push(...(page.Items ?? []).map((item) => item.at));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);

    expect(seen).toEqual(items);
    expect((await queryDay({ Limit: 2, ScanIndexForward: false })).Items?.map((item) => item.at)).toEqual([
      '24',
      '23',
    ]);
  });

  it('refuse a consistent read of an index', async () => {
    await expect(queryDay({ ConsistentRead: true })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('end a page at 1 MB and say where to go on', async () => {
    for (const sk of ['1', '2', '3', '4']) await put({ pk: 'wide', sk, text: 'x'.repeat(380 * 1024) });

    const page = await documents.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': 'wide' },
      }),
    );

    expect(page.Count).toBeLessThan(4);
    expect(page.LastEvaluatedKey).toMatchObject({ pk: 'wide' });
  });

  it('count filtered items against Limit, as DynamoDB does', async () => {
    for (const sk of ['1', '2', '3']) await put({ pk: 'filtered', sk, keep: sk === '3' });

    const page = await documents.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'keep = :true',
        ExpressionAttributeValues: { ':pk': 'filtered', ':true': true },
        Limit: 2,
      }),
    );

    expect(page).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: { pk: 'filtered', sk: '2' } });
  });
});

describe('deviations of dynoxide from DynamoDB', () => {
  it('writers that meet are serialized: no TransactionConflict, no TransactionConflictException', async () => {
    const increment = () =>
      transact([
        {
          Update: {
            TableName,
            Key: { pk: 'met', sk: '1' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
      ]);

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, increment));

    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toEqual([]);
  });

  it('an index shows a write at once: eventual consistency is not simulated', async () => {
    await put({ pk: 'fresh', sk: '1', day: 'fresh-day', at: '0' });

    const { Count } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-day',
        KeyConditionExpression: '#day = :day',
        ExpressionAttributeNames: { '#day': 'day' },
        ExpressionAttributeValues: { ':day': 'fresh-day' },
      }),
    );

    expect(Count).toBe(1);
  });

  it('client request tokens are forgotten when the server restarts', async () => {
    const increment = {
      Update: {
        TableName,
        Key: { pk: 'over-restart', sk: '1' },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': 1 },
      },
    };
    await transact([increment], 'token-2');

    await dynamodb.restart();
    await transact([increment], 'token-2');

    // DynamoDB would remember the token for ten minutes and answer without a second increment.
    expect(await get('over-restart')).toMatchObject({ n: 2 });
  });
});
