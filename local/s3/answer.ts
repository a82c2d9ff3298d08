import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { S3Answer } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { toErrorXml } from './xml.ts';

const XML = { 'content-type': 'application/xml' };

export async function sendAnswer(response: ServerResponse, answer: S3Answer): Promise<void> {
  const { body, headers } = answer;
  if (typeof body === 'object') {
    response.writeHead(answer.status, headers);
    // A reader that goes away ends the stream, which closes the file.
    await pipeline(body, response).catch(() => response.destroy());
    return;
  }
  const length = body === undefined ? {} : { ...XML, 'content-length': Buffer.byteLength(body) };
  response.writeHead(answer.status, { ...length, ...headers });
  response.end(body);
}

/**
 * Sends all of the refusal but its end, which is the caller's. `resource` is the path of the request; answers
 * to HEAD and 304 have no body.
 */
export function sendError(
  response: ServerResponse,
  error: S3Error,
  request: { readonly method: string; readonly resource: string; readonly id: string },
): void {
  const hasBody = request.method !== 'HEAD' && error.status !== 304;
  const document = toErrorXml({
    Code: error.code,
    Message: error.message,
    ...error.details,
    Resource: request.resource,
    RequestId: request.id,
    HostId: 'local',
  });
  response.writeHead(error.status, {
    ...(hasBody && { ...XML, 'content-length': Buffer.byteLength(document) }),
    ...error.headers,
  });
  if (hasBody) response.write(document);
  else response.flushHeaders();
}

export function internalError(cause: unknown): S3Error {
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(`Local S3: ${reason}\n`);
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.');
}
