import { randomUUID } from 'node:crypto';
import type { StoredMessage } from './message-store.ts';
import type { MoveTask } from './move-task-store.ts';
import type { SqsState } from './sqs-state.ts';

/** The most that SQS moves a second, and what it may choose by itself. */
export const MAX_MESSAGES_PER_SECOND = 500;

/** Moves what the running tasks may move in one second, each message together with the task's count. */
export const moveMessages = (state: SqsState): void => {
  for (const task of state.moveTasks.running()) {
    const isChanged = state.database.transaction(() => moveSome(state, task));
    if (isChanged) state.receivers.attemptAll();
  }
};

const moveSome = (state: SqsState, task: MoveTask): boolean => {
  const { queues, messages, moveTasks, clock } = state;
  const source = queues.findByArn(task.sourceArn);
  if (source === undefined) {
    moveTasks.put({ ...task, status: 'FAILED', failure: 'AWS.SimpleQueueService.NonExistentQueue' });
    return false;
  }
  const limit = Math.min(task.messagesPerSecond ?? MAX_MESSAGES_PER_SECOND, task.toMove - task.moved);
  messages.expire(source, clock());
  const found = limit > 0 ? messages.visible(source.name, clock(), limit) : [];
  let moved = task.moved;
  for (const message of found) {
    const failure = moveOne(state, task, message);
    if (failure !== undefined) {
      moveTasks.put({ ...task, moved, status: 'FAILED', failure });
      return moved > task.moved;
    }
    moved += 1;
  }
  const isDone = moved >= task.toMove || found.length < limit;
  moveTasks.put({ ...task, moved, status: isDone ? 'COMPLETED' : 'RUNNING' });
  return found.length > 0;
};

/** A moved message is a new one: it has a new id, its age and its count start again. */
const moveOne = (
  { queues, messages, clock }: SqsState,
  task: MoveTask,
  message: StoredMessage,
): string | undefined => {
  const destinationArn = task.destinationArn ?? message.sourceArn;
  if (destinationArn === undefined) return 'CouldNotDetermineMessageSource';
  const destination = queues.findByArn(destinationArn);
  if (destination === undefined) return 'AWS.SimpleQueueService.NonExistentQueue';
  const nowMs = clock();
  messages.remove(message.seq);
  messages.add(destination.name, { ...message, id: randomUUID() }, nowMs, nowMs);
  return undefined;
};
