import type { InvokeFunction, LocalClock } from '../services.ts';
import { Authorizer } from './authorizer.ts';
import { type HttpApiConfig, MAX_INTEGRATION_TIMEOUT_MS, type RouteConfig } from './config.ts';
import { type GatewayResponse, gatewayError } from './gateway-response.ts';
import { translateResult } from './integration-response.ts';
import { invokeWithin } from './invoke-within.ts';
import {
  type ApiIdentity,
  describeBody,
  describeRequest,
  type ReceivedRequest,
  type RequestDescription,
} from './request-event.ts';
import { RouteTable } from './route-table.ts';
import { Throttle } from './throttle.ts';

type BodyReader = () => Promise<Buffer | undefined>;

/** Takes a request through throttle, authorizer and integration. */
export class Gateway {
  readonly #api: ApiIdentity;
  readonly #invoke: InvokeFunction;
  readonly #routes: RouteTable;
  readonly #authorizers: ReadonlyMap<string, Authorizer>;
  readonly #throttle: Throttle | undefined;

  constructor(config: HttpApiConfig, api: ApiIdentity, invoke: InvokeFunction, clock: LocalClock) {
    this.#api = api;
    this.#invoke = invoke;
    this.#routes = new RouteTable(config.routes);
    this.#authorizers = new Map(
      Object.entries(config.authorizers).map(([name, each]) => [
        name,
        new Authorizer(each, api, invoke, clock),
      ]),
    );
    this.#throttle = config.throttling && new Throttle(config.throttling, clock);
  }

  async answer(request: ReceivedRequest, readBody: BodyReader): Promise<GatewayResponse> {
    const match = this.#routes.match(request.method, request.path);
    if (match === undefined) return gatewayError(404);
    const { route } = match;
    if (this.#throttle?.admit(route.routeKey) === false) return gatewayError(429);

    const description = describeRequest(request, match, this.#api);
    const authorizer = route.authorizer === undefined ? undefined : this.#authorizers.get(route.authorizer);
    const verdict = await authorizer?.authorize(request, description);
    if (verdict !== undefined && verdict.statusCode !== 200) return gatewayError(verdict.statusCode);

    const body = await readBody();
    if (body === undefined) return gatewayError(413);
    return this.#integrate(route, description, verdict?.context, body);
  }

  async #integrate(
    route: RouteConfig,
    description: RequestDescription,
    authorizerContext: unknown,
    body: Buffer,
  ): Promise<GatewayResponse> {
    const event = {
      version: '2.0',
      ...description,
      // The real gateway counts what it received, also when the body came in chunks.
      headers: { ...description.headers, 'content-length': String(body.length) },
      requestContext: {
        ...description.requestContext,
        ...(authorizerContext !== undefined && { authorizer: { lambda: authorizerContext } }),
      },
      ...describeBody(body, description.headers['content-type']),
    };
    const timeoutMs = route.timeoutMs ?? MAX_INTEGRATION_TIMEOUT_MS;
    const outcome = await invokeWithin(timeoutMs, this.#invoke, route.functionArn, event);
    switch (outcome.kind) {
      case 'succeeded':
        return translateResult(outcome.payload);
      case 'function-error':
        return gatewayError(500);
      case 'timed-out':
        return gatewayError(503);
      case 'refused':
        return refusedByLambda(outcome.name);
    }
  }
}

/** A body within API Gateway's 10 MB may still be above the 6 MB of Lambda, base64 included. */
function refusedByLambda(errorName: string): GatewayResponse {
  if (errorName === 'RequestTooLargeException') return gatewayError(413);
  if (errorName === 'TooManyRequestsException') return gatewayError(503);
  return gatewayError(500);
}
