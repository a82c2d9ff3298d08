import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTable, type TableDefinition } from '../../../local/dynamodb/tables.ts';
import { type RunningDynamoDb, runDynamoDb } from './running-dynamodb.ts';

let dynamodb: RunningDynamoDb;
beforeAll(async () => {
  dynamodb = await runDynamoDb();
});
afterAll(() => dynamodb.close());

const byOwner = {
  IndexName: 'by-owner',
  KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const },
};

const definition = (tableName: string): TableDefinition => ({
  tableName,
  keySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  attributeDefinitions: ['pk', 'sk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  globalSecondaryIndexes: [byOwner],
});

const withoutIndexes = (tableName: string): TableDefinition => ({
  ...definition(tableName),
  attributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  globalSecondaryIndexes: [],
});

const indexNames = async (tableName: string) => {
  const { Table } = await dynamodb.client.send(new DescribeTableCommand({ TableName: tableName }));
  return Table?.GlobalSecondaryIndexes?.map((index) => index.IndexName) ?? [];
};

describe('a table of the template', () => {
  it('is created with its indexes and is left alone the second time', async () => {
    await ensureTable(dynamodb.client, definition('Created'));
    await ensureTable(dynamodb.client, definition('Created'));

    expect(await indexNames('Created')).toEqual(['by-owner']);
  });

  it('gets an index that was added later, filled with the items that were there', async () => {
    await ensureTable(dynamodb.client, withoutIndexes('Grown'));
    await dynamodb.client.send(
      new PutItemCommand({
        TableName: 'Grown',
        Item: { pk: { S: 'a' }, sk: { S: '1' }, owner: { S: 'me' } },
      }),
    );

    await ensureTable(dynamodb.client, definition('Grown'));

    const { Count } = await dynamodb.client.send(
      new QueryCommand({
        TableName: 'Grown',
        IndexName: 'by-owner',
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: 'me' } },
      }),
    );
    expect(Count).toBe(1);
  });

  it('loses an index that the template no longer has', async () => {
    await ensureTable(dynamodb.client, definition('Shrunk'));

    await ensureTable(dynamodb.client, withoutIndexes('Shrunk'));

    expect(await indexNames('Shrunk')).toEqual([]);
  });

  it('is refused when its key changed', async () => {
    await ensureTable(dynamodb.client, definition('Keyed'));
    const changed = {
      ...definition('Keyed'),
      keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
    };

    await expect(ensureTable(dynamodb.client, changed)).rejects.toThrow(/Keyed exists with other keys/);
  });

  it('is refused when an index keeps its name and changes its key', async () => {
    await ensureTable(dynamodb.client, definition('Indexed'));
    const index = { ...byOwner, KeySchema: [{ AttributeName: 'sk', KeyType: 'HASH' as const }] };

    await expect(
      ensureTable(dynamodb.client, { ...definition('Indexed'), globalSecondaryIndexes: [index] }),
    ).rejects.toThrow(/by-owner of table Indexed exists with another key/);
  });

  it('gets, changes and loses its time to live as the template says', async () => {
    const timeToLive = async () => {
      const answer = await dynamodb.client.send(new DescribeTimeToLiveCommand({ TableName: 'Timed' }));
      return answer.TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED'
        ? answer.TimeToLiveDescription.AttributeName
        : 'off';
    };
    const seen: unknown[] = [];

    for (const attribute of ['ttl', 'expires', undefined]) {
      const wanted = definition('Timed');
      await ensureTable(
        dynamodb.client,
        attribute === undefined ? wanted : { ...wanted, timeToLiveAttribute: attribute },
      );
      seen.push(await timeToLive());
    }

    expect(seen).toEqual(['ttl', 'expires', 'off']);
  });
});
