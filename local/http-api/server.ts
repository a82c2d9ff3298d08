import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InvokeFunction, LocalClock, LocalService } from '../services.ts';
import { assertHttpApiConfig, type HttpApiConfig } from './config.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import { Gateway } from './gateway.ts';
import { type GatewayResponse, gatewayError } from './gateway-response.ts';
import { readBody, receiveRequest, sendResponse } from './http-exchange.ts';

export interface HttpApiOptions {
  readonly config: HttpApiConfig;
  readonly invoke: InvokeFunction;
  readonly region: string;
  readonly accountId: string;
  readonly port?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Time of the events, the authorizers' caches and the throttle. Default: the system's. */
  readonly clock?: LocalClock;
}

export interface LocalHttpApi extends LocalService {
  /** Base URL for clients of the API, without a trailing slash. */
  readonly url: string;
}

/** Node's own limit; the quota of API Gateway is far below and checked by the request's size. */
const MAX_HEADER_SIZE = 256 * 1024;

/** Serves an HTTP API (API Gateway v2) with payload format 2.0 in front of Lambda functions. */
export async function startHttpApi(options: HttpApiOptions): Promise<LocalHttpApi> {
  const { config, invoke, region, accountId, clock = Date.now, host = '127.0.0.1' } = options;
  assertHttpApiConfig(config);
  const gateway = new Gateway(config, { apiId: config.apiId, region, accountId }, invoke, clock);

  async function answer(incoming: IncomingMessage, requestId: string): Promise<GatewayResponse> {
    const request = receiveRequest(incoming, requestId, clock());
    if ('statusCode' in request) return request;
    return gateway.answer(request, () => readBody(incoming));
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE }, (incoming, response) => {
    const requestId = newRequestId();
    const { origin } = incoming.headers;
    const answered =
      config.cors !== undefined && isPreflight(incoming.method, incoming.headers)
        ? Promise.resolve(answerPreflight(config.cors, origin))
        : answer(incoming, requestId).then((each) => withCors(each, config.cors, origin));
    answered
      .catch((error) => {
        // A client that hung up in the middle of its request is no fault of ours.
        if (!response.destroyed) process.emitWarning(`Request ${requestId} failed: ${error}`, 'LocalHttpApi');
        return gatewayError(500);
      })
      .then((each) => sendResponse(response, requestId, each));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    endpoint: url,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** 15 characters and an equals sign, as in the real service. */
function newRequestId(): string {
  return `${randomBytes(12).toString('base64url').slice(0, 15)}=`;
}
