import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { storeId } from '../../shared/contracts/primitives.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type Caller, roles } from '../../shared/domain/access.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { IdempotencyKey } from '../../shared/usecases/idempotency.ts';

/** What API Gateway passes on from the authorizer. */
const callerContext = z.object({
  credentialId: z.string().min(1),
  role: z.enum(roles),
  storeId: storeId.optional(),
});

/** A request after its contract was applied. */
export interface ReadRequest {
  readonly caller: Caller | undefined;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotency: IdempotencyKey | undefined;
}

/** Applies a route's contract: who may call, and the form of path, query and body. */
export function readRequest(
  routeName: string,
  contract: RouteContract,
  event: APIGatewayProxyEventV2,
): ReadRequest {
  const caller = readCaller(event);
  requireRole(contract, caller);
  const query = event.queryStringParameters ?? {};
  const body = contract.body && parseJson(event);
  return {
    caller,
    params: contract.params && check('path', contract.params, event.pathParameters ?? {}),
    // A misspelt parameter must not be taken as absent: it would answer another question.
    query: check('query', (contract.query ?? z.object({})).strict(), query),
    body: contract.body && check('body', contract.body, body),
    idempotency: readIdempotencyKey(routeName, caller, event, body),
  };
}

function readCaller(event: APIGatewayProxyEventV2): Caller | undefined {
  const context = event.requestContext as { authorizer?: { lambda?: unknown } };
  const found = callerContext.safeParse(context.authorizer?.lambda);
  if (!found.success) return undefined;
  const { credentialId, role, storeId: id } = found.data;
  return { credentialId, role, ...(id !== undefined && { storeId: id }) };
}

function requireRole(contract: RouteContract, caller: Caller | undefined): void {
  if (contract.roles === 'public') return;
  if (caller === undefined) throw new ServiceError('UNAUTHENTICATED', 'the request has no known caller');
  if (contract.roles.includes(caller.role)) return;
  const allowed = contract.roles.join(', ');
  throw new ServiceError('FORBIDDEN', `role ${caller.role} may not call this; it is for ${allowed}`);
}

function parseJson(event: APIGatewayProxyEventV2): unknown {
  const text = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('REQUEST_INVALID', 'the body is not JSON', { cause });
  }
}

function check(where: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: [where, ...path].join('.'),
    message,
  }));
  throw new ServiceError(
    'REQUEST_INVALID',
    issues.map(({ path, message }) => `${path}: ${message}`).join('; '),
    {
      details: { issues },
    },
  );
}

function readIdempotencyKey(
  route: string,
  caller: Caller | undefined,
  event: APIGatewayProxyEventV2,
  request: unknown,
): IdempotencyKey | undefined {
  const key = event.headers?.['idempotency-key'];
  if (key === undefined || caller === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new ServiceError('REQUEST_INVALID', 'Idempotency-Key must be 1 to 200 visible ASCII characters');
  }
  return { caller, route, key, request: { path: event.pathParameters ?? {}, request } };
}
