import type { StoredMessage } from './message-store.ts';
import type { Queue } from './queue-registry.ts';
import { SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_IN_FLIGHT = 120_000;

/**
 * Takes what is visible now. Messages that were received often enough already go to the dead-letter queue instead;
 * where that queue does not exist any more they are received on.
 * @throws OverLimit
 */
export const receiveVisible = (
  state: SqsState,
  queue: Queue,
  maxMessages: number,
  visibilityTimeoutSeconds: number,
): readonly StoredMessage[] =>
  state.database.transaction(() => {
    const { messages, clock } = state;
    const nowMs = clock();
    messages.expire(queue, nowMs);
    // Delayed messages count as well, which AWS does not do: one look at the index is enough so.
    if (messages.countHidden(queue.name, nowMs) >= MAX_IN_FLIGHT) {
      throw new SqsError('OverLimit', `The queue has ${MAX_IN_FLIGHT} messages in flight.`, 403);
    }
    const received: StoredMessage[] = [];
    while (received.length < maxMessages) {
      const found = messages.visible(queue.name, nowMs, maxMessages - received.length);
      if (found.length === 0) break;
      const kept = found.filter((message) => !redrive(state, queue, message, nowMs));
      const visibleAt = nowMs + visibilityTimeoutSeconds * 1_000;
      received.push(...kept.map((message) => messages.receive(message, nowMs, visibleAt)));
      // With a timeout of zero they would be found again.
      if (visibilityTimeoutSeconds === 0) break;
    }
    return received;
  });

const redrive = (
  { queues, messages }: SqsState,
  { arn, settings }: Queue,
  message: StoredMessage,
  nowMs: number,
): boolean => {
  const { redrive: policy } = settings;
  if (policy === undefined || message.receiveCount < policy.maxReceiveCount) return false;
  const deadLetters = queues.findByArn(policy.deadLetterTargetArn);
  if (deadLetters === undefined) return false;
  messages.moveToDeadLetters(message.seq, deadLetters.name, arn, nowMs);
  return true;
};
