import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openLogFile } from '../lambda/log-file.ts';
import type { InvokeFunction, LocalClock, LocalService } from '../services.ts';
import { formatAccess } from './access-log.ts';
import { assertHttpApiConfig, type HttpApiConfig } from './config.ts';
import { contextVariables } from './context-variables.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import type { Exchange } from './exchange.ts';
import { Gateway } from './gateway.ts';
import { gatewayError } from './gateway-response.ts';
import { readBody, receiveRequest, refusalOf, sendResponse } from './http-exchange.ts';
import type { ReceivedRequest } from './request-event.ts';

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
  /** Takes the access log. Absent: none is written. */
  readonly logDirectory?: string;
}

export interface LocalHttpApi extends LocalService {
  /** Base URL for clients of the API, without a trailing slash. */
  readonly url: string;
}

/** Node's own limit; the quota of API Gateway is far below and checked by the request's size. */
const MAX_HEADER_SIZE = 256 * 1024;

const LOG_ROTATE_BYTES = 10 * 1024 * 1024;

/** Serves an HTTP API (API Gateway v2) with payload format 2.0 in front of Lambda functions. */
export async function startHttpApi(options: HttpApiOptions): Promise<LocalHttpApi> {
  const { config, invoke, region, accountId, clock = Date.now, host = '127.0.0.1' } = options;
  assertHttpApiConfig(config);
  const api = { apiId: config.apiId, region, accountId };
  const gateway = new Gateway(config, api, invoke, clock);
  const logAccess = openAccessLog(options);

  async function answer(incoming: IncomingMessage, request: ReceivedRequest): Promise<Exchange> {
    const { origin } = incoming.headers;
    if (config.cors !== undefined && isPreflight(incoming.method, incoming.headers)) {
      return { response: answerPreflight(config.cors, origin) };
    }
    const refusal = refusalOf(incoming);
    const exchange =
      refusal === undefined ? await gateway.answer(request, () => readBody(incoming)) : { response: refusal };
    return { ...exchange, response: withCors(exchange.response, config.cors, origin) };
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE }, (incoming, response) => {
    const start = performance.now();
    const request = receiveRequest(incoming, newRequestId(), clock());
    answer(incoming, request)
      .catch((error): Exchange => {
        // A client that hung up in the middle of its request is no fault of ours.
        const { requestId } = request;
        if (!response.destroyed) process.emitWarning(`Request ${requestId} failed: ${error}`, 'LocalHttpApi');
        return { response: gatewayError(500) };
      })
      .then((exchange) => {
        // Before the answer: whoever has it finds its line in the log.
        const variables = contextVariables(request, exchange.routeKey ?? '-', api);
        logAccess({ ...exchange, variables, responseLatencyMs: performance.now() - start });
        sendResponse(response, request.requestId, exchange.response);
      });
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

function openAccessLog({ config: { accessLog }, logDirectory }: HttpApiOptions) {
  if (accessLog === undefined || logDirectory === undefined) return () => {};
  const log = openLogFile(logDirectory, accessLog.name, LOG_ROTATE_BYTES);
  return (exchange: Parameters<typeof formatAccess>[1]) =>
    log.write(`${formatAccess(accessLog.format, exchange)}\n`);
}

/** 15 characters and an equals sign, as in the real service. */
function newRequestId(): string {
  return `${randomBytes(12).toString('base64url').slice(0, 15)}=`;
}
