import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../local/up.ts';
import { synthesizeMessaging } from './messaging-app.ts';

let app: string;
let dataDirectory: string;
let aws: LocalAws;
let sqs: SQSClient;
let now = Date.parse('2026-11-21T02:29:00Z');

beforeAll(async () => {
  app = synthesizeMessaging();
  dataDirectory = mkdtempSync(join(tmpdir(), 'holdfast-local-aws-'));
  const offset = now - Date.now();
  now = 0;
  aws = await startLocalAws({
    ...{ assemblyDirectory: join(app, 'assembly'), dataDirectory },
    clock: () => Date.now() + offset + now,
  });
  sqs = new SQSClient(optionsOf('sqs'));
}, 60_000);
afterAll(async () => {
  sqs.destroy();
  await aws.close();
  for (const folder of [app, dataDirectory]) rmSync(folder, { recursive: true, force: true });
});

const optionsOf = (service: keyof LocalAws['endpoints'], credentials = aws.adminCredential) => ({
  ...{ endpoint: String(aws.endpoints[service]), region: aws.region, credentials, maxAttempts: 1 },
});
const queue = (name: string) => aws.findResource('AWS::SQS::Queue', name);
const urlOf = async (name: string): Promise<string> =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName: queue(name).name }))).QueueUrl ?? '';

/** Bodies that come, each deleted, until one is as wanted. */
const waitFor = async (name: string, isWanted: (body: string) => boolean): Promise<string> => {
  const QueueUrl = await urlOf(name);
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    for (const { Body = '', ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      if (isWanted(Body)) return Body;
    }
  }
};
const putEvent = async (Source: string): Promise<void> => {
  const events = new EventBridgeClient(optionsOf('events'));
  await events.send(new PutEventsCommand({ Entries: [{ Source, DetailType: 'Test', Detail: '{"n":1}' }] }));
  events.destroy();
};

describe('messages in the local AWS of a synthesized app', () => {
  it('come from a topic through a queue to a function, which sends on to a queue by its URL', async () => {
    const sns = new SNSClient(optionsOf('sns'));
    await sns.send(
      new PublishCommand({ TopicArn: aws.findResource('AWS::SNS::Topic').ref, Message: 'published' }),
    );
    sns.destroy();

    expect(await waitFor('Results', (body) => body.includes('published'))).toBe('done: published');
    expect(aws.outputs.Messaging?.ResultsUrl).toBe(await urlOf('Results'));
    const topicName = aws.findResource('AWS::SNS::Topic').name;
    const mail = JSON.parse(readFileSync(join(dataDirectory, 'logs', `sns-${topicName}.log`), 'utf8'));
    expect(mail).toMatchObject({
      protocol: 'email',
      endpoint: 'ops@example.com',
      sent: { Message: 'published' },
    });
  }, 30_000);

  it.each(['to-topic', 'to-queue'])(
    'come from a rule: %s',
    async (source) => {
      await putEvent(source);

      const body = await waitFor('Results', (each) => each.includes(source));
      expect(JSON.parse(body.replace('done: ', ''))).toMatchObject({ source, detail: { n: 1 } });
    },
    30_000,
  );

  it('come from a schedule', async () => {
    now = 61_000;

    expect(await waitFor('Results', (body) => body.includes('nightly'))).toBe('done: nightly');
  }, 30_000);

  it('are dead letters when the function keeps failing them', async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf('Work'), MessageBody: 'poison 1' }));

    expect(await waitFor('Dead', (body) => body.startsWith('poison'))).toBe('poison 1');
  }, 30_000);

  it("tell of a function's failure: the event to the dead-letter queue, a record to the destination", async () => {
    await putEvent('to-failing');

    const record = JSON.parse(await waitFor('Results', (body) => body.includes('RetriesExhausted')));
    expect(record).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: { source: 'to-failing' },
      responsePayload: { errorMessage: 'out of order' },
    });
    const letters = await vi.waitFor(() => {
      const found = aws.deadLetters(queue('Dead').attributes.Arn ?? '');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(JSON.parse(letters[0]?.body ?? '')).toMatchObject({ source: 'to-failing' });
    expect(letters[0]?.attributes).toEqual({
      RequestID: record.requestContext.requestId,
      ErrorCode: '200',
      ErrorMessage: 'out of order',
    });
  }, 30_000);
});

describe('access to messages', () => {
  const keyOf = (roleLogicalId: string) => {
    const arn = aws.findResource('AWS::IAM::Role', roleLogicalId).attributes.Arn ?? '';
    const keys = JSON.parse(readFileSync(join(dataDirectory, 'credentials.json'), 'utf8'));
    return { ...aws.adminCredential, ...keys[arn] };
  };

  it('is what the role of the caller allows', async () => {
    const client = new SQSClient(optionsOf('sqs', keyOf('Consumer')));
    const send = async (name: string) =>
      client.send(new SendMessageCommand({ QueueUrl: await urlOf(name), MessageBody: 'x' }));

    await expect(send('Work')).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied/),
      message: expect.stringContaining('is not authorized to perform: sqs:SendMessage'),
    });
    await expect(client.send(new ListQueuesCommand({}))).rejects.toThrow(/sqs:ListQueues/);
    await send('Results');
    client.destroy();
  });

  it('to topics and schedules is refused likewise', async () => {
    const sns = new SNSClient(optionsOf('sns', keyOf('Consumer')));
    const scheduler = new SchedulerClient(optionsOf('scheduler', keyOf('Consumer')));
    const schedule = new CreateScheduleCommand({
      ...{ Name: 's', ScheduleExpression: 'rate(1 day)', FlexibleTimeWindow: { Mode: 'OFF' } },
      Target: { Arn: queue('Work').attributes.Arn, RoleArn: 'arn:aws:iam::123456789012:role/r' },
    });

    const TopicArn = aws.findResource('AWS::SNS::Topic').ref;
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });
    await expect(scheduler.send(schedule)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    sns.destroy();
    scheduler.destroy();
  });

  it('needs a valid signature', async () => {
    const wrong = { ...aws.adminCredential, secretAccessKey: 'wrong' };
    const [client, sns] = [new SQSClient(optionsOf('sqs', wrong)), new SNSClient(optionsOf('sns', wrong))];

    await expect(client.send(new CreateQueueCommand({ QueueName: 'q' }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    await expect(
      sns.send(new PublishCommand({ TopicArn: aws.findResource('AWS::SNS::Topic').ref, Message: 'x' })),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    client.destroy();
    sns.destroy();
  });
});
