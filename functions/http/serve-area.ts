import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import httpRouterHandler from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import type { RouteContract } from '../../shared/contracts/route.ts';
import type { Caller } from '../../shared/domain/access.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { IdempotencyKey } from '../../shared/usecases/idempotency.ts';
import { domainIds } from '../runtime/domain-ids.ts';
import { observe, type Telemetry } from '../runtime/telemetry.ts';
import { problemResponse } from './problem-response.ts';
import { readRequest } from './request.ts';

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
type SchemaOf<R, Part extends string> = R extends { readonly [P in Part]: infer S } ? S : undefined;

/** What the handler of a route is given. */
export interface RequestOf<R> {
  readonly caller: R extends { roles: 'public' } ? Caller | undefined : Caller;
  readonly params: OutputOf<SchemaOf<R, 'params'>>;
  readonly query: OutputOf<SchemaOf<R, 'query'>>;
  readonly body: OutputOf<SchemaOf<R, 'body'>>;
  readonly idempotency: IdempotencyKey | undefined;
}
/** What it answers; fields that the contract does not name stay inside. */
type AnswerOf<R> =
  SchemaOf<R, 'response'> extends z.ZodType
    ? DeepReadonly<z.input<SchemaOf<R, 'response'> & z.ZodType>>
    : undefined;

type Contracts = Readonly<Record<string, RouteContract>>;

/** One handler for each route of an area; a missing one does not compile. */
export type AreaHandlers<Area extends Contracts> = {
  readonly [N in keyof Area]: (request: RequestOf<Area[N]>) => Promise<AnswerOf<Area[N]>>;
};

type AnyHandler = (request: unknown) => Promise<unknown>;

/** The Lambda handler of an area: routes, checks, answers, and errors as problem details. */
export function serveArea<Area extends Contracts>(
  contracts: Area,
  handlers: NoInfer<AreaHandlers<Area>>,
  telemetry: Telemetry,
) {
  const { logger } = telemetry;
  const byName = handlers as unknown as Readonly<Record<string, AnyHandler>>;
  const router = httpRouterHandler({
    routes: Object.entries(contracts).map(([name, contract]) => ({
      method: contract.method,
      path: contract.path,
      handler: middy(async (event: APIGatewayProxyEventV2) => {
        const handle = byName[name];
        if (handle === undefined) throw new ServiceError('ROUTE_NOT_FOUND', `${name} is not served here`);
        // Before anything can fail: a refusal is found by the ids that the caller sees.
        logger.appendKeys({ correlationId: event.requestContext.requestId, route: name });
        const request = readRequest(name, contract, event);
        const { credentialId: callerId, role: callerRole, storeId } = request.caller ?? {};
        logger.appendKeys({ callerId, callerRole, ...domainIds({ storeId }), ...domainIds(request.params) });
        const answer = await handle(request);
        logger.info('request served', { status: contract.status, ...domainIds(answer) });
        return respond(contract, answer);
      }),
    })),
    notFoundResponse: ({ method, path }) => {
      throw new ServiceError('ROUTE_NOT_FOUND', `there is no route ${method} ${path}`);
    },
  });
  return middy(router)
    .use(observe(telemetry))
    .onError((request) => {
      const event = request.event as unknown as APIGatewayProxyEventV2;
      const correlationId = event.requestContext?.requestId ?? request.context.awsRequestId;
      logError(logger, request.error);
      // A response set here ends the request; API Gateway answers with it.
      request.response = problemResponse(request.error, correlationId);
    });
}

function respond(contract: RouteContract, answer: unknown): APIGatewayProxyStructuredResultV2 {
  const { status: statusCode, response } = contract;
  if (response === undefined) return { statusCode };
  const body = JSON.stringify(response.parse(answer));
  return { statusCode, headers: { 'content-type': 'application/json' }, body };
}

/** What callers do wrong is information, and so is what they ask for that is not done here; what the service does wrong is an error. */
function logError(logger: Logger, error: unknown): void {
  if (error instanceof ServiceError && (error.status < 500 || error.code === 'OPERATION_UNSUPPORTED')) {
    logger.info('request refused', { code: error.code, reason: error.message });
  } else {
    logger.error('request failed', error instanceof Error ? error : new Error(String(error)));
  }
}
