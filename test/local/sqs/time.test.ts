import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { attributeOf, createQueue, queueArn, receive, runSqs, send } from './queues.ts';

const withDeadLetters = async (client: SQSClient, maxReceiveCount = 2) => {
  const dead = await createQueue(client, {}, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount });
  const work = await createQueue(client, { RedrivePolicy }, 'work');
  return { dead, work };
};

describe('with time', () => {
  it('a message that is not deleted comes back when its visibility timeout is over', async () => {
    const { client, advance } = await runSqs();
    const QueueUrl = await createQueue(client, { VisibilityTimeout: '30' });
    await send(client, QueueUrl, 'x');

    await receive(client, QueueUrl);
    await advance(29);
    const early = await receive(client, QueueUrl);
    await advance(1);
    const [again] = await receive(client, QueueUrl);

    expect(early).toEqual([]);
    expect(again).toMatchObject({ Body: 'x', Attributes: { ApproximateReceiveCount: '2' } });
    expect(Number(again?.Attributes?.ApproximateFirstReceiveTimestamp)).toBe(
      Number(again?.Attributes?.SentTimestamp),
    );
  });

  it('the visibility can be extended, to twelve hours after the receive at most', async () => {
    const { client, advance } = await runSqs();
    const QueueUrl = await createQueue(client, { VisibilityTimeout: '30' });
    await send(client, QueueUrl, 'x');
    const [message] = await receive(client, QueueUrl);
    const extend = (VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );

    await advance(20);
    await extend(60);
    await advance(59);
    const hidden = await receive(client, QueueUrl);

    expect(hidden).toEqual([]);
    await expect(extend(43_200)).rejects.toThrow(/beyond the limit/);
    await extend(43_200 - 79);
  });

  it('a delayed message is seen after its delay: its own, or that of the queue', async () => {
    const { client, advance } = await runSqs();
    const QueueUrl = await createQueue(client, { DelaySeconds: '10' });
    await send(client, QueueUrl, 'queue');
    await send(client, QueueUrl, 'own', { DelaySeconds: 5 });
    await send(client, QueueUrl, 'none', { DelaySeconds: 0 });
    const delayed = await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessagesDelayed');
    const seen: (string | undefined)[][] = [];

    for (const seconds of [0, 5, 5]) {
      await advance(seconds);
      seen.push((await receive(client, QueueUrl)).map(({ Body }) => Body));
    }

    expect(delayed).toBe('2');
    expect(seen).toEqual([['none'], ['own'], ['queue']]);
  });

  it('a receive that waits gets a message that becomes visible, or nothing at its end', async () => {
    const { client, advance, time } = await runSqs();
    const QueueUrl = await createQueue(client, { ReceiveMessageWaitTimeSeconds: '10' });
    await send(client, QueueUrl, 'late', { DelaySeconds: 4 });
    const startedAt = time.clock();
    const finish = async (waiting: Promise<unknown>) => {
      let isDone = false;
      void waiting.finally(() => {
        isDone = true;
      });
      while (!isDone) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (!isDone && isWaiting()) await advance(1);
      }
      return (time.clock() - startedAt) / 1_000;
    };
    // The request needs a moment to arrive; no second must pass before.
    let patience = 0;
    const isWaiting = () => {
      patience += 1;
      return patience > 25;
    };

    const first = receive(client, QueueUrl);
    const afterFirst = await finish(first);
    patience = 0;
    const second = receive(client, QueueUrl);
    const afterSecond = await finish(second);

    expect((await first).map(({ Body }) => Body)).toEqual(['late']);
    expect(await second).toEqual([]);
    expect([afterFirst, afterSecond]).toEqual([4, 14]);
  });

  it('a message is gone when its retention is over', async () => {
    const { client, advance } = await runSqs();
    const QueueUrl = await createQueue(client, { MessageRetentionPeriod: '60' });
    await send(client, QueueUrl, 'x');

    await advance(59);
    const before = await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessages');
    await advance(1);

    expect(before).toBe('1');
    expect(await receive(client, QueueUrl)).toEqual([]);
    expect(await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessages')).toBe('0');
  });
});

describe('a restart', () => {
  it('keeps messages, those in flight hidden as they were, and their handles', async () => {
    const aws = await runSqs();
    const url = await createQueue(aws.client, { VisibilityTimeout: '30' }, 'q');
    await send(aws.client, url, 'a');
    await send(aws.client, url, 'b');
    await receive(aws.client, url, { MaxNumberOfMessages: 1 });

    await aws.restart();
    const QueueUrl = `${aws.sqs.endpoint}/123456789012/q`;
    const now = await receive(aws.client, QueueUrl);
    await aws.advance(30);
    const later = await receive(aws.client, QueueUrl);

    expect(now.map(({ Body }) => Body)).toEqual(['b']);
    expect(later.map(({ Body }) => Body)).toEqual(['a', 'b']);
  });
});

describe('a dead-letter queue', () => {
  it('gets a message that was received as often as the policy says', async () => {
    const { client, advance } = await runSqs();
    const { dead, work } = await withDeadLetters(client);
    await send(client, work, 'poison', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });

    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      counts.push((await receive(client, work)).length);
      await advance(30);
    }
    const [letter] = await receive(client, dead);

    expect(counts).toEqual([1, 1, 0]);
    expect(letter).toMatchObject({
      Body: 'poison',
      MessageAttributes: { a: { StringValue: 'b' } },
      Attributes: { DeadLetterQueueSourceArn: queueArn('work'), ApproximateReceiveCount: '3' },
    });
  });

  it('does not make a message younger: it is retained from the day it was sent', async () => {
    const { client, advance } = await runSqs();
    const { dead, work } = await withDeadLetters(client, 1);
    await send(client, work, 'x');
    await receive(client, work);
    await advance(4 * 86_400 - 60);
    await receive(client, work);
    const moved = await attributeOf(client, dead, 'ApproximateNumberOfMessages');

    await advance(60);

    expect(moved).toBe('1');
    expect(await receive(client, dead)).toEqual([]);
  });
});

describe('moving dead letters back', () => {
  const fill = async (client: SQSClient, urls: { dead: string; work: string }, count: number) => {
    for (let n = 0; n < count; n += 1) await send(client, urls.work, `m${n}`);
    await receive(client, urls.work, { VisibilityTimeout: 0 });
    await receive(client, urls.work);
  };
  const SourceArn = queueArn('dead');
  const tasksOf = async (client: SQSClient) =>
    (await client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];

  it('sends each to the queue it came from, as a new message', async () => {
    const { client, advance } = await runSqs();
    const urls = await withDeadLetters(client, 1);
    await fill(client, urls, 2);

    await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    await advance(1);
    const messages = await receive(client, urls.work);

    expect(messages.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount])).toEqual([
      ['m0', '1'],
      ['m1', '1'],
    ]);
    expect(messages[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await tasksOf(client)).toMatchObject([
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2, ApproximateNumberOfMessagesToMove: 2 },
    ]);
  });

  it('keeps to its rate over a restart, and can be cancelled', async () => {
    const aws = await runSqs();
    const urls = await withDeadLetters(aws.client, 1);
    await fill(aws.client, urls, 5);
    const other = await createQueue(aws.client, {}, 'other');

    const { TaskHandle } = await aws.client.send(
      new StartMessageMoveTaskCommand({
        ...{ SourceArn, DestinationArn: queueArn('other'), MaxNumberOfMessagesPerSecond: 1 },
      }),
    );
    await expect(aws.client.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
    });
    const atOnce = await attributeOf(aws.client, other, 'ApproximateNumberOfMessages');
    await aws.restart();
    await aws.advance(1);
    const answer = await aws.client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    await aws.advance(5);

    expect(atOnce).toBe('1');
    expect(answer.ApproximateNumberOfMessagesMoved).toBe(2);
    expect(await tasksOf(aws.client)).toMatchObject([
      { Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 2 },
    ]);
  });

  it('fails for a message that came from nowhere', async () => {
    const { client, advance } = await runSqs();
    const urls = await withDeadLetters(client, 1);
    await send(client, urls.dead, 'by hand');

    await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    await advance(1);

    expect(await tasksOf(client)).toMatchObject([
      { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' },
    ]);
  });

  it('is refused from a queue that is nobody’s dead-letter queue, or that does not exist', async () => {
    const { client } = await runSqs();
    await withDeadLetters(client);
    const start = (arn: string) => client.send(new StartMessageMoveTaskCommand({ SourceArn: arn }));

    await expect(start(queueArn('work'))).rejects.toThrow(/must be configured as a Dead Letter Queue/);
    await expect(start(queueArn('none'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
