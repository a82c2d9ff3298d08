import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { type LocalSqs, type SqsOptions, startSqs } from '../../../local/sqs/server.ts';
import { ManualTime } from '../stepfunctions/manual-time.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

const clientOf = (endpoint: string): SQSClient => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const isElsewhere = process.env.HOLDFAST_SQS_ENDPOINT !== undefined;
  return new SQSClient({
    ...{ endpoint, region: process.env.AWS_REGION ?? REGION, maxAttempts: 1 },
    ...(!isElsewhere && { credentials }),
  });
};

/** A client of the SQS under test: HOLDFAST_SQS_ENDPOINT, or a local one in a temporary folder. */
export const connect = async (): Promise<SQSClient> => {
  const elsewhere = process.env.HOLDFAST_SQS_ENDPOINT;
  if (elsewhere === undefined) return (await runSqs()).client;
  const client = clientOf(elsewhere);
  onTestFinished(() => client.destroy());
  return client;
};

export interface SqsUnderTest {
  readonly sqs: LocalSqs;
  readonly client: SQSClient;
  readonly time: ManualTime;
  /** Moves the clock and lets happen what is due then. */
  advance(seconds: number): Promise<void>;
  restart(changes?: Partial<SqsOptions>): Promise<void>;
}

/** A local SQS whose time stands still. */
export const runSqs = async (options: Partial<SqsOptions> = {}): Promise<SqsUnderTest> => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sqs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const time = new ManualTime();
  const start = (changes: Partial<SqsOptions> = {}) =>
    startSqs({
      ...{ directory, region: REGION, accountId: ACCOUNT, clock: time.clock, startTimer: time.startTimer },
      ...options,
      ...changes,
    });
  let sqs = await start();
  let client = clientOf(sqs.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await sqs.close();
  });
  return {
    time,
    get sqs() {
      return sqs;
    },
    get client() {
      return client;
    },
    advance: async (seconds) => {
      time.advance(seconds);
      sqs.wake();
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    },
    restart: async (changes) => {
      await sqs.close();
      sqs = await start(changes);
      client = clientOf(sqs.endpoint);
    },
  };
};

/** A queue of its own for a test; its URL. */
export const createQueue = async (
  client: SQSClient,
  Attributes: Record<string, string> = {},
  name = `q-${randomUUID()}`,
): Promise<string> => {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  if (process.env.HOLDFAST_SQS_ENDPOINT !== undefined) {
    onTestFinished(() => client.send(new DeleteQueueCommand({ QueueUrl })).then(() => undefined));
  }
  return QueueUrl;
};

export const send = (client: SQSClient, QueueUrl: string, MessageBody: string, more: object = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));

export const receive = async (
  client: SQSClient,
  QueueUrl: string,
  more: object = {},
): Promise<readonly Message[]> => {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
    ...more,
  });
  return (await client.send(command)).Messages ?? [];
};

export const attributeOf = async (client: SQSClient, QueueUrl: string, name: string) => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  return (await client.send(command)).Attributes?.[name as 'Policy'];
};
