import { describe, expect, it } from 'vitest';
import { API_ID, callRaw, route, startApi } from './http-api-fixture.ts';

describe('the event of an integration', () => {
  it('has payload format 2.0', async () => {
    const clock = () => Date.UTC(2026, 2, 5, 9, 3, 58, 7);
    const { api, call } = await startApi({ routes: [route('POST /v1/mounts/{mountId}')], clock });
    const domainName = new URL(api.url).host;

    const { body, headers } = await call('/v1/mounts/m-1?b=2&a=x%20y&b=%C3%A4', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'curl/8', 'X-Trace': 'T1' },
      body: '{"name":"ä"}',
    });

    expect(body).toEqual({
      version: '2.0',
      routeKey: 'POST /v1/mounts/{mountId}',
      rawPath: '/v1/mounts/m-1',
      rawQueryString: 'b=2&a=x%20y&b=%C3%A4',
      headers: expect.objectContaining({
        'content-type': 'application/json',
        'content-length': '13',
        'user-agent': 'curl/8',
        'x-trace': 'T1',
        host: domainName,
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': new URL(api.url).port,
        'x-forwarded-proto': 'http',
      }),
      queryStringParameters: { a: 'x y', b: '2,ä' },
      pathParameters: { mountId: 'm-1' },
      requestContext: {
        accountId: '123456789012',
        apiId: API_ID,
        domainName,
        domainPrefix: '127',
        http: {
          method: 'POST',
          path: '/v1/mounts/m-1',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl/8',
        },
        requestId: headers.get('apigw-requestid'),
        routeKey: 'POST /v1/mounts/{mountId}',
        stage: '$default',
        time: '05/Mar/2026:09:03:58 +0000',
        timeEpoch: 1772701438007,
      },
      body: '{"name":"ä"}',
      isBase64Encoded: false,
    });
    expect(headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/);
  });

  it('has every query parameter, whatever its name', async () => {
    const { call } = await startApi({ routes: [route('$default')] });

    const { body } = await call('/?__proto__=1&constructor=2&__proto__=3');

    const { queryStringParameters } = body as { queryStringParameters: object };
    expect(Object.entries(queryStringParameters)).toEqual([
      ['__proto__', '1,3'],
      ['constructor', '2'],
    ]);
  });

  it('leaves out what a request does not have', async () => {
    const { call } = await startApi({ routes: [route('$default')] });

    const { body } = await call('/anything');

    expect(body).toMatchObject({
      routeKey: '$default',
      rawQueryString: '',
      isBase64Encoded: false,
      headers: { 'content-length': '0' },
    });
    for (const absent of ['body', 'cookies', 'queryStringParameters', 'pathParameters', 'stageVariables']) {
      expect(body).not.toHaveProperty(absent);
    }
    expect(body).not.toHaveProperty(['requestContext', 'authorizer']);
    expect(body).not.toHaveProperty(['headers', 'connection']);
  });

  it('joins headers that come more than once with commas, and takes cookies apart', async () => {
    const { api } = await startApi({ routes: [route('$default')] });

    const { body } = await callRaw(api.url, {
      headers: ['X-List', 'a', 'x-list', 'b', 'Cookie', 'one=1; two=2', 'X-Forwarded-For', '203.0.113.9'],
    });

    expect(body).toMatchObject({
      headers: { 'x-list': 'a,b', 'x-forwarded-for': '203.0.113.9,127.0.0.1' },
      cookies: ['one=1', 'two=2'],
    });
    expect(body).not.toHaveProperty(['headers', 'cookie']);
  });

  it.each([
    ['/v1/files/a%20b%C3%A4', '/v1/files/a bä', { name: 'a bä' }],
    ['/v1/files/100%2525', '/v1/files/100%25', { name: '100%25' }],
    ['/v1/files/a+b', '/v1/files/a+b', { name: 'a+b' }],
    ['/v1/files/a%3Fb=1', '/v1/files/a', { name: 'a' }],
  ])('has the path %s decoded once', async (path, rawPath, pathParameters) => {
    const { call } = await startApi({ routes: [route('GET /v1/files/{name}')] });

    expect((await call(path)).body).toMatchObject({ rawPath, pathParameters });
  });

  it('is matched on the decoded path, so an encoded slash parts segments', async () => {
    const { call } = await startApi({ routes: [route('GET /files/{name}'), route('GET /files/{a}/{b}')] });

    expect((await call('/files/x%2Fy')).body).toMatchObject({ pathParameters: { a: 'x', b: 'y' } });
  });

  it.each([
    ['application/json', 'text'],
    ['application/json; charset=utf-8', 'text'],
    ['application/json;charset="UTF-8"', 'text'],
    ['text/plain', 'text'],
    ['text/csv', 'text'],
    ['application/xml', 'text'],
    ['application/javascript', 'text'],
    ['text/plain; charset=iso-8859-1', 'base64'],
    ['application/problem+json', 'base64'],
    ['application/x-www-form-urlencoded', 'base64'],
    ['application/octet-stream', 'base64'],
    ['image/png', 'base64'],
    [undefined, 'base64'],
  ])('has a body of the type %s as %s', async (contentType, form) => {
    const { call } = await startApi({ routes: [route('$default')] });
    const bytes = new TextEncoder().encode('grün');

    const { body } = await call('/', {
      method: 'PUT',
      body: bytes,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    });

    expect(body).toMatchObject(
      form === 'text'
        ? { body: 'grün', isBase64Encoded: false }
        : { body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true },
    );
  });

  it('gives the length of a body that came in chunks', async () => {
    const { call } = await startApi({ routes: [route('$default')] });
    const chunks = new ReadableStream({
      start(controller) {
        for (const part of ['one', 'two']) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });

    const { body } = await call('/', {
      method: 'POST',
      body: chunks,
      duplex: 'half',
      headers: { 'content-type': 'text/plain' },
    } as RequestInit);

    expect(body).toMatchObject({ body: 'onetwo', headers: { 'content-length': '6' } });
    expect(body).not.toHaveProperty(['headers', 'transfer-encoding']);
  });
});

describe('the method of a request', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s reaches ANY and $default',
    async (method) => {
      const { call } = await startApi({ routes: [route('ANY /any'), route('$default')] });

      expect((await call('/any', { method })).body).toMatchObject({
        routeKey: 'ANY /any',
        requestContext: { http: { method } },
      });
      expect((await call('/other', { method })).body).toMatchObject({ routeKey: '$default' });
    },
  );

  it('HEAD is no GET, and is answered without a body', async () => {
    const { api } = await startApi({ routes: [route('GET /read'), route('HEAD /look')] });
    const head = async (path: string) => {
      const response = await fetch(`${api.url}${path}`, { method: 'HEAD' });
      return { status: response.status, text: await response.text() };
    };

    expect(await head('/read')).toEqual({ status: 404, text: '' });
    expect(await head('/look')).toEqual({ status: 200, text: '' });
  });
});

describe('path and query parameters', () => {
  it.each([
    ['/files/a/b%20c', { rawPath: '/files/a/b c', pathParameters: { proxy: 'a/b c' } }],
    ['/files/', { rawPath: '/files/', pathParameters: { proxy: '' } }],
    ['/files//x', { rawPath: '/files//x', pathParameters: { proxy: '/x' } }],
    ['/files/..%2Fsecret', { rawPath: '/files/../secret', pathParameters: { proxy: '../secret' } }],
    ['/files/x?', { rawQueryString: '' }],
    ['/files/x?a', { rawQueryString: 'a', queryStringParameters: { a: '' } }],
    ['/files/x?a=1&a=2&A=3', { queryStringParameters: { a: '1,2', A: '3' } }],
    ['/files/x?a=1%2C2&b=%26', { queryStringParameters: { a: '1,2', b: '&' } }],
    ['/files/x?q=a?b', { rawQueryString: 'q=a?b', queryStringParameters: { q: 'a?b' } }],
  ])('of %s are %j', async (path, expected) => {
    const { api } = await startApi({ routes: [route('GET /files/{proxy+}')] });

    expect((await callRaw(api.url, { path })).body).toMatchObject(expected);
  });

  it('may have the names of what every object has', async () => {
    const { api } = await startApi({ routes: [route('$default')] });

    const { body } = await callRaw(api.url, { path: '/?__proto__=1&constructor=2' });

    const { queryStringParameters } = body as { queryStringParameters: object };
    expect(JSON.stringify(queryStringParameters)).toBe('{"__proto__":"1","constructor":"2"}');
  });

  it('are left out where the route is $default', async () => {
    const { call } = await startApi({ routes: [route('$default')] });

    const { body } = await call('/a/b');

    expect(body).toMatchObject({ rawPath: '/a/b', routeKey: '$default' });
    expect(body).not.toHaveProperty('pathParameters');
  });
});
