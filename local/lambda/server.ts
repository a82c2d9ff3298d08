import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { InvocationResult, InvokeFunction, LocalService } from '../services.ts';
import type { CreatedFunctionEnvironment } from './created-function.ts';
import { bodyTooLarge, requestTooLarge } from './errors.ts';
import { type Authenticate, type BodyLimit, listenHttp } from './http-endpoint.ts';
import { CODE_REQUEST_BYTES, SYNC_REQUEST_BYTES } from './limits.ts';
import { CreatedFunctions } from './management/created-functions.ts';
import { answerLambdaApi } from './operations/answer.ts';
import type { ReadCodeObject } from './operations/operation.ts';
import { findRoute } from './operations/route.ts';
import { LambdaService, type LambdaServiceOptions } from './service.ts';

export interface LambdaOptions extends LambdaServiceOptions {
  readonly port?: number;
  /** Checks the signature of each HTTP request. Absent: none is checked. */
  readonly authenticate?: Authenticate;
  /** Variables for functions made through the API, by their role. Absent: they get their own only. */
  readonly createdFunctionEnvironment?: CreatedFunctionEnvironment;
  /** Reads packages that lie in S3. Absent: they are refused. */
  readonly readCodeObject?: ReadCodeObject;
  /** All packages of functions made through the API. Default: Lambda's 75 GB. */
  readonly codeStorageBytes?: number;
}

export interface LocalLambda extends LocalService {
  readonly invoke: InvokeFunction;
  /** Event invocation: resolves when the event is stored. */
  invokeAsync(nameOrArn: string, payload: string): Promise<void>;
}

/**
 * Serves functions, each environment a process of its own: those of the template, and those that are made through the API. To this
 * process by `invoke`, and on loopback by Lambda's HTTP API.
 */
export async function startLambda(options: LambdaOptions): Promise<LocalLambda> {
  const { accountId, authenticate, readCodeObject, codeStorageBytes } = options;
  const service = await LambdaService.start(options);
  const createdFunctions = new CreatedFunctions(service, {
    environmentOf: options.createdFunctionEnvironment ?? (() => ({})),
    ...(codeStorageBytes !== undefined && { codeStorageBytes }),
  });
  await createdFunctions.load();
  service.resumeEvents();
  const api = { service, createdFunctions, readCodeObject, accountId };
  const server = await listenHttp({
    ...{ port: options.port ?? 0, authenticate, limitOf },
    answer: (request, requestId) => answerLambdaApi(api, request, requestId),
  });
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    async invoke(nameOrArn, payload): Promise<InvocationResult> {
      const { settings } = service.registry.find(nameOrArn);
      const { logTail: _, ...result } = await service.invoke(settings, randomUUID(), payload);
      return result;
    },
    async invokeAsync(nameOrArn, payload) {
      service.invokeLater(service.registry.find(nameOrArn).settings, randomUUID(), payload);
    },
    async close() {
      server.close();
      await service.close();
      server.closeAllConnections();
    },
  };
}

function limitOf(method: string, url: string): BodyLimit {
  const { name = '', operation } = findRoute(method, url) ?? {};
  return operation?.takesCode
    ? { bytes: CODE_REQUEST_BYTES, exceeded: () => bodyTooLarge(name, CODE_REQUEST_BYTES) }
    : {
        bytes: SYNC_REQUEST_BYTES,
        exceeded: (bytes) => requestTooLarge(bytes, 'RequestResponse', SYNC_REQUEST_BYTES),
      };
}
