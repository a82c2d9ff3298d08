import * as z from 'zod';
import { type Operation, parseInput, queueOf } from './operation.ts';
import type { Queue } from './queue-registry.ts';
import { changeVisibility, deleteMessage } from './receipt-handle.ts';
import { type CheckedMessage, checkMessage, sendFields } from './send.ts';
import { SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

const MAX_ENTRIES = 10;
/** Of all messages of a batch together, as of each one. */
const MAX_BATCH_BYTES = 1_048_576;

interface BatchEntry {
  readonly Id: string;
}

interface Failed {
  readonly Id: string;
  readonly SenderFault: true;
  readonly Code: string;
  readonly Message: string;
}

const batchSchema = <Fields extends z.ZodRawShape>(fields: Fields) =>
  z.strictObject({
    QueueUrl: z.string(),
    Entries: z.array(z.strictObject({ Id: z.string(), ...fields })),
  });

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html#API_SendMessageBatch_Errors */
const requireValidEntries = (entries: readonly BatchEntry[]): void => {
  if (entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > MAX_ENTRIES) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const wrong = entries.find(({ Id }) => !/^[\w-]{1,80}$/.test(Id));
  if (wrong !== undefined) {
    throw new SqsError(
      'InvalidBatchEntryId',
      `The batch entry id "${wrong.Id}" must have 1 to 80 letters, digits, hyphens and underscores.`,
    );
  }
  const ids = entries.map(({ Id }) => Id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new SqsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  }
};

/** Each entry is judged by itself. */
const attemptEach = <Entry extends BatchEntry, Result>(
  entries: readonly Entry[],
  attempt: (entry: Entry) => Result,
): { readonly done: readonly (readonly [string, Result])[]; readonly Failed: readonly Failed[] } => {
  const done: [string, Result][] = [];
  const failed: Failed[] = [];
  for (const entry of entries) {
    try {
      done.push([entry.Id, attempt(entry)]);
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.name, Message: error.message });
    }
  }
  return { done, Failed: failed };
};

export const sendMessageBatch: Operation = (state, input) => {
  const { QueueUrl, Entries } = parseInput(batchSchema(sendFields), input);
  const queue = queueOf(state, QueueUrl);
  requireValidEntries(Entries);
  const { done, Failed } = attemptEach(
    Entries,
    ({ Id: _, ...entry }): CheckedMessage => checkMessage(state, queue, entry),
  );
  const bytes = done.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
  if (bytes > MAX_BATCH_BYTES) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
  state.database.transaction(() => {
    for (const [, message] of done) message.store();
  });
  state.receivers.attemptAll();
  return { Successful: done.map(([Id, { answer }]) => ({ Id, ...answer })), Failed };
};

const attemptChanges = <Entry extends BatchEntry>(
  state: SqsState,
  entries: readonly Entry[],
  change: (entry: Entry) => void,
): object => {
  requireValidEntries(entries);
  const { done, Failed } = state.database.transaction(() => attemptEach(entries, change));
  state.receivers.attemptAll();
  return { Successful: done.map(([Id]) => ({ Id })), Failed };
};

export const deleteMessageBatch: Operation = (state, input) => {
  const { QueueUrl, Entries } = parseInput(batchSchema({ ReceiptHandle: z.string() }), input);
  const queue: Queue = queueOf(state, QueueUrl);
  return attemptChanges(state, Entries, ({ ReceiptHandle }) => deleteMessage(state, queue, ReceiptHandle));
};

export const changeMessageVisibilityBatch: Operation = (state, input) => {
  const schema = batchSchema({ ReceiptHandle: z.string(), VisibilityTimeout: z.number().default(-1) });
  const { QueueUrl, Entries } = parseInput(schema, input);
  const queue = queueOf(state, QueueUrl);
  return attemptChanges(state, Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
    changeVisibility(state, queue, ReceiptHandle, VisibilityTimeout),
  );
};
