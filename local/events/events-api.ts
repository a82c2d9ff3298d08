import { randomUUID } from 'node:crypto';
import type { Authenticate, EndpointAnswer, EndpointRequest } from '../endpoint/listen.ts';
import {
  createEventBus,
  deleteEventBus,
  describeEventBus,
  type EventsOperation,
  listEventBuses,
} from './bus-operations.ts';
import type { Engine } from './engine.ts';
import { RequestError } from './request-error.ts';
import {
  deleteRule,
  describeRule,
  disableRule,
  enableRule,
  listRules,
  putRule,
  testEventPattern,
} from './rule-operations.ts';
import { listRuleNamesByTarget, listTargetsByRule, putTargets, removeTargets } from './target-operations.ts';

const OPERATIONS: ReadonlyMap<string, EventsOperation> = new Map<string, EventsOperation>([
  ['PutEvents', (engine, input) => engine.putEvents(input)],
  ['CreateEventBus', createEventBus],
  ['DeleteEventBus', deleteEventBus],
  ['DescribeEventBus', describeEventBus],
  ['ListEventBuses', listEventBuses],
  ['PutRule', putRule],
  ['DeleteRule', deleteRule],
  ['EnableRule', enableRule],
  ['DisableRule', disableRule],
  ['DescribeRule', describeRule],
  ['ListRules', listRules],
  ['TestEventPattern', testEventPattern],
  ['PutTargets', putTargets],
  ['RemoveTargets', removeTargets],
  ['ListTargetsByRule', listTargetsByRule],
  ['ListRuleNamesByTarget', listRuleNamesByTarget],
]);

/** Answers AWS JSON 1.1: one route, the operation in a header. */
export const answerEventsApi = (
  engine: Engine,
  request: EndpointRequest,
  authenticate: Authenticate | undefined,
): EndpointAnswer => {
  try {
    checkSignature(authenticate, request);
    const target = String(request.headers['x-amz-target'] ?? 'a request without x-amz-target');
    const operation = OPERATIONS.get(target.replace(/^AWSEvents\./, ''));
    if (operation === undefined) {
      throw new RequestError(
        'UnknownOperationException',
        `${target} is not supported by the local EventBridge`,
      );
    }
    return answer(200, operation(engine, parseBody(request.body)));
  } catch (error) {
    return refuseRequest(error);
  }
};

export const refuseRequest = (error: unknown): EndpointAnswer => {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof RequestError
    ? answer(error.status, { __type: error.name, message })
    : answer(500, { __type: 'InternalException', message });
};

const answer = (status: number, body: object): EndpointAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
  body: JSON.stringify(body),
});

/** @throws RequestError with the name that the check gives. */
export const checkSignature = (
  authenticate: Authenticate | undefined,
  request: EndpointRequest,
  status = 400,
): void => {
  try {
    authenticate?.(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RequestError(error.name, error.message, status);
  }
};

const parseBody = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new RequestError('SerializationException', String(error));
  }
};
