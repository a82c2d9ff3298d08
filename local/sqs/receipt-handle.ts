import type { StoredMessage } from './message-store.ts';
import type { Queue } from './queue-registry.ts';
import { invalidValue, SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

/** A handle names the queue, the message and one receive of it. */
export const receiptHandleOf = ({ queueName, id, receipt = '' }: StoredMessage): string =>
  Buffer.from(`${queueName}/${id}/${receipt}`).toString('base64url');

interface Receipt {
  readonly id: string;
  readonly receipt: string;
}

/** @throws ReceiptHandleIsInvalid for what is no handle of this queue. */
const readHandle = (queue: Queue, handle: string): Receipt => {
  const [queueName, id, receipt, ...rest] = Buffer.from(handle, 'base64url').toString().split('/');
  if (queueName === queue.name && id && receipt && rest.length === 0) return { id, receipt };
  throw new SqsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not valid for this queue.`,
  );
};

/** Succeeds, without an effect, for a message that is gone or that was received again since. */
export const deleteMessage = ({ messages }: SqsState, queue: Queue, handle: string): void => {
  const { id, receipt } = readHandle(queue, handle);
  const message = messages.find(queue.name, id);
  if (message?.receipt === receipt) messages.remove(message.seq);
};

/** A message can be in flight for 12 hours from its receive on. */
const MAX_VISIBILITY_SECONDS = 43_200;

/** @throws SqsError when the message is not in flight under this handle. */
export const changeVisibility = (
  { messages, clock }: SqsState,
  queue: Queue,
  handle: string,
  timeoutSeconds: number,
): void => {
  const { id, receipt } = readHandle(queue, handle);
  requireVisibilityTimeout(timeoutSeconds);
  const nowMs = clock();
  const message = messages.find(queue.name, id);
  if (message === undefined || message.receipt !== receipt) {
    throw invalidValue(
      'ReceiptHandle',
      handle,
      'Message does not exist or is not available for visibility timeout change.',
    );
  }
  if (message.visibleAt <= nowMs) {
    throw new SqsError('MessageNotInflight', 'The specified message is not in flight.');
  }
  const visibleAt = nowMs + timeoutSeconds * 1_000;
  if (visibleAt > (message.receivedAt ?? nowMs) + MAX_VISIBILITY_SECONDS * 1_000) {
    throw invalidValue(
      'VisibilityTimeout',
      timeoutSeconds,
      `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds].`,
    );
  }
  messages.setVisibleAt(message.seq, visibleAt);
};

/** @throws InvalidParameterValue */
export const requireVisibilityTimeout = (seconds: number): void => {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_VISIBILITY_SECONDS) return;
  throw invalidValue(
    'VisibilityTimeout',
    seconds,
    `VisibilityTimeout must be an integer between 0 and ${MAX_VISIBILITY_SECONDS}.`,
  );
};
