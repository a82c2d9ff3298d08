import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findFreePort } from '../../../local/assembly/ports.ts';
import { findDynamoDb } from '../../../local/dynamodb/program.ts';
import { startDynamoDb } from '../../../local/dynamodb/server.ts';

export interface RunningDynamoDb {
  readonly client: DynamoDBClient;
  /** Ends and starts the server on the same folder and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A DynamoDB in a temporary folder, for one test file. */
export const runDynamoDb = async (): Promise<RunningDynamoDb> => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-dynamodb-'));
  const port = await findFreePort();
  const start = () => startDynamoDb({ program: findDynamoDb(), directory, port });
  let service = await start();
  const client = new DynamoDBClient({
    endpoint: service.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    restart: async () => {
      await service.close();
      service = await start();
    },
    close: async () => {
      client.destroy();
      await service.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
