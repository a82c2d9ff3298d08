import type { RouteMatch } from './route-table.ts';

/** What API Gateway knows of a request before it asks any function. */
export interface ReceivedRequest {
  readonly method: string;
  /** Decoded, with its leading slash. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly rawQuery: string;
  /** Lower-case names with all their values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly httpVersion: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly receivedAtMs: number;
}

export interface ApiIdentity {
  readonly apiId: string;
  readonly accountId: string;
  readonly region: string;
}

/** The part of payload format 2.0 that integrations and authorizers both get. */
export interface RequestDescription {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: object;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/** Describes a request: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function describeRequest(
  request: ReceivedRequest,
  { route, pathParameters }: RouteMatch,
  api: ApiIdentity,
): RequestDescription {
  const { cookie, ...headers } = request.headers;
  const query = joinQuery(request.rawQuery);
  return {
    routeKey: route.routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookie && { cookies: cookie.flatMap((line) => line.split(';').map((each) => each.trim())) }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(',')])),
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: describeContext(request, route.routeKey, api),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
  };
}

function describeContext(
  request: ReceivedRequest,
  routeKey: string,
  { accountId, apiId }: ApiIdentity,
): object {
  const domainName = request.headers.host?.[0] ?? '';
  return {
    accountId,
    apiId,
    domainName,
    domainPrefix: domainName.split('.')[0],
    http: {
      method: request.method,
      path: request.path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.sourceIp,
      userAgent: request.headers['user-agent']?.[0] ?? '',
    },
    requestId: request.requestId,
    routeKey,
    stage: '$default',
    time: commonLogTime(request.receivedAtMs),
    timeEpoch: request.receivedAtMs,
  };
}

/** Decoded parameters; the values of one that comes more than once are joined with commas. */
function joinQuery(rawQuery: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/** `12/Mar/2020:19:03:58 +0000` */
export function commonLogTime(timeMs: number): string {
  const [, day, month, year, time] = new Date(timeMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** The body's place in an integration's event. */
export function describeBody(body: Buffer, contentType: string | undefined): object {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = isTextType(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/**
 * What API Gateway was observed to pass as text (the documentation has no list): `text/*` and three application
 * types, without parameters or in UTF-8. All else is base64, also forms and a body without a type.
 */
function isTextType(contentType = ''): boolean {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((each) => each.trim());
  const isUtf8 = parameters.every((each) => each.replaceAll('"', '') === 'charset=utf-8');
  return isUtf8 && /^(text\/.+|application\/(json|xml|javascript))$/.test(type);
}
