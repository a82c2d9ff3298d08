import { describe, expect, it } from 'vitest';
import type { CorsConfiguration } from '../../../local/http-api/cors.ts';
import { arnOf, route, startApi } from './http-api-fixture.ts';

const OWN_CORS = `export const handler = async () => ({
  statusCode: 200,
  headers: { 'Access-Control-Allow-Origin': 'https://from.function', 'Access-Control-Max-Age': '1' },
});`;

async function startCors(cors?: CorsConfiguration) {
  const { api } = await startApi({
    routes: [
      route('GET /data', 'own', { authorizer: 'guard' }),
      route('GET /own', 'own'),
      route('OPTIONS /data', 'own'),
    ],
    functions: { own: OWN_CORS },
    authorizers: {
      guard: {
        functionArn: arnOf('echo'),
        identitySources: ['$request.header.Authorization'],
        resultTtlSeconds: 0,
        simpleResponses: true,
        payloadFormatVersion: '2.0',
      },
    },
    ...(cors && { cors }),
  });
  return async (path: string, method: string, headers: Record<string, string>) => {
    const response = await fetch(`${api.url}${path}`, { method, headers });
    const found = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
    return { status: response.status, cors: Object.fromEntries(found) };
  };
}

const CONFIGURED: CorsConfiguration = {
  AllowOrigins: ['https://console.example', 'http://*'],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['authorization', 'content-type'],
  ExposeHeaders: ['x-request-id'],
  AllowCredentials: true,
  MaxAge: 300,
};
const PREFLIGHT = { origin: 'https://console.example', 'access-control-request-method': 'GET' };

describe('CORS', () => {
  it('preflight is answered without an authorizer or function', async () => {
    const send = await startCors(CONFIGURED);

    expect(await send('/data', 'OPTIONS', PREFLIGHT)).toEqual({
      status: 204,
      cors: {
        'access-control-allow-origin': 'https://console.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-request-id',
        'access-control-max-age': '300',
      },
    });
  });

  it.each([
    ['https://console.example', true],
    ['http://localhost:3000', true],
    ['https://evil.example', false],
    ['https://console.example.evil', false],
  ])('of the origin %s is allowed: %s', async (origin, isAllowed) => {
    const send = await startCors(CONFIGURED);

    const { status, cors } = await send('/data', 'OPTIONS', { ...PREFLIGHT, origin });

    expect(status).toBe(204);
    expect(cors['access-control-allow-origin']).toBe(isAllowed ? origin : undefined);
  });

  it('headers replace those of the function', async () => {
    const send = await startCors({ AllowOrigins: ['*'] });

    expect((await send('/own', 'GET', { origin: 'https://a.example' })).cors).toEqual({
      'access-control-allow-origin': '*',
    });
    expect((await send('/own', 'GET', {})).cors).toEqual({});
  });

  it('headers are on errors of the gateway too', async () => {
    const send = await startCors(CONFIGURED);

    const { status, cors } = await send('/data', 'GET', { origin: 'https://console.example' });

    expect(status).toBe(401);
    expect(cors['access-control-allow-origin']).toBe('https://console.example');
  });

  it('is left to the functions when it is not configured', async () => {
    const send = await startCors();

    expect(await send('/data', 'OPTIONS', PREFLIGHT)).toEqual({
      status: 200,
      cors: { 'access-control-allow-origin': 'https://from.function', 'access-control-max-age': '1' },
    });
  });
});
