import { type Dispatcher, request } from 'undici';
import {
  type CallAnswer,
  type CallInput,
  type CallParts,
  requestTarget,
} from '../../shared/contracts/calls.ts';
import { problem } from '../../shared/contracts/problem.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import { type ErrorCode, errorCodes, ServiceError } from '../../shared/errors.ts';

export interface ServiceAccess {
  readonly url: string;
  /** Absent for the one call that gets it. */
  readonly token?: string;
  readonly timeoutMillis: number;
  readonly dispatcher: Dispatcher;
}

/** The service's API, typed by its contracts. Every failure is a ServiceError, transient when trying again may help. */
export class ServiceClient {
  readonly #access: ServiceAccess;

  constructor(access: ServiceAccess) {
    this.#access = access;
  }

  async call<N extends RouteName>(
    name: N,
    input: CallInput<N>,
    signal?: AbortSignal,
  ): Promise<CallAnswer<N>> {
    const contract = routes[name];
    const answer = await this.send(name, input, signal);
    const schema = 'response' in contract ? contract.response : undefined;
    const result = schema?.safeParse(answer);
    if (result && !result.success) {
      throw new ServiceError('INTERNAL', `the service answers ${name} in another form than agreed`, {
        details: { issues: result.error.issues },
      });
    }
    return result?.data as CallAnswer<N>;
  }

  /** As `call`, but the answer is not checked: for what must be read before versions are known to match. */
  async send<N extends RouteName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<unknown> {
    const { method, path, status } = routes[name];
    const parts = input as CallParts;
    const { url, token, timeoutMillis, dispatcher } = this.#access;
    const timeout = AbortSignal.timeout(timeoutMillis);
    const target = `${url}${requestTarget(path, parts)}`;
    try {
      const response = await request(target, {
        method,
        headers: {
          ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: parts.body === undefined ? null : JSON.stringify(parts.body),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        dispatcher,
      });
      const text = await response.body.text();
      if (response.statusCode !== status) throw readProblem(name, response.statusCode, text);
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      signal?.throwIfAborted();
      const why = error instanceof Error ? error.message || error.name : String(error);
      throw new ServiceError('INTERNAL', `the service cannot be reached for ${name}: ${why}`, {
        cause: error,
      });
    }
  }
}

/** API Gateway answers some failures itself, without problem details. */
const bareStatusCodes: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'ROUTE_NOT_FOUND',
};

function readProblem(name: RouteName, status: number, text: string): ServiceError {
  const parsed = problem.safeParse(parseJson(text));
  if (!parsed.success) {
    return new ServiceError(
      bareStatusCodes[status] ?? 'INTERNAL',
      `the service answers ${name} with ${status}`,
      {
        details: { status },
      },
    );
  }
  const { code, detail, hint, correlationId, issues } = parsed.data;
  const details = { status, correlationId, ...(issues && { issues }) };
  const known = errorCodes.find((candidate) => candidate === code);
  return known
    ? new ServiceError(known, detail, { details, hint })
    : new ServiceError('INTERNAL', `${code}: ${detail}`, { details, hint });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
