import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { onTestFinished } from 'vitest';
import { type LocalSns, type SnsOptions, startSns } from '../../../local/sns/server.ts';
import type { SendMessage } from '../../../local/sqs/server.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
export const topicArn = (name: string): string => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:worker`;

type Sent = Parameters<SendMessage>[0];

export interface SnsUnderTest {
  readonly sns: LocalSns;
  readonly client: SNSClient;
  /** What queues received. */
  readonly sent: Sent[];
  /** Payloads of functions. */
  readonly invoked: string[];
  /** What the next deliveries fail with, used up one by one. */
  readonly failures: Error[];
  /** Lines of the file for what would leave this machine. */
  outbound(name: string): unknown[];
  advance(ms: number): Promise<void>;
  restart(changes?: Partial<SnsOptions>): Promise<void>;
}

const clientOf = (endpoint: string): SNSClient => {
  const isElsewhere = process.env.HOLDFAST_SNS_ENDPOINT !== undefined;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SNSClient({
    ...{ endpoint, region: process.env.AWS_REGION ?? REGION, maxAttempts: 1 },
    ...(!isElsewhere && { credentials }),
  });
};

/** A client of the SNS under test: HOLDFAST_SNS_ENDPOINT, or a local one in a temporary folder. */
export const connect = async (): Promise<SNSClient> => {
  const elsewhere = process.env.HOLDFAST_SNS_ENDPOINT;
  if (elsewhere === undefined) return (await runSns()).client;
  const client = clientOf(elsewhere);
  onTestFinished(() => client.destroy());
  return client;
};

/** A local SNS whose time stands still, with queues and functions that record. */
export const runSns = async (options: Partial<SnsOptions> = {}): Promise<SnsUnderTest> => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sns-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let nowMs = Date.parse('2026-11-21T10:00:00Z');
  const sent: Sent[] = [];
  const invoked: string[] = [];
  const failures: Error[] = [];
  const fail = (): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const start = (changes: Partial<SnsOptions> = {}): Promise<LocalSns> =>
    startSns({
      ...{ directory, logDirectory: join(directory, 'logs'), region: REGION, accountId: ACCOUNT },
      clock: () => nowMs,
      sendMessage: (message) => {
        sent.push(message);
        fail();
      },
      invokeAsync: async (_, payload) => {
        invoked.push(payload);
        fail();
      },
      ...options,
      ...changes,
    });
  let sns = await start();
  let client = clientOf(sns.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await sns.close();
  });
  return {
    ...{ sent, invoked, failures },
    get sns() {
      return sns;
    },
    get client() {
      return client;
    },
    outbound: (name) =>
      readFileSync(join(directory, 'logs', `sns-${name}.log`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    advance: async (ms) => {
      nowMs += ms;
      sns.wake();
      for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
    },
    restart: async (changes) => {
      await sns.close();
      sns = await start(changes);
      client = clientOf(sns.endpoint);
    },
  };
};

export const createTopic = async (client: SNSClient, Attributes = {}, Name = `t-${randomUUID()}`) => {
  const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name, Attributes }));
  if (process.env.HOLDFAST_SNS_ENDPOINT !== undefined) {
    onTestFinished(() => client.send(new DeleteTopicCommand({ TopicArn })).then(() => undefined));
  }
  return TopicArn;
};

export const subscribe = async (
  client: SNSClient,
  TopicArn: string,
  [Protocol, Endpoint]: readonly [string, string],
  Attributes: Record<string, string> = {},
) =>
  (await client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }))).SubscriptionArn ??
  '';

export const publish = (client: SNSClient, TopicArn: string, Message: string, more: object = {}) =>
  client.send(new PublishCommand({ TopicArn, Message, ...more }));
