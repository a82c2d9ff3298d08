import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { attributeOf, connect, createQueue, receive, send } from './queues.ts';

describe('a message', () => {
  it('is received as it was sent, with its digests, and is gone once it was deleted', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'größe' },
      count: { DataType: 'Number.int', StringValue: '3' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
    };

    const sent = await send(client, QueueUrl, 'text ☃', { MessageAttributes });
    const [message] = await receive(client, QueueUrl);

    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'text ☃',
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/) },
    });
    expect(message?.MessageAttributes).toMatchObject({
      kind: MessageAttributes.kind,
      count: MessageAttributes.count,
    });
    expect(Buffer.from(message?.MessageAttributes?.raw?.BinaryValue ?? [])).toEqual(Buffer.from([0, 255]));
    expect(await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessagesNotVisible')).toBe('1');

    const ReceiptHandle = message?.ReceiptHandle;
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessagesNotVisible')).toBe('0');
  });

  it("has the digest of its attributes that AWS's guide describes", async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    // MD5 over: length and text of name and type, a 1 for text, length and text of the value.
    const sent = await send(client, QueueUrl, 'x', {
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    });

    const { createHash } = await import('node:crypto');
    const bytes = Buffer.concat([
      ...[Buffer.from([0, 0, 0, 1]), Buffer.from('a'), Buffer.from([0, 0, 0, 6]), Buffer.from('String')],
      ...[Buffer.from([1]), Buffer.from([0, 0, 0, 1]), Buffer.from('b')],
    ]);
    expect(sent.MD5OfMessageAttributes).toBe(createHash('md5').update(bytes).digest('hex'));
  });

  it('shows only the attributes that are asked for', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);
    const attribute = { DataType: 'String', StringValue: 'v' };
    await send(client, QueueUrl, 'x', {
      MessageAttributes: { 'app.a': attribute, 'app.b': attribute, other: attribute },
    });
    const ask = async (MessageAttributeNames: string[]) => {
      const [message] = await receive(client, QueueUrl, {
        ...{ VisibilityTimeout: 0, MessageAttributeNames, MessageSystemAttributeNames: [] },
      });
      expect(message?.Attributes).toBeUndefined();
      return Object.keys(message?.MessageAttributes ?? {}).sort();
    };

    expect(await ask([])).toEqual([]);
    expect(await ask(['other'])).toEqual(['other']);
    expect(await ask(['app.*'])).toEqual(['app.a', 'app.b']);
    expect(await ask(['.*'])).toEqual(['app.a', 'app.b', 'other']);
  });

  it('can be given back before its time, and then not under the old handle', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);
    await send(client, QueueUrl, 'x');
    const [first] = await receive(client, QueueUrl);

    const giveBack = new ChangeMessageVisibilityCommand({
      ...{ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 },
    });
    await client.send(giveBack);
    await expect(client.send(giveBack)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    const [second] = await receive(client, QueueUrl);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));

    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessagesNotVisible')).toBe('1');
  });

  const attribute = (DataType: string, StringValue?: string) => ({
    MessageAttributes: { a: { DataType, StringValue } },
  });
  const refused: [string, string, object, string][] = [
    ['no body', '', {}, 'MissingParameter'],
    ['a character that XML does not have', 'a\u0000b', {}, 'InvalidMessageContents'],
    ['a delay of more than 15 minutes', 'x', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['an attribute of an unknown type', 'x', attribute('Text', 'v'), 'InvalidParameterValue'],
    ['an attribute without a value', 'x', attribute('String'), 'InvalidParameterValue'],
    ['a number that is none', 'x', attribute('Number', 'three'), 'InvalidParameterValue'],
    [
      'a reserved attribute name',
      'x',
      { MessageAttributes: { 'AWS.a': { DataType: 'String', StringValue: 'v' } } },
      'InvalidParameterValue',
    ],
    ['a deduplication id in a standard queue', 'x', { MessageDeduplicationId: 'd' }, 'InvalidParameterValue'],
    [
      'eleven attributes',
      'x',
      {
        MessageAttributes: Object.fromEntries(
          Array.from({ length: 11 }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'v' }]),
        ),
      },
      'InvalidParameterValue',
    ],
  ];
  it.each(refused)('with %s is refused', async (_, body, more, name) => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    await expect(send(client, QueueUrl, body, more)).rejects.toMatchObject({ name });
    expect(await attributeOf(client, QueueUrl, 'ApproximateNumberOfMessages')).toBe('0');
  });

  it('may have 1 MiB, attributes included, or what the queue says', async () => {
    const client = await connect();
    const [large, small] = [
      await createQueue(client),
      await createQueue(client, { MaximumMessageSize: '1024' }),
    ];
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'v' } };

    await send(client, large, 'x'.repeat(1_048_576));
    await send(client, small, 'x'.repeat(1_024 - 8), { MessageAttributes });

    for (const [url, body] of [
      [large, 'x'.repeat(1_048_577)],
      [small, 'ü'.repeat(513)],
    ] as const) {
      await expect(send(client, url, body)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    }
    await expect(send(client, small, 'x'.repeat(1_017), { MessageAttributes })).rejects.toThrow(
      /must be shorter than 1024 bytes/,
    );
  });
});

describe('a batch', () => {
  it('judges each entry by itself', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'x' },
          { Id: 'bad', MessageBody: 'a\u0001' },
        ],
      }),
    );
    const [message] = await receive(client, QueueUrl);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'one', ReceiptHandle: message?.ReceiptHandle },
          { Id: 'two', ReceiptHandle: 'no handle' },
        ],
      }),
    );

    expect(sent.Successful?.map(({ Id, MessageId }) => [Id, MessageId])).toEqual([
      ['good', message?.MessageId],
    ]);
    expect(sent.Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' }]);
    expect(deleted.Successful).toEqual([{ Id: 'one' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'two', Code: 'ReceiptHandleIsInvalid' }]);
  });

  const entry = (Id: string, MessageBody = 'x') => ({ Id, MessageBody });
  const refused: [string, { Id: string; MessageBody: string }[], string][] = [
    ['without entries', [], 'EmptyBatchRequest'],
    [
      'with eleven entries',
      Array.from({ length: 11 }, (_, n) => entry(`e${n}`)),
      'TooManyEntriesInBatchRequest',
    ],
    ['with an id twice', [entry('a'), entry('a')], 'BatchEntryIdsNotDistinct'],
    ['with an id of other characters', [entry('a b')], 'InvalidBatchEntryId'],
    [
      'of more than 1 MiB',
      [entry('a', 'x'.repeat(600_000)), entry('b', 'x'.repeat(600_000))],
      'BatchRequestTooLong',
    ],
  ];
  it.each(refused)('%s is refused', async (_, Entries, name) => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
      name,
    });
  });
});

describe('a receive', () => {
  it('takes up to ten messages, oldest first', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);
    for (let n = 0; n < 11; n += 1) await send(client, QueueUrl, String(n));

    const first = await receive(client, QueueUrl);
    const rest = await receive(client, QueueUrl);

    expect(first.map(({ Body }) => Body)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(rest.map(({ Body }) => Body)).toEqual(['10']);
  });

  it('waits for a message, which one receiver gets', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    const waiting = [
      receive(client, QueueUrl, { WaitTimeSeconds: 20 }),
      receive(client, QueueUrl, { WaitTimeSeconds: 20 }),
    ];
    await send(client, QueueUrl, 'one');
    const [first] = await Promise.race(waiting);
    await send(client, QueueUrl, 'two');
    const bodies = (await Promise.all(waiting)).flat().map(({ Body }) => Body);

    expect(first?.Body).toBe('one');
    expect(bodies.sort()).toEqual(['one', 'two']);
  });

  it.each([
    ['eleven messages', { MaxNumberOfMessages: 11 }],
    ['no message', { MaxNumberOfMessages: 0 }],
    ['a wait of more than 20 s', { WaitTimeSeconds: 21 }],
    ['more than 12 hours', { VisibilityTimeout: 43_201 }],
  ])('of %s is refused', async (_, more) => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    await expect(receive(client, QueueUrl, more)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('a receipt handle', () => {
  it('is good for its queue only', async () => {
    const client = await connect();
    const [QueueUrl, other] = [await createQueue(client), await createQueue(client)];
    await send(client, QueueUrl, 'x');
    const [message] = await receive(client, QueueUrl);
    const deletion = (url: string, ReceiptHandle = message?.ReceiptHandle) =>
      client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));

    await expect(deletion(other)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    await expect(deletion(QueueUrl, 'nonsense')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});

describe('a queue that is emptied or deleted', () => {
  it('has no messages any more, and is not emptied twice in a minute', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);
    await send(client, QueueUrl, 'x');

    await client.send(new PurgeQueueCommand({ QueueUrl }));

    expect(await receive(client, QueueUrl)).toEqual([]);
    await expect(client.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'PurgeQueueInProgress',
    });
  });

  it('ends the waits of its receivers', async () => {
    const client = await connect();
    const QueueUrl = await createQueue(client);

    const waiting = receive(client, QueueUrl, { WaitTimeSeconds: 20 });
    const refused = expect(waiting).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await client.send(new DeleteQueueCommand({ QueueUrl }));

    await refused;
    await expect(send(client, QueueUrl, 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});
