import { describe, expect, it } from 'vitest';
import { route, startApi } from './http-api-fixture.ts';

/** Answers with the JSON that the query string carries. */
const SAY = 'export const handler = async (event) => JSON.parse(event.queryStringParameters.result);';

async function respondWith(result: unknown): Promise<Response> {
  const { api } = await startApi({ routes: [route('$default', 'say')], functions: { say: SAY } });
  return fetch(`${api.url}/?result=${encodeURIComponent(JSON.stringify(result))}`);
}

describe('the response', () => {
  it('has the status, headers, cookies and body that the function gave', async () => {
    const response = await respondWith({
      statusCode: 201,
      headers: { 'Content-Type': 'application/json', Location: '/v1/mounts/m1', 'X-Count': 3 },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: '{"id":"m1"}',
    });

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('location')).toBe('/v1/mounts/m1');
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect(await response.text()).toBe('{"id":"m1"}');
  });

  it('is plain text when the function names no type', async () => {
    const response = await respondWith({ statusCode: 200, body: 'hello' });

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('is decoded when the body is base64', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);

    const response = await respondWith({
      statusCode: 200,
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });

    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('content-length')).toBe('4');
  });

  it('may have no body', async () => {
    const response = await respondWith({ statusCode: 204 });

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  });

  it('counts its own length and keeps the connection its own', async () => {
    const response = await respondWith({
      statusCode: 200,
      headers: { 'content-length': '99', connection: 'close', 'transfer-encoding': 'chunked' },
      body: 'four',
    });

    expect(await response.text()).toBe('four');
    expect(response.headers.get('content-length')).toBe('4');
  });

  it.each([
    [{ message: 'no status' }, '{"message":"no status"}'],
    ['just text', 'just text'],
    [[1, 2], '[1,2]'],
    [42, '42'],
    [null, 'null'],
  ])('is inferred as 200 and JSON from %j', async (result, text) => {
    const response = await respondWith(result);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(text);
  });

  it.each([
    { statusCode: 'OK', body: '' },
    { statusCode: 99 },
    { statusCode: 200, body: { not: 'text' } },
    { statusCode: 200, headers: ['x'] },
    { statusCode: 200, headers: { 'x-list': ['a', 'b'] } },
    { statusCode: 200, headers: { 'bad name': 'a' } },
    { statusCode: 200, headers: { 'x-split': 'a\r\nb: c' } },
    { statusCode: 200, cookies: 'a=1' },
    { statusCode: 200, isBase64Encoded: 'yes' },
  ])('is an internal server error for the malformed result %j', async (result) => {
    const response = await respondWith(result);

    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
  });
});
