import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import type * as z from 'zod';
import type { RouteContract } from '../../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../../shared/contracts/routes.ts';
import { describeError, type ErrorCode, ServiceError } from '../../../shared/errors.ts';
import { FakeState } from './fake-state.ts';
import type { FakeVault } from './fake-vault.ts';

/** What the service does instead of its work, once. */
export type ServiceFault =
  | { readonly code: ErrorCode }
  /** As API Gateway answers by itself, without problem details. */
  | { readonly status: number }
  | 'reset'
  /** Does its work, then cuts the connection. */
  | 'reset-after-work';

export interface ServiceRequest {
  readonly name: RouteName;
  readonly body: Record<string, unknown>;
}

/**
 * The service's API over HTTP with its state in memory. Requests and answers are checked with the same contracts as
 * the real one's, so it cannot agree with the gateway on something that is not in them.
 */
export class FakeService {
  readonly state: FakeState;
  readonly requests: ServiceRequest[] = [];
  /** What did not meet the contracts. */
  readonly violations: string[] = [];
  onRequest: (name: RouteName, body: string) => ServiceFault | undefined | Promise<ServiceFault | undefined> =
    () => undefined;
  /** Off for a test whose service is newer than the contracts. */
  checksAnswers = true;
  readonly #server: Server;

  private constructor(vault: FakeVault) {
    this.state = new FakeState(vault);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(vault: FakeVault): Promise<FakeService> {
    const service = new FakeService(vault);
    await service.listen(0);
    return service;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  countOf(name: RouteName): number {
    return this.requests.filter((request) => request.name === name).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const found = findRoute(request.method ?? '', request.url ?? '');
    if (!found) return sendBare(response, 404);
    const { name, contract, params } = found;
    const text = Buffer.concat(chunks).toString();
    const fault = await this.onRequest(name, text);
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'object' && 'status' in fault) return sendBare(response, fault.status);
    if (contract.roles !== 'public' && request.headers.authorization !== `Bearer ${this.state.token}`) {
      return sendBare(response, 401);
    }
    try {
      if (typeof fault === 'object') throw new ServiceError(fault.code, 'a fault of the test');
      const body = this.#check(name, contract.body, JSON.parse(text || '{}'));
      this.#check(name, contract.params, params);
      this.requests.push({ name, body: body as Record<string, unknown> });
      const answer = this.state.answer(name, params, body);
      if (this.checksAnswers) this.#check(name, contract.response, answer);
      if (fault === 'reset-after-work') return void request.socket.destroy();
      send(response, contract.status, answer, 'application/json');
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      send(response, error.status, problemOf(error), 'application/problem+json');
    }
  }

  #check(name: RouteName, schema: z.ZodType | undefined, value: unknown): unknown {
    const result = schema?.safeParse(value);
    if (result?.success === false) {
      this.violations.push(`${name}: ${result.error.message}`);
      throw new ServiceError('REQUEST_INVALID', result.error.message);
    }
    return value;
  }
}

function findRoute(method: string, path: string) {
  for (const [name, contract] of Object.entries(routes) as [RouteName, RouteContract][]) {
    const pattern = new RegExp(`^${contract.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const [target = ''] = path.split('?');
    const match = contract.method === method ? pattern.exec(target) : null;
    if (match) return { name, contract, params: { ...match.groups } };
  }
  return undefined;
}

const problemOf = ({ code, message, retry, hint }: ServiceError) => ({
  type: `urn:holdfast:problem:${code}`,
  title: code,
  status: describeError(code).status,
  detail: message,
  code,
  hint,
  retry,
  correlationId: ulid(),
});

const send = (response: ServerResponse, status: number, answer: unknown, type: string): void => {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(answer));
};

const sendBare = (response: ServerResponse, status: number): void =>
  send(response, status, { message: 'refused' }, 'application/json');
