import type { Authenticate, EndpointAnswer, EndpointRequest } from '../endpoint/listen.ts';
import type { Operation, SnsState } from './operation.ts';
import { publish, publishBatch } from './publish-operations.ts';
import { errorAnswer, readForm, resultAnswer } from './query-protocol.ts';
import { SnsError } from './sns-error.ts';
import {
  getSubscriptionAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  setSubscriptionAttributes,
  subscribe,
  unsubscribe,
} from './subscription-operations.ts';
import {
  createTopic,
  deleteTopic,
  getTopicAttributes,
  listTopics,
  setTopicAttributes,
} from './topic-operations.ts';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['CreateTopic', createTopic],
  ['DeleteTopic', deleteTopic],
  ['ListTopics', listTopics],
  ['GetTopicAttributes', getTopicAttributes],
  ['SetTopicAttributes', setTopicAttributes],
  ['Subscribe', subscribe],
  ['Unsubscribe', unsubscribe],
  ['ListSubscriptions', listSubscriptions],
  ['ListSubscriptionsByTopic', listSubscriptionsByTopic],
  ['GetSubscriptionAttributes', getSubscriptionAttributes],
  ['SetSubscriptionAttributes', setSubscriptionAttributes],
  ['Publish', publish],
  ['PublishBatch', publishBatch],
]);

/** Answers the query protocol: a form, the operation in its Action. */
export const answerSnsApi = (
  state: SnsState,
  request: EndpointRequest,
  authenticate: Authenticate | undefined,
): EndpointAnswer => {
  try {
    checkSignature(authenticate, request);
    const body = request.body.toString();
    const action = new URLSearchParams(body).get('Action') ?? '';
    const operation = OPERATIONS.get(action);
    if (operation === undefined) {
      throw new SnsError(
        'InvalidAction',
        `The operation ${action || '(none)'} is not supported by the local SNS.`,
      );
    }
    return resultAnswer(action, operation(state, readForm(body)));
  } catch (error) {
    return refuseRequest(error);
  }
};

/** Names that the JSON services have, in the words of the query protocol. */
const SIGNATURE_ERRORS: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AuthorizationError',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnrecognizedClientException: 'InvalidClientTokenId',
};

const checkSignature = (authenticate: Authenticate | undefined, request: EndpointRequest): void => {
  try {
    authenticate?.(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new SnsError(SIGNATURE_ERRORS[error.name] ?? error.name, error.message, 403);
  }
};

export const refuseRequest = (error: unknown): EndpointAnswer => {
  if (error instanceof SnsError) return errorAnswer(error);
  const message = error instanceof Error ? error.message : String(error);
  return errorAnswer(new SnsError('InternalError', message, 500));
};
