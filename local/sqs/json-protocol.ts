import { randomUUID } from 'node:crypto';
import type { Authenticate, EndpointAnswer, EndpointRequest } from '../endpoint/listen.ts';
import { RequestTooLarge } from '../endpoint/listen.ts';
import { changeMessageVisibilityBatch, deleteMessageBatch, sendMessageBatch } from './batch-operations.ts';
import { changeMessageVisibility, deleteMessage, receiveMessage, sendMessage } from './message-operations.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './move-task-operations.ts';
import type { Operation } from './operation.ts';
import {
  createQueue,
  deleteQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  purgeQueue,
  setQueueAttributes,
} from './queue-operations.ts';
import { notSupported, queryCodeOf, SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['CreateQueue', createQueue],
  ['DeleteQueue', deleteQueue],
  ['GetQueueUrl', getQueueUrl],
  ['ListQueues', listQueues],
  ['ListDeadLetterSourceQueues', listDeadLetterSourceQueues],
  ['GetQueueAttributes', getQueueAttributes],
  ['SetQueueAttributes', setQueueAttributes],
  ['PurgeQueue', purgeQueue],
  ['SendMessage', sendMessage],
  ['SendMessageBatch', sendMessageBatch],
  ['ReceiveMessage', receiveMessage],
  ['DeleteMessage', deleteMessage],
  ['DeleteMessageBatch', deleteMessageBatch],
  ['ChangeMessageVisibility', changeMessageVisibility],
  ['ChangeMessageVisibilityBatch', changeMessageVisibilityBatch],
  ['StartMessageMoveTask', startMessageMoveTask],
  ['ListMessageMoveTasks', listMessageMoveTasks],
  ['CancelMessageMoveTask', cancelMessageMoveTask],
]);

interface ApiCall {
  readonly state: SqsState;
  readonly request: EndpointRequest;
  readonly gone: AbortSignal;
  readonly authenticate: Authenticate | undefined;
}

/** Answers AWS JSON 1.0: one route, the operation in a header. */
export const answerSqsApi = async (call: ApiCall): Promise<EndpointAnswer> => {
  try {
    checkSignature(call);
    const operation = findOperation(call);
    const answer = await operation(call.state, parseBody(call.request.body), call.gone);
    return { status: 200, headers: headersOf(), body: JSON.stringify(answer) };
  } catch (error) {
    return refuseRequest(error);
  }
};

const headersOf = (): Record<string, string> => ({
  'content-type': 'application/x-amz-json-1.0',
  'x-amzn-requestid': randomUUID(),
});

const checkSignature = ({ request, authenticate }: ApiCall): void => {
  try {
    authenticate?.(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new SqsError(error.name, error.message, 403);
  }
};

const findOperation = ({ request }: ApiCall): Operation => {
  const target = request.headers['x-amz-target'];
  if (target === undefined) {
    throw notSupported('The query protocol (a request without the header x-amz-target)');
  }
  const name = String(target).replace(/^AmazonSQS\./, '');
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw notSupported(`The operation ${name}`);
  return operation;
};

const parseBody = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new SqsError('SerializationException', String(error));
  }
};

/** The answer for an error: those of SQS as they are, all others as its own failure. */
export const refuseRequest = (error: unknown): EndpointAnswer => {
  if (error instanceof SqsError) return errorAnswer(error, 'Sender');
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RequestTooLarge) {
    return errorAnswer(new SqsError('RequestEntityTooLarge', message, 413), 'Sender');
  }
  return errorAnswer(new SqsError('InternalFailure', message, 500), 'Receiver');
};

const errorAnswer = ({ name, message, status }: SqsError, fault: 'Sender' | 'Receiver'): EndpointAnswer => ({
  status,
  headers: { ...headersOf(), 'x-amzn-query-error': `${queryCodeOf(name)};${fault}` },
  body: JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message }),
});
