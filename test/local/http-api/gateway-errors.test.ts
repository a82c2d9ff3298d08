import { describe, expect, it } from 'vitest';
import type { HttpApiConfig } from '../../../local/http-api/config.ts';
import { startHttpApi } from '../../../local/http-api/server.ts';
import { callRaw, route, startApi } from './http-api-fixture.ts';

describe('what API Gateway answers itself', () => {
  it('is 404 for a path or method without a route', async () => {
    const { call } = await startApi({ routes: [route('GET /v1/mounts')] });

    for (const answer of [await call('/v1/other'), await call('/v1/mounts', { method: 'POST' })]) {
      expect(answer).toMatchObject({ status: 404, body: { message: 'Not Found' } });
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('apigw-requestid')).not.toBeNull();
    }
  });

  it('is 400 for a path that cannot be decoded', async () => {
    const { api } = await startApi({ routes: [route('$default')] });

    expect(await callRaw(api.url, { path: '/a%zz' })).toEqual({
      status: 400,
      body: { message: 'Bad Request' },
    });
  });

  it('is 500 for an error, a crash and a timeout of the function', async () => {
    const { call } = await startApi({
      routes: [route('GET /throw', 'failing'), route('GET /exit', 'failing'), route('GET /gone', 'gone')],
      functions: {
        failing: `export const handler = async ({ rawPath }) => {
          if (rawPath === '/exit') process.exit(1);
          throw new Error('secret detail');
        };`,
      },
    });

    for (const path of ['/throw', '/exit', '/gone']) {
      expect(await call(path)).toMatchObject({ status: 500, body: { message: 'Internal Server Error' } });
    }
  });

  it('is 503 when the integration takes longer than its timeout', async () => {
    const { call } = await startApi({
      routes: [route('$default', 'slow', { timeoutMs: 300 })],
      functions: { slow: 'export const handler = () => new Promise((r) => setTimeout(r, 10_000));' },
    });

    expect(await call('/')).toMatchObject({ status: 503, body: { message: 'Service Unavailable' } });
  });

  it('is 503 when Lambda throttles the function', async () => {
    const { call, lambda } = await startApi({
      routes: [route('$default')],
      functions: { slow: 'export const handler = () => new Promise((r) => setTimeout(r, 600_000));' },
      maxConcurrency: 1,
    });
    // Ended with the service.
    lambda.invoke('slow', '{}').catch(() => {});

    expect(await call('/')).toMatchObject({ status: 503, body: { message: 'Service Unavailable' } });
  });

  it('is 413 for a body above 10 MB, and for one that Lambda does not take', async () => {
    const { call } = await startApi({ routes: [route('$default')] });
    const post = (bytes: number) =>
      call('/', { method: 'POST', body: 'x'.repeat(bytes), headers: { 'content-type': 'text/plain' } });
    const tooLarge = { status: 413, body: { message: 'Request Entity Too Large' } };

    expect(await post(10 * 1024 * 1024 + 1)).toMatchObject(tooLarge);
    expect(await post(7 * 1024 * 1024)).toMatchObject(tooLarge);
    expect((await post(2 * 1024 * 1024)).status).toBe(200);
  });

  it('is 431 when the request line and header values have more than 10,240 bytes', async () => {
    const { api } = await startApi({ routes: [route('$default')] });
    const host = new URL(api.url).host;
    // node:http adds "Connection: keep-alive"; the request line is "GET / HTTP/1.1".
    const others = host.length + 'keep-alive'.length + 'GET / HTTP/1.1'.length;
    const call = (bytes: number) => callRaw(api.url, { headers: ['X-Fill', 'x'.repeat(bytes - others)] });

    expect((await call(10_240)).status).toBe(200);
    expect(await call(10_241)).toEqual({ status: 431, body: { message: 'Request Header Fields Too Large' } });
    expect((await call(60_000)).status).toBe(431);
  });

  it('is 429 above the rate, for each route by itself, until tokens come back', async () => {
    let now = 1_000_000;
    const { call } = await startApi({
      routes: [route('GET /a'), route('GET /b')],
      throttling: { rateLimit: 2, burstLimit: 3 },
      clock: () => now,
    });
    const statuses = async (path: string, count: number) => {
      const answers = [];
      for (let n = 0; n < count; n += 1) answers.push((await call(path)).status);
      return answers;
    };

    expect(await statuses('/a', 4)).toEqual([200, 200, 200, 429]);
    expect((await call('/a')).body).toEqual({ message: 'Too Many Requests' });
    expect(await statuses('/b', 1)).toEqual([200]);
    now += 1000;
    expect(await statuses('/a', 3)).toEqual([200, 200, 429]);
  });
});

describe('throttling', () => {
  const start = async (setup: Partial<HttpApiConfig>) => {
    const { call } = await startApi({
      routes: [route('GET /a'), route('GET /b/{id}'), route('$default')],
      clock: () => 1_000_000,
      ...setup,
    });
    return async (path: string, count: number) => {
      const statuses = [];
      for (let n = 0; n < count; n += 1) statuses.push((await call(path)).status);
      return statuses;
    };
  };

  it('of a single route takes the place of that of the stage', async () => {
    const statuses = await start({
      throttling: { rateLimit: 1, burstLimit: 2 },
      routeThrottling: { 'GET /a': { rateLimit: 1, burstLimit: 1 } },
    });

    expect(await statuses('/a', 2)).toEqual([200, 429]);
    expect(await statuses('/b/1', 3)).toEqual([200, 200, 429]);
    expect(await statuses('/b/2', 1)).toEqual([429]);
    expect(await statuses('/else', 3)).toEqual([200, 200, 429]);
  });

  it('of a single route leaves the others alone', async () => {
    const statuses = await start({ routeThrottling: { 'GET /a': { rateLimit: 0, burstLimit: 0 } } });

    expect(await statuses('/a', 1)).toEqual([429]);
    expect(await statuses('/b/1', 5)).toEqual([200, 200, 200, 200, 200]);
  });
});

describe('the start of an API', () => {
  it('names everything that cannot be served', async () => {
    const start = startHttpApi({
      config: {
        apiId: 'a',
        stage: '$default',
        routes: [route('GET /a', 'echo', { authorizer: 'nobody', timeoutMs: 31_000 })],
        authorizers: {
          policy: {
            functionArn: 'arn',
            identitySources: ['$stageVariables.x'],
            resultTtlSeconds: 3601,
            simpleResponses: false,
            payloadFormatVersion: '2.0',
          },
          open: {
            functionArn: 'arn',
            identitySources: [],
            resultTtlSeconds: 60,
            simpleResponses: true,
            payloadFormatVersion: '2.0',
          },
        },
        cors: { AllowOrigins: ['*'], AllowCredentials: true },
        routeThrottling: { 'GET /none': { rateLimit: 1, burstLimit: 1 } },
      },
      invoke: async () => ({ payload: 'null' }),
      region: 'eu-central-1',
      accountId: '123456789012',
    });

    await expect(start).rejects.toThrow(
      [
        'The HTTP API cannot be served:',
        'route GET /a: there is no authorizer nobody',
        'route GET /a: timeoutMs is 31000, allowed are 50 to 30000',
        'authorizer policy: resultTtlSeconds is 3601, allowed are 0 to 3600',
        'authorizer policy: identity source $stageVariables.x is not supported: use a header, a query string or a variable such as $context.routeKey',
        'authorizer open: caching needs at least one identity source',
        'route settings: there is no route GET /none',
        'cors: AllowCredentials cannot be combined with the origin *',
      ].join('\n- '),
    );
  });
});

describe('closing an API', () => {
  it('ends open connections and listens no more', async () => {
    const { api, call } = await startApi({ routes: [route('$default')] });
    await call('/');

    await api.close();

    await expect(fetch(api.url)).rejects.toThrow();
  });
});
