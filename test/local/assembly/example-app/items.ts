/** The API: stores an item in the table and the bucket and starts the workflow; reads it back. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';

const table = DynamoDBDocumentClient.from(new DynamoDBClient());
const s3 = new S3Client();
const workflows = new SFNClient();
const { TABLE_NAME, BUCKET_NAME, STATE_MACHINE_ARN, API_URL } = process.env;

export const handler = async (event: APIGatewayProxyEventV2WithLambdaAuthorizer<{ caller: string }>) => {
  const id = event.pathParameters?.id ?? '';
  return event.requestContext.http.method === 'PUT'
    ? store(id, event.body ?? '', event.requestContext.authorizer.lambda.caller)
    : read(id);
};

const store = async (id: string, text: string, caller: string) => {
  await table.send(new PutCommand({ TableName: TABLE_NAME, Item: { pk: id, caller, url: API_URL } }));
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET_NAME, Key: `items/${id}`, Body: text, IfNoneMatch: '*' }),
  );
  const input = JSON.stringify({ id });
  await workflows.send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, name: id, input }));
  return { statusCode: 202 };
};

const read = async (id: string) => {
  const { Item } = await table.send(new GetCommand({ TableName: TABLE_NAME, Key: { pk: id } }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET_NAME, Key: `items/${id}` }));
  return { ...Item, text: await Body?.transformToString() };
};
