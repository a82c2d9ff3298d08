import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { InvocationResult } from '../../../local/services.ts';
import type { EventSourceConfig } from '../../../local/sqs/event-source.ts';
import { attributeOf, createQueue, queueArn, receive, runSqs, type SqsUnderTest, send } from './queues.ts';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

/** Gives the queue `work` to a function that answers what the test says. */
const consume = async (
  aws: SqsUnderTest,
  answer: (event: SQSEvent) => InvocationResult | Error | Promise<InvocationResult>,
  overrides: Partial<EventSourceConfig> = {},
) => {
  const events: SQSEvent[] = [];
  const source = aws.sqs.startEventSource(
    {
      ...{ queueArn: queueArn('work'), functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f' },
      ...{ batchSize: 10, batchingWindowSeconds: 0, reportsBatchItemFailures: false, maximumConcurrency: 1 },
      ...overrides,
    },
    async (_, payload) => {
      const event = JSON.parse(payload) as SQSEvent;
      events.push(event);
      const result = await answer(event);
      if (result instanceof Error) throw result;
      return result;
    },
  );
  onTestFinished(() => source.close());
  await settle();
  return { events, source, bodies: () => events.map(({ Records }) => Records.map(({ body }) => body)) };
};

const done: InvocationResult = { payload: 'null' };
const failed: InvocationResult = { payload: '{"errorType":"Boom"}', functionError: 'Unhandled' };

const withQueues = async (maxReceiveCount = 2) => {
  const aws = await runSqs();
  const dead = await createQueue(aws.client, {}, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount });
  const work = await createQueue(aws.client, { RedrivePolicy, VisibilityTimeout: '30' }, 'work');
  return { aws, client: aws.client, dead, work };
};
const countOf = async (aws: SqsUnderTest) => aws.sqs.peek(queueArn('work')).length;

describe('an event source mapping', () => {
  it("gives a function messages in SQS's form and deletes what it took", async () => {
    const { aws, client, work } = await withQueues();
    await send(client, work, 'a', { MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } } });

    const { events } = await consume(aws, () => done);
    await settle();

    expect(events).toEqual([
      {
        Records: [
          {
            messageId: expect.any(String),
            receiptHandle: expect.any(String),
            body: 'a',
            attributes: {
              SenderId: '123456789012',
              SentTimestamp: expect.any(String),
              ApproximateReceiveCount: '1',
              ApproximateFirstReceiveTimestamp: expect.any(String),
            },
            messageAttributes: {
              k: { stringValue: 'v', stringListValues: [], binaryListValues: [], dataType: 'String' },
            },
            md5OfMessageAttributes: expect.any(String),
            md5OfBody: '0cc175b9c0f1b6a831c399e269772661',
            eventSource: 'aws:sqs',
            eventSourceARN: queueArn('work'),
            awsRegion: 'eu-central-1',
          },
        ],
      },
    ]);
    expect(await countOf(aws)).toBe(0);
  });

  it('gives no more than the batch size at once, and no more batches than its concurrency', async () => {
    const { aws, client, work } = await withQueues();
    for (const body of ['a', 'b', 'c', 'd', 'e']) await send(client, work, body);
    const running: ((result: InvocationResult) => void)[] = [];

    const { bodies } = await consume(aws, () => new Promise((resolve) => running.push(resolve)), {
      ...{ batchSize: 2, maximumConcurrency: 2 },
    });
    const atOnce = bodies();
    running[0]?.(done);
    await settle();

    expect(atOnce).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(bodies()[2]).toEqual(['e']);
  });

  it('waits for more messages within its window', async () => {
    const { aws, client, work } = await withQueues();
    const { bodies } = await consume(aws, () => done, { batchSize: 100, batchingWindowSeconds: 5 });

    await send(client, work, 'a');
    await aws.advance(3);
    await send(client, work, 'b');
    await settle();
    const early = bodies();
    await aws.advance(2);
    await settle();

    expect(early).toEqual([]);
    expect(bodies()).toEqual([['a', 'b']]);
  });

  it('gives failed messages again after the visibility timeout, until they are dead letters', async () => {
    const { aws, client, dead, work } = await withQueues(2);
    await send(client, work, 'poison');

    const { bodies } = await consume(aws, () => failed);
    await aws.advance(29);
    const early = bodies().length;
    await aws.advance(1);
    await settle();
    await aws.advance(30);
    await settle();
    await aws.advance(30);

    expect(early).toBe(1);
    expect(bodies()).toEqual([['poison'], ['poison']]);
    expect(await receive(client, dead)).toMatchObject([{ Body: 'poison' }]);
  });

  const reports: [string, (ids: string[]) => unknown, number][] = [
    ['names one', ([first]) => ({ batchItemFailures: [{ itemIdentifier: first }] }), 1],
    ['names none', () => ({ batchItemFailures: [] }), 0],
    ['is null', () => null, 0],
    ['is an empty object', () => ({}), 0],
    ['names an empty id', () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), 2],
    ['has a wrong key', ([first]) => ({ batchItemFailures: [{ item: first }] }), 2],
    ['names a message of nobody', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] }), 2],
  ];
  it.each(reports)(
    'keeps the messages that a report of failures leaves, when it %s',
    async (_, report, kept) => {
      const { aws, client, work } = await withQueues();
      await send(client, work, 'a');
      await send(client, work, 'b');

      await consume(
        aws,
        ({ Records }) => ({ payload: JSON.stringify(report(Records.map(({ messageId }) => messageId))) }),
        { reportsBatchItemFailures: true },
      );
      await settle();

      expect(await countOf(aws)).toBe(kept);
    },
  );

  it('goes by the report only where it is set to', async () => {
    const { aws, client, work } = await withQueues();
    await send(client, work, 'a');

    await consume(aws, ({ Records: [record] }) => ({
      payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: record?.messageId }] }),
    }));
    await settle();

    expect(await countOf(aws)).toBe(0);
  });

  it('does not lose what was under way when it ended', async () => {
    const { aws, client, work } = await withQueues();
    await send(client, work, 'a');
    const { source } = await consume(aws, () => new Promise(() => {}));
    source.close();
    await aws.restart();

    await aws.advance(30);
    const { bodies } = await consume(aws, () => done);
    await settle();

    expect(bodies()).toEqual([['a']]);
  });

  it('splits a batch that does not fit into one event', async () => {
    const { aws, client, work } = await withQueues();
    for (let n = 0; n < 7; n += 1) await send(client, work, 'x'.repeat(1_000_000));

    const { events } = await consume(aws, () => done);
    await settle();

    expect(events.map(({ Records }) => Records.length)).toEqual([6, 1]);
    expect(await attributeOf(client, work, 'ApproximateNumberOfMessages')).toBe('0');
  });
});
