import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { failure, mediaType } from './answer.ts';
import { ownError } from './errors.ts';

/** What Node's parser says, and what it means for the client. */
const statusAndReason: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the address and the headers are longer than 16 KiB'],
  HPE_INVALID_URL: [400, 'the address has characters that must be escaped'],
  HPE_INVALID_METHOD: [400, 'the method is none of HTTP'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};
const otherwise = [400, 'this is no HTTP request'] as const;

/** Answers, in the protocol's form, what never becomes a call: no HTTP, headers without end, a client that stalls. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, reason] = statusAndReason[error.code ?? ''] ?? otherwise;
  const body = failure(ownError('REQUEST_MALFORMED', `Malformed request: ${reason}.`));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${mediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closes when the answer is sent; `end` would wait for the client to close its side.
  socket.destroySoon();
}
