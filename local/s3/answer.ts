import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { sendSlice } from './bodies/send-slice.ts';
import type { S3Answer } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { httpDate } from './times.ts';
import { toErrorXml } from './xml.ts';

/** AWS's name for the machine that answered. */
export const HOST_ID = 'local';

const XML = { 'content-type': 'application/xml' };

export function makeRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}

export async function sendAnswer(response: ServerResponse, answer: S3Answer): Promise<void> {
  const { body, headers } = answer;
  if (typeof body === 'object') {
    response.writeHead(answer.status, headers);
    await sendSlice(response, body).catch(() => response.destroy());
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
    HostId: HOST_ID,
  });
  response.writeHead(error.status, {
    ...(hasBody && { ...XML, 'content-length': Buffer.byteLength(document) }),
    ...error.headers,
  });
  if (hasBody) response.write(document);
  else response.flushHeaders();
}

/**
 * Answers what cannot be read as HTTP, as a whole and for the last time on its connection: where the next request
 * would begin is not known.
 */
export function refuseBrokenRequest(cause: Error, socket: Duplex, now: number): void {
  // Written to before, or closed by the client: there is nobody to tell.
  if (!socket.writable || ('bytesWritten' in socket && Number(socket.bytesWritten) > 0)) {
    socket.destroy();
    return;
  }
  const isTooLong = 'code' in cause && cause.code === 'HPE_HEADER_OVERFLOW';
  const error = isTooLong
    ? new S3Error(
        'RequestHeaderSectionTooLarge',
        'Your request header section exceeds the maximum allowed size.',
      )
    : new S3Error('BadRequest', 'An error occurred when parsing the HTTP request.');
  const id = makeRequestId();
  const document = toErrorXml({ Code: error.code, Message: error.message, RequestId: id, HostId: HOST_ID });
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      `Date: ${httpDate(now)}`,
      `x-amz-request-id: ${id}`,
      `x-amz-id-2: ${HOST_ID}`,
      'Content-Type: application/xml',
      `Content-Length: ${Buffer.byteLength(document)}`,
      'Connection: close',
      '',
      document,
    ].join('\r\n'),
  );
}

export function internalError(cause: unknown): S3Error {
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(`Local S3: ${reason}\n`);
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.');
}
