import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { InvocationResult, InvokeFunction, LocalService } from '../services.ts';
import { registerFunctions } from './function-registry.ts';
import { type Authenticate, listenHttp } from './http-endpoint.ts';
import { answerLambdaApi } from './lambda-api.ts';
import { LambdaService, type LambdaServiceOptions } from './service.ts';

export interface LambdaOptions extends LambdaServiceOptions {
  readonly accountId: string;
  readonly port?: number;
  /** Checks the signature of each HTTP request. Absent: none is checked. */
  readonly authenticate?: Authenticate;
}

export interface LocalLambda extends LocalService {
  readonly invoke: InvokeFunction;
  /** Event invocation: resolves when the event is accepted. */
  invokeAsync(nameOrArn: string, payload: string): Promise<void>;
}

/** Serves functions in worker threads: to this process by `invoke`, and on loopback by Lambda's HTTP API. */
export async function startLambda(options: LambdaOptions): Promise<LocalLambda> {
  const service = await LambdaService.start(options);
  const functions = registerFunctions(options.functions, options.region, options.accountId);
  const server = await listenHttp(options.port ?? 0, options.authenticate, (request, requestId) =>
    answerLambdaApi(service, functions, request, requestId),
  );
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    async invoke(nameOrArn, payload): Promise<InvocationResult> {
      const { logTail: _, ...result } = await service.invoke(
        functions.find(nameOrArn),
        randomUUID(),
        payload,
      );
      return result;
    },
    async invokeAsync(nameOrArn, payload) {
      service.invokeLater(functions.find(nameOrArn), randomUUID(), payload);
    },
    async close() {
      server.close();
      await service.close();
      server.closeAllConnections();
    },
  };
}
