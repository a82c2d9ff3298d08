import { randomUUID } from 'node:crypto';
import type { Authenticate, EndpointAnswer, EndpointRequest } from '../endpoint/listen.ts';
import type { Engine } from './engine.ts';
import { checkSignature } from './events-api.ts';
import { RequestError } from './request-error.ts';
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  getScheduleGroup,
  listScheduleGroups,
  listSchedules,
  type ScheduleCall,
  updateSchedule,
} from './schedule-operations.ts';

const OPERATIONS: readonly {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: ScheduleCall) => object;
}[] = [
  { method: 'POST', path: /^\/schedules\/([^/]+)$/, answer: createSchedule },
  { method: 'PUT', path: /^\/schedules\/([^/]+)$/, answer: updateSchedule },
  { method: 'GET', path: /^\/schedules\/([^/]+)$/, answer: getSchedule },
  { method: 'DELETE', path: /^\/schedules\/([^/]+)$/, answer: deleteSchedule },
  { method: 'GET', path: /^\/schedules\/?$/, answer: listSchedules },
  { method: 'GET', path: /^\/schedule-groups\/([^/]+)$/, answer: getScheduleGroup },
  { method: 'GET', path: /^\/schedule-groups\/?$/, answer: listScheduleGroups },
];

/** Answers the REST API of EventBridge Scheduler; refuses all else by name. */
export const answerSchedulerApi = (
  engine: Engine,
  request: EndpointRequest,
  authenticate: Authenticate | undefined,
): EndpointAnswer => {
  try {
    checkSignature(authenticate, request, 403);
    const { pathname, searchParams } = new URL(request.url, 'http://scheduler');
    const operation = OPERATIONS.find(({ method, path }) => method === request.method && path.test(pathname));
    if (operation === undefined) {
      throw new RequestError(
        'UnknownOperationException',
        `${request.method} ${pathname} is not supported by the local Scheduler: it has schedules in the default group`,
        501,
      );
    }
    const name = decodeURIComponent(operation.path.exec(pathname)?.[1] ?? '');
    return answer(
      200,
      operation.answer({ engine, name, query: searchParams, input: parseBody(request.body) }),
    );
  } catch (error) {
    return refuseSchedulerRequest(error);
  }
};

export const refuseSchedulerRequest = (error: unknown): EndpointAnswer => {
  const Message = error instanceof Error ? error.message : String(error);
  return error instanceof RequestError
    ? answer(error.status, { Message }, error.name)
    : answer(500, { Message }, 'InternalServerException');
};

const answer = (status: number, body: object, errorName?: string): EndpointAnswer => ({
  status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...(errorName !== undefined && { 'x-amzn-errortype': errorName }),
  },
  body: JSON.stringify(body),
});

const parseBody = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new RequestError('SerializationException', String(error));
  }
};
