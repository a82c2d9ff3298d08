import type { InvokeFunction, LocalClock } from '../services.ts';
import { Authorizer } from './authorizer.ts';
import { type HttpApiConfig, MAX_INTEGRATION_TIMEOUT_MS, type RouteConfig } from './config.ts';
import type { Exchange, IntegrationReport } from './exchange.ts';
import { type GatewayResponse, gatewayError } from './gateway-response.ts';
import { translateResult } from './integration-response.ts';
import { type InvokeOutcome, invokeWithin } from './invoke-within.ts';
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
  readonly #throttle: Throttle;

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
    this.#throttle = new Throttle(config, clock);
  }

  async answer(request: ReceivedRequest, readBody: BodyReader): Promise<Exchange> {
    const match = this.#routes.match(request.method, request.path);
    if (match === undefined) return { response: gatewayError(404) };
    const { route } = match;
    const { routeKey } = route;
    if (!this.#throttle.admit(routeKey)) return { response: gatewayError(429), routeKey };

    const description = describeRequest(request, match, this.#api);
    const authorizer = route.authorizer === undefined ? undefined : this.#authorizers.get(route.authorizer);
    const verdict = await authorizer?.authorize(request, description);
    const authorizerContext = verdict !== undefined && 'context' in verdict ? verdict.context : undefined;
    if (verdict !== undefined && verdict.statusCode !== 200) {
      const response = gatewayError(verdict.statusCode);
      const authorizerError = 'error' in verdict ? verdict.error : undefined;
      return { response, routeKey, authorizerContext, ...(authorizerError && { authorizerError }) };
    }

    const body = await readBody();
    if (body === undefined) return { response: gatewayError(413), routeKey, authorizerContext };
    return { ...(await this.#integrate(route, description, authorizerContext, body)), authorizerContext };
  }

  async #integrate(
    route: RouteConfig,
    description: RequestDescription,
    authorizerContext: unknown,
    body: Buffer,
  ): Promise<Exchange> {
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
    const start = performance.now();
    const outcome = await invokeWithin(timeoutMs, this.#invoke, route.functionArn, event);
    const response = responseOf(outcome);
    const integration = { latencyMs: performance.now() - start, ...reportOf(outcome, response) };
    return { response, integration, routeKey: route.routeKey };
  }
}

function responseOf(outcome: InvokeOutcome): GatewayResponse {
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

/** A body within API Gateway's 10 MB may still be above the 6 MB of Lambda, base64 included. */
function refusedByLambda(errorName: string): GatewayResponse {
  if (errorName === 'RequestTooLargeException') return gatewayError(413);
  if (errorName === 'TooManyRequestsException') return gatewayError(503);
  return gatewayError(500);
}

function reportOf(
  outcome: InvokeOutcome,
  { statusCode, gatewayMessage }: GatewayResponse,
): Omit<IntegrationReport, 'latencyMs'> {
  switch (outcome.kind) {
    case 'succeeded':
      return gatewayMessage === undefined
        ? { lambdaStatus: 200, functionStatus: statusCode }
        : { lambdaStatus: 200, error: 'The response from the Lambda function is of the wrong form.' };
    case 'function-error':
      return { lambdaStatus: 200, error: `The Lambda function returned an error: ${outcome.message}` };
    case 'timed-out':
      return { error: 'The integration did not answer within its timeout.' };
    case 'refused':
      return { error: `The Lambda function could not be invoked: ${outcome.name}.` };
  }
}
