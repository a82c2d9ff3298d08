import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { storeId } from '../../shared/contracts/primitives.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type Caller, roles } from '../../shared/domain/access.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { IdempotencyKey } from '../../shared/usecases/idempotency.ts';
import { readJsonBody } from './json-body.ts';

/** What API Gateway passes on from the authorizer. */
const callerContext = z.object({
  credentialId: z.string().min(1),
  role: z.enum(roles),
  storeId: storeId.optional(),
});

/** What a route takes in a part that its contract does not name. */
const nothing = z.strictObject({});

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
  const sent = readJsonBody(event);
  const body = check('body', contract.body ?? nothing, sent);
  return {
    caller,
    params: contract.params && check('path', contract.params, event.pathParameters ?? {}),
    // A misspelt parameter must not be taken as absent: it would answer another question.
    query: check('query', (contract.query ?? nothing).strict(), query),
    body: contract.body && body,
    idempotency: readIdempotencyKey(routeName, caller, event, sent),
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

/** A body of megabytes can be wrong in a million places, and an answer above 6 MB is lost on its way out of Lambda. */
const maxIssues = 20;
const maxIssueText = 300;

function check(where: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, maxIssues).map(({ path, message }) => ({
    path: cut([where, ...path].join('.')),
    message: cut(message),
  }));
  const more = result.error.issues.length - issues.length;
  const listed = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const detail = more === 0 ? listed : `${listed}; and ${more} more`;
  throw new ServiceError('REQUEST_INVALID', detail, { details: { issues } });
}

const cut = (text: string) =>
  text.length <= maxIssueText ? text : `${text.slice(0, maxIssueText).toWellFormed()}…`;

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
