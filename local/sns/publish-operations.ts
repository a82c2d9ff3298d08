import * as z from 'zod';
import { requireValidAttributes } from '../sqs/message-attributes.ts';
import { formList, type Operation, parseInput, requireTopic } from './operation.ts';
import { messageSize, type NewMessage, publishMessage, requireValidMessage } from './publish.ts';
import { invalidParameter, notSupported, SnsError } from './sns-error.ts';

const attributesSchema = formList(
  z.strictObject({
    Name: z.string(),
    Value: z.strictObject({
      DataType: z.string(),
      StringValue: z.string().optional(),
      BinaryValue: z.string().optional(),
    }),
  }),
).transform((entries) => Object.fromEntries(entries.map(({ Name, Value }) => [Name, Value])));

const messageFields = {
  Message: z.string(),
  Subject: z.string().optional(),
  MessageStructure: z.literal('json').optional(),
  MessageAttributes: attributesSchema.default({}),
};

type MessageInput = z.infer<z.ZodObject<typeof messageFields>>;

const publishSchema = z.strictObject({
  ...messageFields,
  TopicArn: z.string().optional(),
  TargetArn: z.string().optional(),
});

export const publish: Operation = (state, input) => {
  if (input.PhoneNumber !== undefined) throw notSupported('Publishing to a phone number');
  const { TopicArn, TargetArn, ...message } = parseInput(publishSchema, input);
  const arn = TopicArn ?? TargetArn;
  if (arn === undefined)
    throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
  const topic = requireTopic(state, arn);
  const checked = readMessage(message);
  requireValidMessage(topic, checked);
  return { MessageId: publishMessage(state, topic, checked) };
};

/** @throws InvalidParameter */
const readMessage = ({ Message, Subject, MessageStructure, MessageAttributes }: MessageInput): NewMessage => {
  try {
    // SNS itself sets no limit; a queue with raw delivery takes ten.
    requireValidAttributes(MessageAttributes, Number.POSITIVE_INFINITY);
  } catch (error) {
    throw invalidParameter((error as Error).message);
  }
  return {
    ...(MessageStructure === undefined ? { text: Message } : readTexts(Message)),
    ...(Subject !== undefined && { subject: Subject }),
    attributes: MessageAttributes,
  };
};

const textsSchema = z.looseObject({ default: z.string() });

/** A JSON object with a text for each protocol and a default. */
const readTexts = (message: string): Pick<NewMessage, 'text' | 'textOf'> => {
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const parsed = textsSchema.safeParse(json);
  if (!parsed.success) throw invalidParameter('Message Structure - No default entry in JSON message body');
  const texts = Object.entries(parsed.data).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { text: parsed.data.default, textOf: Object.fromEntries(texts) };
};

const batchSchema = z.strictObject({
  TopicArn: z.string(),
  PublishBatchRequestEntries: formList(z.strictObject({ ...messageFields, Id: z.string() })).default([]),
});

const MAX_ENTRIES = 10;
const MAX_BATCH_BYTES = 1_048_576;

export const publishBatch: Operation = (state, input) => {
  const { TopicArn, PublishBatchRequestEntries: entries } = parseInput(batchSchema, input);
  const topic = requireTopic(state, TopicArn);
  requireValidEntries(entries.map(({ Id }) => Id));
  const Failed: Record<string, string>[] = [];
  const checked: { Id: string; message: NewMessage }[] = [];
  for (const { Id, ...entry } of entries) {
    try {
      const message = readMessage(entry);
      requireValidMessage(topic, message);
      checked.push({ Id, message });
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      Failed.push({ Id, Code: error.name, Message: error.message, SenderFault: 'true' });
    }
  }
  const bytes = checked.reduce((sum, { message }) => sum + messageSize(message), 0);
  if (bytes > MAX_BATCH_BYTES) throw new SnsError('BatchRequestTooLong', 'The batch is too large.');
  const Successful = checked.map(({ Id, message }) => ({
    Id,
    MessageId: publishMessage(state, topic, message),
  }));
  return { Successful, Failed };
};

const requireValidEntries = (ids: readonly string[]): void => {
  if (ids.length === 0) throw new SnsError('EmptyBatchRequest', 'The batch request has no entry.');
  if (ids.length > MAX_ENTRIES) {
    throw new SnsError(
      'TooManyEntriesInBatchRequest',
      `The batch request has more than ${MAX_ENTRIES} entries.`,
    );
  }
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) {
    throw new SnsError(
      'InvalidBatchEntryId',
      'The Id of a batch entry has 1 to 80 letters, digits, - and _.',
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new SnsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
};
