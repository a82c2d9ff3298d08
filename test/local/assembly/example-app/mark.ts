/** Marks an item: called by the workflow, by a rule for objects, and by a schedule. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocumentClient.from(new DynamoDBClient());

export const handler = async ({ pk, mark }: { pk: string; mark: string }) => {
  await table.send(
    new UpdateCommand({
      TableName: process.env.TABLE_NAME,
      Key: { pk },
      UpdateExpression: 'ADD marks :marks',
      ExpressionAttributeValues: { ':marks': new Set([mark]) },
    }),
  );
};
