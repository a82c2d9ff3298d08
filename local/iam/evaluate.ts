import type { PolicyDocument, PolicyStatement } from '../services.ts';
import { conditionsHold } from './conditions.ts';
import { matchesPattern } from './patterns.ts';
import { matchPrincipal } from './principals.ts';

export interface AuthorizationRequest {
  /** Role or user of the caller, as policies name it. */
  readonly principalArn: string;
  /** For example `s3:PutObject`. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request; a key that is undefined counts as absent. */
  readonly context: Readonly<Record<string, string | undefined>>;
}

export interface Decision {
  readonly allowed: boolean;
  /** The statement or rule that decided, for logs and error messages. */
  readonly by: string;
}

interface MatchedRequest extends Omit<AuthorizationRequest, 'context'> {
  readonly context: ReadonlyMap<string, string>;
}

/**
 * Decides as IAM does for a caller of the resource's own account: an explicit Deny in any policy wins; then
 * an Allow in the identity policies or, naming the caller itself, in the resource policy; else no.
 * `identity` undefined means an administrator. Policies must have passed `validatePolicy`.
 */
export function evaluate(
  request: AuthorizationRequest,
  identity: readonly PolicyDocument[] | undefined,
  resourcePolicy: PolicyDocument | undefined,
): Decision {
  const matched: MatchedRequest = { ...request, context: lowerCaseKeys(request.context) };
  const identityStatements = (identity ?? []).flatMap(statementsOf).filter((s) => applies(s, matched));
  const resourceStatements = (resourcePolicy === undefined ? [] : statementsOf(resourcePolicy)).filter(
    (s) => applies(s, matched) && matchPrincipal(s.Principal, request.principalArn) !== 'none',
  );

  const identityDeny = identityStatements.find((s) => s.Effect === 'Deny');
  if (identityDeny) return { allowed: false, by: describe(identityDeny, 'an identity policy') };
  const resourceDeny = resourceStatements.find((s) => s.Effect === 'Deny');
  if (resourceDeny) return { allowed: false, by: describe(resourceDeny, 'the resource policy') };

  if (identity === undefined) return { allowed: true, by: 'the caller is an administrator' };
  const identityAllow = identityStatements.find((s) => s.Effect === 'Allow');
  if (identityAllow) return { allowed: true, by: describe(identityAllow, 'an identity policy') };
  const resourceAllow = resourceStatements.find(
    (s) => s.Effect === 'Allow' && matchPrincipal(s.Principal, request.principalArn) === 'exact',
  );
  if (resourceAllow) return { allowed: true, by: describe(resourceAllow, 'the resource policy') };
  return { allowed: false, by: `no policy allows ${request.action} on ${request.resource}` };
}

/** The statements of a policy; AWS allows a single one without a list. */
export function statementsOf(policy: PolicyDocument): readonly PolicyStatement[] {
  return isList(policy.Statement) ? policy.Statement : [policy.Statement];
}

/** Text or list of texts, as policies mix them. */
export function textList(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** Actions ignore case. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern.toLowerCase(), action.toLowerCase());
}

function applies(statement: PolicyStatement, request: MatchedRequest): boolean {
  const isAction = (pattern: string) => matchesAction(pattern, request.action);
  const isResource = (pattern: string) => matchesPattern(pattern, request.resource);
  const coversAction =
    statement.NotAction === undefined
      ? textList(statement.Action).some(isAction)
      : !textList(statement.NotAction).some(isAction);
  const coversResource =
    statement.NotResource === undefined
      ? textList(statement.Resource).some(isResource)
      : !textList(statement.NotResource).some(isResource);
  return coversAction && coversResource && conditionsHold(statement.Condition ?? {}, request.context);
}

function describe(statement: PolicyStatement, where: string): string {
  const name = statement.Sid === undefined ? 'a statement without Sid' : `the statement "${statement.Sid}"`;
  return `${statement.Effect === 'Deny' ? 'denied' : 'allowed'} by ${name} of ${where}`;
}

function lowerCaseKeys(context: AuthorizationRequest['context']): ReadonlyMap<string, string> {
  const entries = Object.entries(context).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
}

/** Array.isArray does not narrow readonly arrays. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
