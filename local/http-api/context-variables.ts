import { type ApiIdentity, commonLogTime, type ReceivedRequest } from './request-event.ts';

/** What `$context.…` means of a request before it is answered, by the names of the developer guide. */
export function contextVariables(
  request: ReceivedRequest,
  routeKey: string,
  { accountId, apiId }: ApiIdentity,
): Readonly<Record<string, string>> {
  const domainName = request.headers.host?.[0] ?? '';
  return {
    accountId,
    apiId,
    domainName,
    domainPrefix: domainName.split('.')[0] ?? '',
    extendedRequestId: request.requestId,
    httpMethod: request.method,
    'identity.sourceIp': request.sourceIp,
    'identity.userAgent': request.headers['user-agent']?.[0] ?? '',
    path: request.path,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: request.requestId,
    requestTime: commonLogTime(request.receivedAtMs),
    requestTimeEpoch: String(request.receivedAtMs),
    routeKey,
    stage: '$default',
  };
}
