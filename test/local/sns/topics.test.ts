import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import {
  connect,
  createTopic,
  FUNCTION_ARN,
  publish,
  queueArn,
  runSns,
  subscribe,
  topicArn,
} from './topics.ts';

describe('a topic', () => {
  it('is made once, found again, and gone after it was deleted', async () => {
    const client = await connect();
    const TopicArn = await createTopic(client, { DisplayName: 'News & more <1>' });
    const Name = TopicArn.split(':').at(-1) ?? '';
    const create = (Attributes: object) =>
      client.send(new CreateTopicCommand({ Name, Attributes: { ...Attributes } }));

    expect((await create({})).TopicArn).toBe(TopicArn);
    await expect(create({ DisplayName: 'Other' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({
      TopicArn,
      DisplayName: 'News & more <1>',
      SubscriptionsConfirmed: '0',
    });

    await client.send(new DeleteTopicCommand({ TopicArn }));
    await client.send(new DeleteTopicCommand({ TopicArn }));
    await expect(publish(client, TopicArn, 'x')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('takes changes of its attributes', async () => {
    const client = await connect();
    const TopicArn = await createTopic(client);

    await client.send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'New' }),
    );

    const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes?.DisplayName).toBe('New');
  });

  it('is listed with all others, a hundred a page', async () => {
    const { client } = await runSns();
    for (let n = 0; n < 101; n += 1) await createTopic(client, {}, `t${String(n).padStart(3, '0')}`);

    const first = await client.send(new ListTopicsCommand({}));
    const second = await client.send(new ListTopicsCommand({ NextToken: first.NextToken }));

    expect(first.Topics).toHaveLength(100);
    expect(second.Topics).toEqual([{ TopicArn: topicArn('t100') }]);
    expect(second.NextToken).toBeUndefined();
  });
});

describe('a subscription', () => {
  it('is confirmed at once, found again, and gone after it was ended', async () => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);
    const SubscriptionArn = await subscribe(client, TopicArn, ['sqs', queueArn('q')]);

    expect(await subscribe(client, TopicArn, ['sqs', queueArn('q')])).toBe(SubscriptionArn);
    await expect(
      subscribe(client, TopicArn, ['sqs', queueArn('q')], { RawMessageDelivery: 'true' }),
    ).rejects.toThrow(/already exists with different attributes/);
    const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toEqual([
      { SubscriptionArn, TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Owner: '123456789012' },
    ]);
    const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).toMatchObject({ PendingConfirmation: 'false', RawMessageDelivery: 'false' });

    await client.send(new UnsubscribeCommand({ SubscriptionArn }));
    await client.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await client.send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
  });

  it('goes with its topic', async () => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);
    await subscribe(client, TopicArn, ['sqs', queueArn('q')]);

    await client.send(new DeleteTopicCommand({ TopicArn }));

    expect((await client.send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
  });

  const refused: [string, readonly [string, string], Record<string, string>, RegExp][] = [
    ['a queue that is no ARN', ['sqs', 'http://localhost/q'], {}, /sqs endpoint/],
    ['a FIFO queue', ['sqs', queueArn('q.fifo')], {}, /sqs endpoint/],
    ['a function that is no ARN', ['lambda', queueArn('q')], {}, /lambda endpoint/],
    ['a URL of another protocol', ['https', 'http://example.com'], {}, /https endpoint/],
    ['a mail without an address', ['email', 'nobody'], {}, /email endpoint/],
    ['a protocol that is not here', ['firehose', 'arn'], {}, /protocol firehose is not supported/],
    [
      'an attribute that is not here',
      ['sqs', queueArn('q')],
      { ReplayPolicy: '{}' },
      /attribute ReplayPolicy of a subscription is not supported/,
    ],
    [
      'raw delivery to a function',
      ['lambda', FUNCTION_ARN],
      { RawMessageDelivery: 'true' },
      /not for the protocol lambda/,
    ],
    [
      'dead letters that are no queue',
      ['sqs', queueArn('q')],
      { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: FUNCTION_ARN }) },
      /RedrivePolicy/,
    ],
    ['a filter that is none', ['sqs', queueArn('q')], { FilterPolicy: '{"a":1}' }, /"a" must be a list/],
    [
      'an operator that does not exist',
      ['sqs', queueArn('q')],
      { FilterPolicy: '{"a":[{"like":"x"}]}' },
      /operator like is not supported/,
    ],
  ];
  it.each(refused)('is refused with %s', async (_, target, attributes, message) => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);

    await expect(subscribe(client, TopicArn, target, attributes)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    });
  });

  it('loses a policy that is set to nothing', async () => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
    const SubscriptionArn = await subscribe(client, TopicArn, ['sqs', queueArn('q')], { RedrivePolicy });

    await client.send(
      new SetSubscriptionAttributesCommand({
        ...{ SubscriptionArn, AttributeName: 'RedrivePolicy', AttributeValue: '' },
      }),
    );

    const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).not.toHaveProperty('RedrivePolicy');
  });
});

describe('what the local SNS does not have', () => {
  it('is refused by name', async () => {
    const { client } = await runSns();
    const TopicArn = await createTopic(client);
    const create = (Name: string, Attributes: Record<string, string> = {}) =>
      client.send(new CreateTopicCommand({ Name, Attributes }));

    await expect(create('t.fifo')).rejects.toThrow(/A FIFO topic is not supported/);
    await expect(create('t', { FifoTopic: 'true' })).rejects.toThrow(/A FIFO topic is not supported/);
    await expect(create('t', { DeliveryPolicy: '{}' })).rejects.toThrow(
      /attribute DeliveryPolicy of a topic/,
    );
    await expect(
      client.send(new CreateTopicCommand({ Name: 't', Tags: [{ Key: 'a', Value: 'b' }] })),
    ).rejects.toThrow(/A topic with tags is not supported/);
    await expect(client.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [] }))).rejects.toThrow(
      /The operation TagResource is not supported/,
    );
    await expect(
      client.send(new PublishCommand({ PhoneNumber: '+491701234567', Message: 'x' })),
    ).rejects.toThrow(/Publishing to a phone number is not supported/);
  });
});
