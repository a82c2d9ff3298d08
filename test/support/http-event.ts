import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { RouteContract } from '../../shared/contracts/route.ts';
import type { Caller } from '../../shared/domain/access.ts';

export interface EventInput {
  readonly caller?: Caller;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it stands instead of `body`: text, or bytes that API Gateway passes on in base64. */
  readonly rawBody?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request to a route in payload format 2.0, after the authorizer let `caller` through. */
export function httpEvent(
  { method, path }: RouteContract,
  { caller, params = {}, query, body, rawBody, headers = {} }: EventInput,
): APIGatewayProxyEventV2 {
  const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' };
  const requestContext = {
    accountId: '123456789012',
    apiId: 'api',
    domainName: 'localhost',
    domainPrefix: 'api',
    http,
    requestId: 'request-1',
    routeKey: `${method} ${path}`,
    stage: '$default',
    time: '31/Jan/2026:12:00:00 +0000',
    timeEpoch: 0,
    ...(caller && { authorizer: { lambda: caller } }),
  };
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', ...headers },
    pathParameters: { ...params },
    ...(query && { queryStringParameters: { ...query } }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(rawBody !== undefined && { body: rawBody.toString(Buffer.isBuffer(rawBody) ? 'base64' : 'utf8') }),
    requestContext,
    isBase64Encoded: Buffer.isBuffer(rawBody),
  };
}

/** What Lambda passes beside the event. */
export const lambdaContext = {
  awsRequestId: 'request-1',
  functionName: 'test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:test',
  memoryLimitInMB: '512',
  logGroupName: 'test',
  logStreamName: 'test',
  callbackWaitsForEmptyEventLoop: false,
  getRemainingTimeInMillis: () => 30_000,
  done() {},
  fail() {},
  succeed() {},
} satisfies Context;
