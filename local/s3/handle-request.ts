import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { LocalCredential } from '../services.ts';
import { HOST_ID, internalError, makeRequestId, sendAnswer, sendError } from './answer.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { parseTarget } from './request-target.ts';
import { route } from './route.ts';
import { readParameters, type S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';
import { httpDate } from './times.ts';

export interface RequestContext {
  readonly service: S3Service;
  readonly credentials: () => readonly LocalCredential[];
}

/**
 * Answers one request. `isExpectingContinue`: the client waits with its body until it is told to go on, so a
 * refusal can come before any of it.
 */
export async function handleRequest(
  { service, credentials }: RequestContext,
  request: IncomingMessage,
  response: ServerResponse,
  isExpectingContinue: boolean,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const id = makeRequestId();
  const now = service.clock();
  response.setHeader('x-amz-request-id', id);
  response.setHeader('x-amz-id-2', HOST_ID);
  // S3's clock is a second opinion on the time for those who compare, so it must be the injected one.
  response.setHeader('date', httpDate(now));
  let wasContinued = !isExpectingContinue;
  const openBody = () => {
    if (!wasContinued) response.writeContinue();
    wasContinued = true;
    return request;
  };
  try {
    const call = readCall(request, { method, url, id, now, openBody }, credentials(), service.region);
    const operation = route(call, service);
    for (const permission of operation.permissions(call)) authorize(call, service, permission);
    await sendAnswer(response, await operation.run(call, service));
  } catch (cause) {
    if (request.destroyed && !request.complete) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const error = cause instanceof S3Error ? cause : internalError(cause);
    // A client that was not told to go on takes the body back; what it sends next is another request.
    if (!wasContinued) response.setHeader('connection', 'close');
    sendError(response, error, { method, resource: url.split('?')[0] ?? '', id });
    if (wasContinued) await drain(request);
    response.end();
  }
}

/**
 * Reads what the client still sends of a refused body. Closing the connection before would reset it, and the
 * client would lose the answer that it already has been given.
 */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.complete) return;
  request.resume();
  await finished(request).catch(() => {});
}

interface RequestFacts {
  readonly method: string;
  readonly url: string;
  readonly id: string;
  readonly now: number;
  readonly openBody: () => IncomingMessage;
}

function readCall(
  request: IncomingMessage,
  { method, url, id, now, openBody }: RequestFacts,
  credentials: readonly LocalCredential[],
  region: string,
): S3Call {
  const target = parseTarget(url);
  const authentication = authenticate(method, target, request.headers, { region, credentials, now });
  return {
    method,
    bucket: target.bucket,
    key: target.key,
    ...readParameters(target, request.headers, authentication.authType),
    authentication,
    now,
    requestId: id,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    openBody,
  };
}
