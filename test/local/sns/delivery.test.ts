import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { createTopic, FUNCTION_ARN, publish, queueArn, runSns, subscribe, topicArn } from './topics.ts';

const QUEUE = ['sqs', queueArn('q')] as const;
const named = (name: string): Error => Object.assign(new Error('no'), { name });
const kind = { kind: { DataType: 'String', StringValue: 'größe' } };

describe('a published message', () => {
  it('comes to a queue in an envelope', async () => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client);
    const SubscriptionArn = await subscribe(client, TopicArn, QUEUE);

    const { MessageId } = await publish(client, TopicArn, 'text ☃ & <more>', {
      ...{ Subject: 'News', MessageAttributes: kind },
    });
    await advance(0);

    expect(sent).toMatchObject([
      {
        queueArn: queueArn('q'),
        attributes: {},
        caller: { kind: 'service', principal: 'sns.amazonaws.com', sourceArn: TopicArn },
      },
    ]);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      ...{ Type: 'Notification', MessageId, TopicArn, Subject: 'News', Message: 'text ☃ & <more>' },
      ...{ Timestamp: '2026-11-21T10:00:00.000Z', SignatureVersion: '1', Signature: expect.any(String) },
      SigningCertURL: expect.any(String),
      UnsubscribeURL: expect.stringContaining(SubscriptionArn),
      MessageAttributes: { kind: { Type: 'String', Value: 'größe' } },
    });
  });

  it('comes to a queue as it is, with its attributes, when the subscription says so', async () => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, QUEUE, { RawMessageDelivery: 'true' });

    const raw = { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) };
    await publish(client, TopicArn, 'text', { MessageAttributes: { ...kind, raw } });
    await advance(0);

    expect(sent).toMatchObject([
      { body: 'text', attributes: { ...kind, raw: { DataType: 'Binary', BinaryValue: 'AP8=' } } },
    ]);
  });

  it("comes to a function in SNS's event", async () => {
    const { client, advance, invoked } = await runSns();
    const TopicArn = await createTopic(client);
    const EventSubscriptionArn = await subscribe(client, TopicArn, ['lambda', FUNCTION_ARN]);

    const { MessageId } = await publish(client, TopicArn, 'text');
    await advance(0);

    expect(invoked.map((payload) => JSON.parse(payload))).toEqual([
      {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn,
            Sns: {
              ...{ Type: 'Notification', MessageId, TopicArn, Subject: null, Message: 'text' },
              ...{ Timestamp: '2026-11-21T10:00:00.000Z', SignatureVersion: '1' },
              ...{ Signature: expect.any(String), MessageAttributes: {} },
              ...{ SigningCertUrl: expect.any(String), UnsubscribeUrl: expect.any(String) },
            },
          },
        ],
      },
    ]);
  });

  it('is written to a file where it would leave this machine', async () => {
    const { client, outbound } = await runSns();
    const TopicArn = await createTopic(client, {}, 'alarms');
    await subscribe(client, TopicArn, ['email', 'ops@example.com']);
    await subscribe(client, TopicArn, ['https', 'https://example.com/hook'], { RawMessageDelivery: 'true' });
    await subscribe(client, TopicArn, ['sms', '+491701234567']);

    await publish(client, TopicArn, 'disk full', { Subject: 'Alarm' });

    expect(outbound('alarms')).toHaveLength(3);
    expect(outbound('alarms')).toEqual(
      expect.arrayContaining([
        {
          ...{ time: '2026-11-21T10:00:00.000Z', protocol: 'email', endpoint: 'ops@example.com' },
          sent: expect.objectContaining({ Subject: 'Alarm', Message: 'disk full' }),
        },
        expect.objectContaining({ protocol: 'https', sent: 'disk full' }),
        expect.objectContaining({ protocol: 'sms', endpoint: '+491701234567' }),
      ]),
    );
  });

  it('may have a text of its own for each protocol', async () => {
    const { client, advance, sent, invoked } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
    await subscribe(client, TopicArn, ['lambda', FUNCTION_ARN]);
    const publishJson = (message: unknown) =>
      publish(client, TopicArn, JSON.stringify(message), { MessageStructure: 'json' });

    await publishJson({ default: 'for all', sqs: 'for queues' });
    await advance(0);

    expect(sent[0]?.body).toBe('for queues');
    expect(JSON.parse(invoked[0] ?? '').Records[0].Sns.Message).toBe('for all');
    await expect(publishJson({ sqs: 'x' })).rejects.toThrow(/No default entry/);
    await expect(publish(client, TopicArn, 'x', { MessageStructure: 'json' })).rejects.toThrow(
      /failed to parse/,
    );
  });

  const refused: [string, string, object, RegExp][] = [
    ['no text', '', {}, /Empty message/],
    ['more than 256 KiB', 'x'.repeat(262_145), {}, /Message too long/],
    ['a subject of more than 100 characters', 'x', { Subject: 'x'.repeat(101) }, /Subject/],
    ['a subject with a line break', 'x', { Subject: 'a\nb' }, /Subject/],
    [
      'an attribute of no type',
      'x',
      { MessageAttributes: { a: { DataType: 'X', StringValue: 'v' } } },
      /type/,
    ],
    ['a group', 'x', { MessageGroupId: 'g' }, /MessageGroupId/],
  ];
  it.each(refused)('is refused with %s', async (_, message, more, reason) => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);

    await expect(publish(client, TopicArn, message, more)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(reason),
    });
  });

  it('may have 1 MiB where the topic says so', async () => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client, { MaximumMessageSize: '1048576' });
    await subscribe(client, TopicArn, QUEUE, { RawMessageDelivery: 'true' });

    await publish(client, TopicArn, 'x'.repeat(1_048_576));
    await advance(0);

    expect(sent[0]?.body).toHaveLength(1_048_576);
  });
});

describe('a batch', () => {
  it('judges each message by itself', async () => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
    const publishBatch = (...PublishBatchRequestEntries: { Id: string; Message: string }[]) =>
      client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));

    const answer = await publishBatch({ Id: 'a', Message: 'one' }, { Id: 'b', Message: '' });
    await advance(0);

    expect(answer.Successful).toEqual([{ Id: 'a', MessageId: expect.any(String) }]);
    expect(answer.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameter', SenderFault: true }]);
    expect(sent.map(({ body }) => body)).toEqual(['one']);
    await expect(publishBatch()).rejects.toMatchObject({ name: 'EmptyBatchRequestException' });
    await expect(publishBatch({ Id: 'a', Message: '1' }, { Id: 'a', Message: '2' })).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinctException',
    });
  });
});

describe('a filter policy', () => {
  const attribute = (DataType: string, StringValue: string) => ({ a: { DataType, StringValue } });
  const cases: [string, unknown, object, boolean][] = [
    ['a text', { a: ['x'] }, attribute('String', 'x'), true],
    ['another text', { a: ['x'] }, attribute('String', 'y'), false],
    ['no attribute', { a: ['x'] }, {}, false],
    ['a number', { a: [{ numeric: ['>', 5] }] }, attribute('Number', '6'), true],
    ['an item of a list', { a: ['x'] }, attribute('String.Array', '["w","x"]'), true],
    ['its absence', { a: [{ exists: false }] }, {}, true],
    ['nothing at all', {}, {}, true],
  ];
  it.each(cases)('lets pass or holds back by %s', async (_, policy, MessageAttributes, passes) => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, QUEUE, { FilterPolicy: JSON.stringify(policy) });

    await publish(client, TopicArn, 'x', { MessageAttributes });
    await advance(0);

    expect(sent).toHaveLength(passes ? 1 : 0);
  });

  it('can be about the body', async () => {
    const { client, advance, sent } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, QUEUE, {
      ...{ FilterPolicyScope: 'MessageBody', RawMessageDelivery: 'true' },
      FilterPolicy: JSON.stringify({ order: { state: ['paid'] } }),
    });

    for (const text of ['{"order":{"state":"paid"}}', '{"order":{"state":"new"}}', 'no json']) {
      await publish(client, TopicArn, text);
    }
    await advance(0);

    expect(sent.map(({ body }) => body)).toEqual(['{"order":{"state":"paid"}}']);
  });
});

describe('delivery', () => {
  it('is repeated after a restart until the queue took the message', async () => {
    const aws = await runSns();
    const TopicArn = await createTopic(aws.client);
    await subscribe(aws.client, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
    aws.failures.push(...Array.from({ length: 20 }, () => named('ServiceUnavailable')));
    await publish(aws.client, TopicArn, 'kept');
    await aws.advance(0);
    aws.failures.length = 0;
    aws.sent.length = 0;

    await aws.restart();
    await aws.advance(60_000);
    await aws.advance(60_000);

    expect(aws.sent.map(({ body }) => body)).toEqual(['kept']);
  });

  it('ends as a dead letter when the queue is gone, without retries', async () => {
    const { client, advance, sent, failures } = await runSns();
    const TopicArn = await createTopic(client);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
    await subscribe(client, TopicArn, QUEUE, { RedrivePolicy });
    failures.push(named('QueueDoesNotExist'));

    await publish(client, TopicArn, 'lost');
    await advance(0);
    await advance(60_000);

    expect(sent.map((message) => message.queueArn)).toEqual([queueArn('q'), queueArn('dead')]);
    expect(sent[1]?.body).toBe(sent[0]?.body);
  });
});

describe('the topics of a template', () => {
  const topics = [{ arn: topicArn('news'), attributes: {} }];
  const subscription = (name: string) => ({
    ...{ arn: `${topicArn('news')}:${name}`, topicArn: topicArn('news') },
    ...{ protocol: 'sqs', endpoint: queueArn(name), attributes: { RawMessageDelivery: 'true' } },
  });

  it('have the subscriptions of today’s template and those made by the API', async () => {
    const aws = await runSns({ topics, subscriptions: [subscription('old')] });
    await subscribe(aws.client, topicArn('news'), ['sqs', queueArn('api')], { RawMessageDelivery: 'true' });

    await aws.restart({ subscriptions: [subscription('new')] });
    await publish(aws.client, topicArn('news'), 'x');
    await aws.advance(0);

    expect(aws.sent.map((message) => message.queueArn).sort()).toEqual([queueArn('api'), queueArn('new')]);
  });

  it('need a policy before another service may publish; those of the API only once they have one', async () => {
    const isCallerAllowed = () => false;
    const aws = await runSns({ topics, isCallerAllowed });
    await createTopic(aws.client, {}, 'open');
    const publishAs = (name: string) => () =>
      aws.sns.publish({
        ...{ topicArn: topicArn(name), body: 'x' },
        caller: { kind: 'service', principal: 'events.amazonaws.com', sourceArn: 'arn:aws:events:r' },
      });

    expect(publishAs('news')).toThrow(/events.amazonaws.com for arn:aws:events:r is not authorized/);
    expect(publishAs('open')).not.toThrow();
    expect(publishAs('none')).toThrow(/Topic does not exist/);
  });
});
