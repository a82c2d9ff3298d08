import * as z from 'zod';
import { type Operation, parseInput, queueOf } from './operation.ts';
import { changeAttributes, type QueueAttributes, readSettings, withDefaults } from './queue-attributes.ts';
import type { Queue } from './queue-registry.ts';
import { invalidParameter, invalidValue, noSuchQueue, notSupported, SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

const attributesField = z.record(z.string(), z.string());
const queueUrlOnly = z.strictObject({ QueueUrl: z.string() });

const createSchema = z.strictObject({
  QueueName: z.string(),
  Attributes: attributesField.default({}),
  tags: z.record(z.string(), z.string()).optional(),
});

export const createQueue: Operation = (state, input) => {
  const { QueueName: name, Attributes, tags } = parseInput(createSchema, input);
  if (tags !== undefined && Object.keys(tags).length > 0) throw notSupported('A queue with tags');
  requireValidName(name);
  const known = state.queues.find(name);
  if (known === undefined) {
    storeQueue(state, name, changeAttributes({}, Attributes));
  } else {
    const present = withDefaults(known.attributes);
    const different = Object.entries(Attributes).find(([key, value]) => present[key] !== value);
    if (different !== undefined) {
      throw new SqsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${different[0]}.`,
      );
    }
  }
  return { QueueUrl: state.urlOf(name) };
};

const requireValidName = (name: string): void => {
  if (name.endsWith('.fifo')) throw notSupported('A FIFO queue (a name that ends in .fifo)');
  if (/^[\w-]{1,80}$/.test(name)) return;
  throw invalidParameter('A queue name has 1 to 80 letters, digits, hyphens and underscores.');
};

/** Stores attributes that `changeAttributes` made, once the dead-letter queue that they name can be used. */
const storeQueue = (state: SqsState, name: string, attributes: QueueAttributes): void => {
  const { redrive } = readSettings(attributes);
  state.queues.transaction(() => {
    const queue = state.queues.put(name, attributes, state.clock());
    if (redrive !== undefined) requireDeadLetterQueue(state, queue);
  });
};

/** @throws SqsError when the queue may not send its dead letters where its policy says. */
export const requireDeadLetterQueue = ({ queues }: SqsState, { arn, attributes, settings }: Queue): void => {
  if (settings.redrive === undefined) return;
  const target = queues.findByArn(settings.redrive.deadLetterTargetArn);
  const refuse = (reason: string) => invalidValue('RedrivePolicy', attributes.RedrivePolicy, reason);
  if (target === undefined) throw refuse('Dead letter target does not exist.');
  const { redrivePermission, sourceQueueArns = [] } = target.settings.redriveAllow ?? {};
  const isDenied =
    redrivePermission === 'denyAll' || (redrivePermission === 'byQueue' && !sourceQueueArns.includes(arn));
  if (isDenied)
    throw refuse('The RedriveAllowPolicy of the dead-letter queue does not allow this source queue.');
};

export const setQueueAttributes: Operation = (state, input) => {
  const schema = queueUrlOnly.extend({ Attributes: attributesField });
  const { QueueUrl, Attributes } = parseInput(schema, input);
  const queue = queueOf(state, QueueUrl);
  storeQueue(state, queue.name, changeAttributes(queue.attributes, Attributes));
  state.receivers.attemptAll();
  return {};
};

export const deleteQueue: Operation = (state, input) => {
  const { QueueUrl } = parseInput(queueUrlOnly, input);
  state.queues.remove(queueOf(state, QueueUrl).name);
  state.receivers.attemptAll();
  return {};
};

export const getQueueUrl: Operation = (state, input) => {
  const schema = z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().optional() });
  const { QueueName, QueueOwnerAWSAccountId = state.home.accountId } = parseInput(schema, input);
  if (QueueOwnerAWSAccountId !== state.home.accountId) throw noSuchQueue();
  return { QueueUrl: state.urlOf(state.queues.get(QueueName).name) };
};

const pageFields = {
  MaxResults: z.number().int().min(1).max(1_000).optional(),
  NextToken: z.string().optional(),
};

export const listQueues: Operation = (state, input) => {
  const schema = z.strictObject({ QueueNamePrefix: z.string().default(''), ...pageFields });
  const { QueueNamePrefix, ...page } = parseInput(schema, input);
  const names = state.queues.all().map(({ name }) => name);
  const { items, next } = pageOf(
    names.filter((name) => name.startsWith(QueueNamePrefix)),
    page,
  );
  return { QueueUrls: items.map((name) => state.urlOf(name)), ...next };
};

export const listDeadLetterSourceQueues: Operation = (state, input) => {
  const { QueueUrl, ...page } = parseInput(queueUrlOnly.extend(pageFields), input);
  const sources = state.queues.sourcesOf(queueOf(state, QueueUrl).arn);
  const { items, next } = pageOf(
    sources.map(({ name }) => name),
    page,
  );
  return { queueUrls: items.map((name) => state.urlOf(name)), ...next };
};

/** Names in ascending order; a token is the last name of the page before. Without MaxResults: up to 1,000. */
const pageOf = (
  names: readonly string[],
  { MaxResults, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
) => {
  const after = NextToken === undefined ? '' : Buffer.from(NextToken, 'base64url').toString();
  const rest = names.filter((name) => name > after);
  const items = rest.slice(0, MaxResults ?? 1_000);
  const isMore = MaxResults !== undefined && rest.length > items.length;
  const NextTokenOut = Buffer.from(items.at(-1) ?? '').toString('base64url');
  return { items, next: isMore ? { NextToken: NextTokenOut } : {} };
};

export const getQueueAttributes: Operation = (state, input) => {
  const schema = queueUrlOnly.extend({ AttributeNames: z.array(z.string()).default([]) });
  const { QueueUrl, AttributeNames } = parseInput(schema, input);
  const attributes = describeQueue(state, queueOf(state, QueueUrl));
  const unknown = AttributeNames.find((name) => name !== 'All' && !KNOWN_ATTRIBUTES.has(name));
  if (unknown !== undefined) {
    throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  }
  const wanted = AttributeNames.includes('All')
    ? Object.entries(attributes)
    : Object.entries(attributes).filter(([name]) => AttributeNames.includes(name));
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
};

const KNOWN_ATTRIBUTES = new Set([
  ...['QueueArn', 'CreatedTimestamp', 'LastModifiedTimestamp', 'VisibilityTimeout', 'DelaySeconds'],
  ...['ReceiveMessageWaitTimeSeconds', 'MessageRetentionPeriod', 'MaximumMessageSize', 'Policy'],
  ...['RedrivePolicy', 'RedriveAllowPolicy', 'SqsManagedSseEnabled', 'KmsMasterKeyId'],
  ...['KmsDataKeyReusePeriodSeconds', 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  ...['ApproximateNumberOfMessagesDelayed'],
  // Known, and absent from every standard queue.
  ...['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'],
]);

const describeQueue = ({ messages, clock }: SqsState, queue: Queue): QueueAttributes => {
  messages.expire(queue, clock());
  const counts = messages.count(queue.name, clock());
  const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
  return {
    ...withDefaults(queue.attributes),
    QueueArn: queue.arn,
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.notVisible),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
  };
};

const PURGE_PAUSE_MS = 60_000;

export const purgeQueue: Operation = (state, input) => {
  const { QueueUrl } = parseInput(queueUrlOnly, input);
  const queue = queueOf(state, QueueUrl);
  const nowMs = state.clock();
  if (queue.purgedAt !== undefined && nowMs < queue.purgedAt + PURGE_PAUSE_MS) {
    throw new SqsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
      403,
    );
  }
  state.database.transaction(() => {
    state.messages.removeAll(queue.name);
    state.queues.notePurge(queue, nowMs);
  });
  return {};
};
