import {
  AddPermissionCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { attributeOf, connect, createQueue, queueArn, receive, runSqs, send } from './queues.ts';

describe('a queue', () => {
  it('has the attributes it was made with, and the defaults', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client, { VisibilityTimeout: '60' });

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );

    expect(Attributes).toMatchObject({
      VisibilityTimeout: '60',
      DelaySeconds: '0',
      ReceiveMessageWaitTimeSeconds: '0',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      SqsManagedSseEnabled: 'true',
      ApproximateNumberOfMessages: '0',
      QueueArn: expect.stringMatching(/^arn:aws:sqs:/),
    });
    expect(Object.keys(Attributes ?? {})).not.toContain('Policy');
  });

  it('is made once: again with the same attributes it is found, with others refused', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client, { DelaySeconds: '5' });
    const QueueName = QueueUrl.split('/').at(-1) ?? '';
    const create = (Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes }));

    expect((await create({})).QueueUrl).toBe(QueueUrl);
    expect((await create({ DelaySeconds: '5' })).QueueUrl).toBe(QueueUrl);
    await expect(create({ DelaySeconds: '6' })).rejects.toMatchObject({ name: 'QueueNameExists' });
    expect((await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(QueueUrl);
  });

  it('is not found under another name or account', async () => {
    const client = await connect();
    const other = 'https://sqs.eu-central-1.amazonaws.com/999999999999/none';

    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
    await expect(send(client, other, 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  const refused: [string, string, Record<string, string>, string][] = [
    ['a name that is too long', 'x'.repeat(81), {}, 'InvalidParameterValue'],
    ['a name with other characters', 'a.b', {}, 'InvalidParameterValue'],
    ['an attribute that does not exist', 'q', { Colour: 'red' }, 'InvalidAttributeName'],
    ['a timeout above 12 hours', 'q', { VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
    ['a retention below a minute', 'q', { MessageRetentionPeriod: '59' }, 'InvalidAttributeValue'],
    ['a text for a number', 'q', { DelaySeconds: 'soon' }, 'InvalidAttributeValue'],
    ['a policy that is not JSON', 'q', { Policy: '{' }, 'InvalidParameterValue'],
    [
      'a policy with a condition that could not be enforced',
      'q',
      {
        Policy: JSON.stringify({
          Statement: {
            ...{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' },
            Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
          },
        }),
      },
      'InvalidAttributeValue',
    ],
    [
      'a dead-letter queue that does not exist',
      'q',
      { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('none'), maxReceiveCount: 3 }) },
      'InvalidParameterValue',
    ],
  ];
  it.each(refused)('with %s is refused', async (_, QueueName, Attributes, name) => {
    const { client } = await runSqs();

    await expect(client.send(new CreateQueueCommand({ QueueName, Attributes }))).rejects.toMatchObject({
      name,
    });
    const { QueueUrls } = await client.send(new ListQueuesCommand({}));
    expect(QueueUrls).toEqual([]);
  });

  it('takes changes of its attributes, and loses a policy that is set to nothing', async () => {
    const client = await connect();
    const dead = await createQueue(client);
    const deadLetterTargetArn = await attributeOf(client, dead, 'QueueArn');
    const QueueUrl = await createQueue(client);
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));

    await set({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
      DelaySeconds: '1',
    });
    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    await set({ RedrivePolicy: '' });

    expect(queueUrls).toEqual([QueueUrl]);
    expect(await attributeOf(client, QueueUrl, 'RedrivePolicy')).toBeUndefined();
    expect(await attributeOf(client, QueueUrl, 'DelaySeconds')).toBe('1');
  });

  it('may be used for dead letters by those queues that it allows', async () => {
    const client = await connect();
    const create = async (redrivePermission: string, sourceQueueArns?: string[]) => {
      const url = await createQueue(client, {
        RedriveAllowPolicy: JSON.stringify({ redrivePermission, sourceQueueArns }),
      });
      const deadLetterTargetArn = await attributeOf(client, url, 'QueueArn');
      return JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    };
    const QueueUrl = await createQueue(client);
    const arn = (await attributeOf(client, QueueUrl, 'QueueArn')) ?? '';
    const use = (RedrivePolicy: string) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));

    await use(await create('byQueue', [arn]));
    await use(await create('allowAll'));

    await expect(use(await create('denyAll'))).rejects.toThrow(/does not allow this source queue/);
    await expect(use(await create('byQueue', [`${arn}x`]))).rejects.toThrow(/does not allow/);
    await expect(create('byQueue')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('is listed by prefix, page by page', async () => {
    const { client } = await runSqs();
    for (const name of ['b-2', 'a-1', 'a-3', 'a-2']) await createQueue(client, {}, name);
    const list = async (more: object) => {
      const { QueueUrls = [], NextToken } = await client.send(new ListQueuesCommand(more));
      return { names: QueueUrls.map((url) => url.split('/').at(-1)), NextToken };
    };

    const first = await list({ QueueNamePrefix: 'a-', MaxResults: 2 });
    const second = await list({ QueueNamePrefix: 'a-', MaxResults: 2, NextToken: first.NextToken });

    expect((await list({})).names).toEqual(['a-1', 'a-2', 'a-3', 'b-2']);
    expect([first.names, second.names]).toEqual([['a-1', 'a-2'], ['a-3']]);
    expect(second.NextToken).toBeUndefined();
  });
});

describe('what the local SQS does not have', () => {
  it('is refused by name', async () => {
    const { client } = await runSqs();
    const QueueUrl = await createQueue(client);
    const create = (QueueName: string, Attributes: Record<string, string> = {}, tags = {}) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes, tags }));

    await expect(create('orders.fifo')).rejects.toThrow(/A FIFO queue .* is not supported/);
    await expect(create('orders', { FifoQueue: 'true' })).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('FIFO queue'),
    });
    await expect(create('orders', {}, { team: 'a' })).rejects.toThrow(/A queue with tags is not supported/);
    await expect(client.send(new TagQueueCommand({ QueueUrl, Tags: { a: 'b' } }))).rejects.toThrow(
      /The operation TagQueue is not supported/,
    );
    await expect(
      client.send(
        new AddPermissionCommand({ QueueUrl, Label: 'l', AWSAccountIds: ['1'], Actions: ['SendMessage'] }),
      ),
    ).rejects.toThrow(/The operation AddPermission is not supported/);
  });

  it('says so to clients of the older query protocol', async () => {
    const { sqs } = await runSqs();

    const answer = await fetch(sqs.endpoint, { method: 'POST', body: 'Action=ListQueues' });

    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-query-error')).toBe(
      'AWS.SimpleQueueService.UnsupportedOperation;Sender',
    );
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('query protocol') });
  });
});

describe('the queues of a template', () => {
  it('are put whatever their order, change their attributes, and keep their messages', async () => {
    const aws = await runSqs();
    const redrive = { deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 1 };
    aws.sqs.putQueues([
      { name: 'work', attributes: { RedrivePolicy: JSON.stringify(redrive) } },
      { name: 'dead', attributes: {} },
    ]);
    const { QueueUrl = '' } = await aws.client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
    await send(aws.client, QueueUrl, 'kept');

    await aws.restart();
    aws.sqs.putQueues([{ name: 'work', attributes: { DelaySeconds: '3' } }]);

    const url = `${aws.sqs.endpoint}/123456789012/work`;
    expect(await attributeOf(aws.client, url, 'DelaySeconds')).toBe('3');
    expect(await attributeOf(aws.client, url, 'RedrivePolicy')).toBeUndefined();
    expect(await receive(aws.client, url)).toMatchObject([{ Body: 'kept' }]);
  });

  it('are refused with a dead-letter queue that is not there', async () => {
    const { sqs } = await runSqs();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('none'), maxReceiveCount: 1 });

    expect(() => sqs.putQueues([{ name: 'work', attributes: { RedrivePolicy } }])).toThrow(
      /Queue work: .*Dead letter target does not exist/,
    );
  });
});
