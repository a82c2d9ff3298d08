import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type GatewayResponse, gatewayError } from './gateway-response.ts';
import type { ReceivedRequest } from './request-event.ts';

/** Quotas of an HTTP API, https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_HEADER_BYTES = 10_240;
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Headers that belong to the connection and not to the request. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What API Gateway refuses before it looks at routes. */
export function refusalOf(incoming: IncomingMessage): GatewayResponse | undefined {
  if (headerBytes(incoming) > MAX_HEADER_BYTES) return gatewayError(431);
  if (decodePath(incoming.url?.split('?')[0] ?? '') === undefined) return gatewayError(400);
  return undefined;
}

/** Takes a request apart; a path that cannot be decoded stays as it was sent. */
export function receiveRequest(incoming: IncomingMessage, requestId: string, nowMs: number): ReceivedRequest {
  const { method = '', url = '', httpVersion } = incoming;
  const [encodedPath = '', ...query] = url.split('?');
  return {
    method,
    path: decodePath(encodedPath) ?? encodedPath,
    rawQuery: query.join('?'),
    headers: gatewayHeaders(incoming, nowMs),
    httpVersion,
    sourceIp: incoming.socket.remoteAddress ?? '',
    requestId,
    receivedAtMs: nowMs,
  };
}

/** The request line and the values of the headers, as the quota counts them. */
function headerBytes({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.filter((_, index) => index % 2 === 1);
  return `${method} ${url} HTTP/${httpVersion}`.length + values.reduce((sum, value) => sum + value.length, 0);
}

/**
 * API Gateway matches and passes on the decoded path, so an encoded slash parts segments; and it was seen to cut the
 * path at an encoded question mark.
 */
function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).split('?')[0];
  } catch {
    return undefined;
  }
}

function gatewayHeaders(incoming: IncomingMessage, nowMs: number): Record<string, readonly string[]> {
  const headers: Record<string, readonly string[]> = Object.fromEntries(
    Object.entries(incoming.headersDistinct)
      .filter(([name]) => !HOP_BY_HOP.has(name))
      .map(([name, values = []]) => [name, values]),
  );
  const { remoteAddress = '', localPort = 0 } = incoming.socket;
  const seconds = Math.floor(nowMs / 1000).toString(16);
  return {
    'x-amzn-trace-id': [`Root=1-${seconds}-${randomBytes(12).toString('hex')}`],
    ...headers,
    'x-forwarded-for': [...(headers['x-forwarded-for'] ?? []), remoteAddress],
    'x-forwarded-port': [String(localPort)],
    'x-forwarded-proto': ['http'],
  };
}

/** Reads the body to its end, so that the client is there for the answer; undefined when it is too long. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

export function sendResponse(response: ServerResponse, requestId: string, answer: GatewayResponse): void {
  const { statusCode, headers, cookies = [], body = Buffer.alloc(0) } = answer;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.setHeader('apigw-requestid', requestId);
  if (statusCode !== 204 && statusCode !== 304) response.setHeader('content-length', body.length);
  response.writeHead(statusCode);
  response.end(body);
}
