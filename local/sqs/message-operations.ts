import * as z from 'zod';
import { attributesMd5, type MessageAttributes, md5 } from './message-attributes.ts';
import type { StoredMessage } from './message-store.ts';
import { type Operation, parseInput, queueOf } from './operation.ts';
import {
  changeVisibility,
  deleteMessage as deleteByHandle,
  receiptHandleOf,
  requireVisibilityTimeout,
} from './receipt-handle.ts';
import { receiveVisible } from './receive.ts';
import { checkMessage, sendFields } from './send.ts';
import { invalidValue, SqsError } from './sqs-error.ts';

const QueueUrl = z.string();

export const sendMessage: Operation = (state, input) => {
  const { QueueUrl: url, ...entry } = parseInput(z.strictObject({ QueueUrl, ...sendFields }), input);
  const message = checkMessage(state, queueOf(state, url), entry);
  message.store();
  state.receivers.attemptAll();
  return message.answer;
};

export const deleteMessage: Operation = (state, input) => {
  const schema = z.strictObject({ QueueUrl, ReceiptHandle: z.string() });
  const { QueueUrl: url, ReceiptHandle } = parseInput(schema, input);
  deleteByHandle(state, queueOf(state, url), ReceiptHandle);
  return {};
};

export const changeMessageVisibility: Operation = (state, input) => {
  const schema = z.strictObject({ QueueUrl, ReceiptHandle: z.string(), VisibilityTimeout: z.number() });
  const { QueueUrl: url, ReceiptHandle, VisibilityTimeout } = parseInput(schema, input);
  changeVisibility(state, queueOf(state, url), ReceiptHandle, VisibilityTimeout);
  state.receivers.attemptAll();
  return {};
};

const names = z.array(z.string()).default([]);
const receiveSchema = z.strictObject({
  QueueUrl,
  MaxNumberOfMessages: z.number().default(1),
  VisibilityTimeout: z.number().optional(),
  WaitTimeSeconds: z.number().optional(),
  AttributeNames: names,
  MessageSystemAttributeNames: names,
  MessageAttributeNames: names,
});

export const receiveMessage: Operation = async (state, input, gone) => {
  const request = parseInput(receiveSchema, input);
  const { name, settings } = queueOf(state, request.QueueUrl);
  const {
    MaxNumberOfMessages: maxMessages,
    VisibilityTimeout: visibilityTimeout = settings.visibilityTimeoutSeconds,
    WaitTimeSeconds: waitSeconds = settings.receiveWaitSeconds,
  } = request;
  requireWithin('MaxNumberOfMessages', maxMessages, 1, 10);
  requireWithin('WaitTimeSeconds', waitSeconds, 0, 20);
  requireVisibilityTimeout(visibilityTimeout);
  const systemNames = [...request.AttributeNames, ...request.MessageSystemAttributeNames];
  requireKnownNames(systemNames);
  const found = await state.receivers.receive({
    waitMs: waitSeconds * 1_000,
    gone,
    find: () => receiveVisible(state, state.queues.get(name), maxMessages, visibilityTimeout),
    nextVisibleAt: () => state.messages.nextVisibleAt(name, state.clock()),
  });
  const Messages = found.map((message) =>
    describeMessage(message, systemNames, request.MessageAttributeNames),
  );
  return Messages.length === 0 ? {} : { Messages };
};

const requireWithin = (name: string, value: number, min: number, max: number): void => {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidValue(name, value, `Must be between ${min} and ${max}, if provided.`);
};

/** What SQS knows of a message by itself. */
export const systemAttributesOf = (message: StoredMessage): Readonly<Record<string, string>> => ({
  ...message.system,
  SentTimestamp: String(message.sentAt),
  ApproximateReceiveCount: String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  ...(message.sourceArn !== undefined && { DeadLetterQueueSourceArn: message.sourceArn }),
});

const SYSTEM_ATTRIBUTES = new Set([
  ...['All', 'SenderId', 'SentTimestamp', 'ApproximateReceiveCount', 'ApproximateFirstReceiveTimestamp'],
  ...['AWSTraceHeader', 'DeadLetterQueueSourceArn', 'MessageGroupId'],
  // Known, and absent from every message of a standard queue.
  ...['MessageDeduplicationId', 'SequenceNumber'],
]);

const requireKnownNames = (wanted: readonly string[]): void => {
  const unknown = wanted.find((name) => !SYSTEM_ATTRIBUTES.has(name));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
};

const describeMessage = (
  message: StoredMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
): object => {
  const system = Object.entries(systemAttributesOf(message)).filter(
    ([name]) => systemNames.includes('All') || systemNames.includes(name),
  );
  const attributes: MessageAttributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => attributeNames.some((each) => covers(each, name))),
  );
  const attributesHash = attributesMd5(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandleOf(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(attributesHash !== undefined && {
      MD5OfMessageAttributes: attributesHash,
      MessageAttributes: attributes,
    }),
  };
};

/** A name, `All`, `.*`, or a prefix before `.*`. */
const covers = (wanted: string, name: string): boolean =>
  wanted === 'All' || wanted === name || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2)));
