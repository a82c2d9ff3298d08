import { describe, expect, it } from 'vitest';
import type { AuthorizerConfig } from '../../../local/http-api/config.ts';
import { arnOf, route, startApi } from './http-api-fixture.ts';

/** Lets `good…` pass with a context that counts its invocations; other tokens say what they want. */
const GUARD = `let asked = 0;
export const handler = async (event) => {
  asked += 1;
  const token = event.headers.authorization ?? event.queryStringParameters?.token ?? '';
  if (token === 'throw') throw new Error('broken');
  if (token === 'malformed') return { allowed: true };
  if (token === 'text') return { isAuthorized: 'true' };
  if (token === 'bare') return { isAuthorized: true };
  return { isAuthorized: token.startsWith('good'), context: { asked, role: 'admin', tags: ['a'], event } };
};`;

interface Context {
  asked: number;
  role: string;
  event: Record<string, unknown>;
}

async function startGuarded(overrides: Partial<AuthorizerConfig> = {}) {
  let now = 1_000_000;
  const { call } = await startApi({
    routes: [
      route('GET /a/{id}', 'echo', { authorizer: 'guard' }),
      route('GET /b', 'echo', { authorizer: 'guard' }),
      route('GET /open'),
    ],
    authorizers: {
      guard: {
        functionArn: arnOf('guard'),
        identitySources: ['$request.header.Authorization'],
        resultTtlSeconds: 60,
        simpleResponses: true,
        payloadFormatVersion: '2.0',
        ...overrides,
      },
    },
    functions: { guard: GUARD },
    clock: () => now,
  });
  const get = (path: string, token?: string) =>
    call(path, token === undefined ? {} : { headers: { authorization: token } });
  const contextOf = async (path: string, token: string): Promise<Context> => {
    const { body } = await get(path, token);
    return (body as { requestContext: { authorizer: { lambda: Context } } }).requestContext.authorizer.lambda;
  };
  const advance = (ms: number) => {
    now += ms;
  };
  return { get, contextOf, advance };
}

describe('an authorizer', () => {
  it('lets a request pass and gives its context to the integration', async () => {
    const { contextOf, get } = await startGuarded();

    expect(await contextOf('/a/1', 'good')).toMatchObject({ asked: 1, role: 'admin', tags: ['a'] });
    expect((await get('/b', 'bare')).body).toMatchObject({ requestContext: { authorizer: { lambda: {} } } });
  });

  it('is asked with payload format 2.0', async () => {
    const { contextOf } = await startGuarded();

    const { event } = await contextOf('/a/7?x=1', 'good');

    expect(event).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:eu-central-1:123456789012:abc123/$default/GET/a/7',
      identitySource: ['good'],
      routeKey: 'GET /a/{id}',
      rawPath: '/a/7',
      rawQueryString: 'x=1',
      queryStringParameters: { x: '1' },
      pathParameters: { id: '7' },
      headers: { authorization: 'good' },
      requestContext: { http: { method: 'GET', path: '/a/7' }, stage: '$default' },
    });
    expect(event).not.toHaveProperty('body');
  });

  it('refuses with 403, and without its identity source with 401 and unasked', async () => {
    const { get, contextOf } = await startGuarded();

    expect(await get('/b', 'bad')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    expect(await get('/b')).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect(await get('/b', '')).toMatchObject({ status: 401 });

    expect((await contextOf('/b', 'good')).asked).toBe(2);
  });

  it.each(['throw', 'malformed', 'text'])('that fails (%s) is answered with 500', async (token) => {
    const { get } = await startGuarded();

    expect(await get('/b', token)).toMatchObject({ status: 500, body: { message: 'Internal Server Error' } });
  });

  it('is not asked for a route without it', async () => {
    const { get } = await startGuarded();

    expect((await get('/open')).status).toBe(200);
  });
});

describe("an authorizer's cache", () => {
  it('holds allowed and denied results for all routes until the TTL is over', async () => {
    const { get, contextOf, advance } = await startGuarded();

    expect((await contextOf('/a/1', 'good')).asked).toBe(1);
    expect((await get('/b', 'bad')).status).toBe(403);
    advance(59_999);
    expect((await contextOf('/b', 'good')).asked).toBe(1);
    expect((await get('/b', 'bad')).status).toBe(403);

    advance(1);
    expect((await contextOf('/b', 'good')).asked).toBe(3);
  });

  it('tells identities apart', async () => {
    const { contextOf } = await startGuarded();

    expect((await contextOf('/b', 'good-1')).asked).toBe(1);
    expect((await contextOf('/b', 'good-2')).asked).toBe(2);
    expect((await contextOf('/b', 'good-1')).asked).toBe(1);
  });

  it('tells routes apart when the route key is an identity source', async () => {
    const { contextOf } = await startGuarded({
      identitySources: ['$request.header.Authorization', '$context.routeKey'],
    });

    expect((await contextOf('/a/1', 'good')).asked).toBe(1);
    expect((await contextOf('/b', 'good')).asked).toBe(2);
    expect((await contextOf('/a/2', 'good')).asked).toBe(1);
  });

  it('does not hold failures', async () => {
    const { get, contextOf } = await startGuarded();

    await get('/b', 'throw');
    await get('/b', 'throw');

    expect((await contextOf('/b', 'good')).asked).toBe(3);
  });

  it('is off with a TTL of 0, also without identity sources', async () => {
    const { contextOf } = await startGuarded({ resultTtlSeconds: 0, identitySources: [] });

    expect((await contextOf('/b', 'good')).asked).toBe(1);
    expect((await contextOf('/b', 'good')).asked).toBe(2);
  });

  it('reads query strings, whose names depend on case', async () => {
    const { get } = await startGuarded({ identitySources: ['$request.querystring.token'] });

    expect((await get('/b?token=good')).status).toBe(200);
    expect((await get('/b?Token=good')).status).toBe(401);
  });
});

/** Allows what the token says, as a policy. */
const POLICY_GUARD = `let asked = 0;
export const handler = async ({ headers, routeArn }) => {
  asked += 1;
  const api = routeArn.split('/')[0];
  const allow = (...Resource) => [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }];
  const statements = {
    all: allow('*'),
    this: allow(routeArn),
    reading: allow(api + '/*/GET/*'),
    but: [...allow(api + '/*'), { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: api + '/*/GET/b' }],
    none: allow(api.replace('abc123', 'another') + '/*'),
    other: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    unknown: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*', Condition: { DateLess: {} } }],
  }[headers.authorization];
  if (headers.authorization === 'nobody') return { policyDocument: { Statement: allow('*') } };
  if (headers.authorization === 'simple') return { isAuthorized: true };
  return { principalId: 'u1', policyDocument: { Version: '2012-10-17', Statement: statements }, context: { asked } };
};`;

async function startPolicyGuarded(overrides: Partial<AuthorizerConfig> = {}) {
  const { call } = await startApi({
    routes: [
      route('GET /a/{id}', 'echo', { authorizer: 'guard' }),
      route('GET /b', 'echo', { authorizer: 'guard' }),
      route('POST /b', 'echo', { authorizer: 'guard' }),
    ],
    authorizers: {
      guard: {
        functionArn: arnOf('guard'),
        identitySources: ['$request.header.Authorization'],
        resultTtlSeconds: 60,
        simpleResponses: false,
        payloadFormatVersion: '2.0',
        ...overrides,
      },
    },
    functions: { guard: POLICY_GUARD },
  });
  return async (request: string, authorization: string) => {
    const [method = '', path = ''] = request.split(' ');
    return call(path, { method, headers: { authorization } });
  };
}

describe('an authorizer that answers with an IAM policy', () => {
  it.each([
    ['all', 'GET /b', 200],
    ['this', 'GET /a/1', 200],
    ['reading', 'GET /b', 200],
    ['reading', 'POST /b', 403],
    ['but', 'GET /a/1', 200],
    ['but', 'GET /b', 403],
    ['none', 'GET /b', 403],
    ['other', 'GET /b', 403],
    ['unknown', 'GET /b', 500],
    ['nobody', 'GET /b', 500],
    ['simple', 'GET /b', 500],
  ])('says %s of %s: %i', async (token, request, status) => {
    const send = await startPolicyGuarded();

    expect((await send(request, token)).status).toBe(status);
  });

  it('gives its context to the integration', async () => {
    const send = await startPolicyGuarded();

    expect((await send('GET /b', 'all')).body).toMatchObject({
      requestContext: { authorizer: { lambda: { asked: 1 } } },
    });
  });

  it('is asked once, and its policy is applied to each request while it is cached', async () => {
    const send = await startPolicyGuarded();

    expect((await send('GET /a/1', 'this')).status).toBe(200);
    expect((await send('GET /a/2', 'this')).status).toBe(403);
    const again = await send('GET /a/1', 'this');

    expect(again.body).toMatchObject({ requestContext: { authorizer: { lambda: { asked: 1 } } } });
  });

  it('may do so also where it may answer in the simple form', async () => {
    const send = await startPolicyGuarded({ simpleResponses: true });

    expect((await send('GET /b', 'reading')).status).toBe(200);
    expect((await send('GET /b', 'simple')).status).toBe(200);
  });
});

describe('an identity source', () => {
  it.each([
    ['$context.httpMethod', ['GET']],
    ['$context.path', ['/b']],
    ['$context.identity.sourceIp', ['127.0.0.1']],
  ])('may be the variable %s', async (source, identitySource) => {
    const { contextOf } = await startGuarded({ identitySources: [source] });

    expect((await contextOf('/b', 'good')).event).toMatchObject({ identitySource });
  });

  it('of several must be there all, and all of them make an identity', async () => {
    const { get, contextOf } = await startGuarded({
      identitySources: ['$request.header.Authorization', '$request.querystring.tenant'],
    });

    expect((await get('/b', 'good')).status).toBe(401);
    expect((await get('/b?tenant=')).status).toBe(401);
    expect((await contextOf('/b?tenant=1', 'good')).asked).toBe(1);
    expect((await contextOf('/b?tenant=2', 'good')).asked).toBe(2);
    expect((await contextOf('/b?tenant=1&other=x', 'good')).asked).toBe(1);
  });
});
