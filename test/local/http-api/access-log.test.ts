import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../lambda/lambda-fixture.ts';
import { API_ID, arnOf, route, startApi } from './http-api-fixture.ts';

const ACT = `export const handler = async ({ rawPath }) => {
  if (rawPath === '/throw') throw new Error('asked "to"');
  if (rawPath === '/malformed') return { statusCode: 'x' };
  return { statusCode: 201, body: 'made' };
};`;

const GUARD = `export const handler = async ({ headers }) => {
  if (headers.authorization === 'broken') throw new Error('no idea');
  return { isAuthorized: headers.authorization === 'good', context: { role: 'admin', level: 3 } };
};`;

const names = [
  ...['requestId', 'httpMethod', 'path', 'protocol', 'routeKey', 'status', 'responseLength', 'requestTime'],
  ...['identity.sourceIp', 'identity.userAgent', 'apiId', 'stage', 'authorizer.role', 'authorizer.level'],
  ...['authorizer.error', 'authorizer.none', 'integrationStatus', 'integration.status'],
  ...['integrationErrorMessage', 'error.message', 'resourcePath'],
];
const FORMAT = `{${names.map((name) => `"${name}":"$context.${name}"`).join(',')}}`;

async function startLogged(format = FORMAT) {
  const logDirectory = await temporaryFolder();
  const { call } = await startApi({
    routes: [route('POST /mounts/{id}', 'act', { authorizer: 'guard' }), route('$default', 'act')],
    functions: { act: ACT, guard: GUARD },
    authorizers: {
      guard: {
        functionArn: arnOf('guard'),
        identitySources: ['$request.header.Authorization'],
        resultTtlSeconds: 0,
        simpleResponses: true,
        payloadFormatVersion: '2.0',
      },
    },
    cors: { AllowOrigins: ['*'] },
    accessLog: { format, name: 'api.access' },
    clock: () => Date.UTC(2026, 2, 5, 9, 3, 58),
    logDirectory,
  });
  const lines = async () =>
    (await readFile(join(logDirectory, 'api.access.log'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(line.indexOf(' ') + 1));
  /** The line of one request. */
  const send = async (path: string, init: RequestInit = {}) => {
    const { headers } = await fetchText(call, path, init);
    return { line: JSON.parse((await lines()).at(-1) ?? '') as Record<string, string>, headers };
  };
  return { send, lines, call };
}

/** `call` parses JSON, which not every answer is. */
async function fetchText(
  call: (path: string, init: RequestInit) => Promise<unknown>,
  path: string,
  init: RequestInit,
) {
  const answered = (await call(path, init).catch(() => undefined)) as { headers: Headers } | undefined;
  return { headers: answered?.headers };
}

describe('the access log', () => {
  it('has a line in the format of the stage for each request', async () => {
    const { send } = await startLogged();

    const { line } = await send('/mounts/m%201?x=1', {
      method: 'POST',
      headers: { authorization: 'good', 'user-agent': 'curl "8"' },
    });

    expect(line).toEqual({
      requestId: expect.stringMatching(/^[\w-]{15}=$/),
      httpMethod: 'POST',
      path: '/mounts/m 1',
      protocol: 'HTTP/1.1',
      routeKey: 'POST /mounts/{id}',
      status: '201',
      responseLength: '4',
      requestTime: '05/Mar/2026:09:03:58 +0000',
      'identity.sourceIp': '127.0.0.1',
      'identity.userAgent': 'curl "8"',
      apiId: API_ID,
      stage: '$default',
      'authorizer.role': 'admin',
      'authorizer.level': '3',
      'authorizer.error': '-',
      'authorizer.none': '-',
      integrationStatus: '200',
      'integration.status': '201',
      integrationErrorMessage: '-',
      'error.message': '-',
      resourcePath: '-',
    });
  });

  it('says under which id the client knows the request', async () => {
    const { send } = await startLogged();

    const { line, headers } = await send('/throw');

    expect(line.requestId).toBe(headers?.get('apigw-requestid'));
  });

  it('says why the integration was no success', async () => {
    const { send } = await startLogged();

    expect((await send('/throw')).line).toMatchObject({
      status: '500',
      integrationStatus: '200',
      'integration.status': '-',
      integrationErrorMessage: 'The Lambda function returned an error: asked "to"',
      'error.message': 'Internal Server Error',
    });
    expect((await send('/malformed')).line).toMatchObject({
      status: '500',
      integrationErrorMessage: 'The response from the Lambda function is of the wrong form.',
    });
  });

  it('has requests that no integration saw', async () => {
    const { send } = await startLogged();
    const post = (authorization?: string) =>
      send('/mounts/1', { method: 'POST', headers: authorization === undefined ? {} : { authorization } });

    expect((await post()).line).toMatchObject({
      status: '401',
      integrationStatus: '-',
      'authorizer.role': '-',
    });
    expect((await post('bad')).line).toMatchObject({ status: '403', 'authorizer.role': 'admin' });
    expect((await post('broken')).line).toMatchObject({
      status: '500',
      'authorizer.error': 'The authorizer returned an error: no idea',
    });
    expect((await send('/a%zz')).line).toMatchObject({ status: '400', routeKey: '-', path: '/a%zz' });
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    expect((await send('/mounts/1', { method: 'OPTIONS', headers: preflight })).line).toMatchObject({
      ...{ status: '204', routeKey: '-', httpMethod: 'OPTIONS' },
    });
  });

  it('may have the common log format', async () => {
    const { call, lines } = await startLogged(
      '$context.identity.sourceIp $context.identity.caller [$context.requestTime] "$context.httpMethod $context.routeKey" $context.status',
    );

    await fetchText(call, '/any', {});

    expect(await lines()).toEqual(['127.0.0.1 - [05/Mar/2026:09:03:58 +0000] "GET $default" 201']);
  });

  it('stays one line whatever a client sends', async () => {
    const { call, lines } = await startLogged('$context.path $context.status');

    await fetchText(call, '/a%0Ab%22c', {});

    expect(await lines()).toEqual(['/a\\nb\\"c 201']);
  });
});
