import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { MAX_MESSAGES_PER_SECOND, moveMessages } from './move-messages.ts';
import type { MoveTask } from './move-task-store.ts';
import { type Operation, parseInput } from './operation.ts';
import type { Queue } from './queue-registry.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

const startSchema = z.strictObject({
  SourceArn: z.string(),
  DestinationArn: z.string().optional(),
  MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(MAX_MESSAGES_PER_SECOND).optional(),
});

/** Begins to move the messages of a dead-letter queue back, or to another queue. */
export const startMessageMoveTask: Operation = (state, input) => {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond } = parseInput(startSchema, input);
  const source = requireQueue(state, SourceArn);
  if (state.queues.sourcesOf(source.arn).length === 0) {
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
  }
  if (DestinationArn !== undefined) requireQueue(state, DestinationArn);
  if (DestinationArn === SourceArn) throw invalidParameter('The destination must not be the source queue.');
  if (state.moveTasks.ofSource(SourceArn, 1).some(({ status }) => status === 'RUNNING')) {
    throw new SqsError(
      'UnsupportedOperation',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  }
  const nowMs = state.clock();
  state.messages.expire(source, nowMs);
  const counts = state.messages.count(source.name, nowMs);
  const task: MoveTask = {
    handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: SourceArn })).toString('base64'),
    sourceArn: SourceArn,
    status: 'RUNNING',
    toMove: counts.visible + counts.notVisible + counts.delayed,
    moved: 0,
    startedAt: nowMs,
    ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
    ...(MaxNumberOfMessagesPerSecond !== undefined && { messagesPerSecond: MaxNumberOfMessagesPerSecond }),
  };
  state.moveTasks.put(task);
  moveMessages(state);
  return { TaskHandle: task.handle };
};

const requireQueue = ({ queues }: SqsState, arn: string): Queue => {
  const queue = queues.findByArn(arn);
  if (queue !== undefined) return queue;
  throw new SqsError('ResourceNotFoundException', `The resource that you specified does not exist: ${arn}`);
};

export const listMessageMoveTasks: Operation = (state, input) => {
  const schema = z.strictObject({
    SourceArn: z.string(),
    MaxResults: z.number().int().min(1).max(10).default(1),
  });
  const { SourceArn, MaxResults } = parseInput(schema, input);
  requireQueue(state, SourceArn);
  return { Results: state.moveTasks.ofSource(SourceArn, MaxResults).map(describeTask) };
};

const describeTask = (task: MoveTask): object => ({
  // Only what runs can be cancelled.
  ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
  Status: task.status,
  SourceArn: task.sourceArn,
  ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
  ...(task.messagesPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.messagesPerSecond }),
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  ...(task.failure !== undefined && { FailureReason: task.failure }),
  StartedTimestamp: task.startedAt,
});

export const cancelMessageMoveTask: Operation = (state, input) => {
  const { TaskHandle } = parseInput(z.strictObject({ TaskHandle: z.string() }), input);
  const task = state.moveTasks.find(TaskHandle);
  if (task === undefined) {
    throw new SqsError('ResourceNotFoundException', 'The task that you specified does not exist.');
  }
  if (task.status !== 'RUNNING') {
    throw new SqsError(
      'UnsupportedOperation',
      `The task is ${task.status}: only active tasks can be cancelled.`,
    );
  }
  state.moveTasks.put({ ...task, status: 'CANCELLED' });
  return { ApproximateNumberOfMessagesMoved: task.moved };
};
