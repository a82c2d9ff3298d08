import { evaluate, statementsOf } from '../iam/evaluate.ts';
import type { PolicyDocument, PolicyStatement } from '../services.ts';

/** On whose behalf one service calls another. */
export type Caller =
  | {
      readonly kind: 'service';
      /** For example `events.amazonaws.com`. */
      readonly principal: string;
      /** The rule or topic for which the service calls. */
      readonly sourceArn: string;
    }
  | { readonly kind: 'role'; readonly arn: string }
  /** Lambda calls as a function's role, and does not tell here which function it is. It may do everything. */
  | { readonly kind: 'lambda' };

export const describeCaller = (caller: Caller): string => {
  if (caller.kind === 'service') return `${caller.principal} for ${caller.sourceArn}`;
  return caller.kind === 'role' ? caller.arn : 'lambda.amazonaws.com';
};

/** Whether a caller may do something, by its role's policies or the policy of the resource. */
export type IsCallerAllowed = (
  caller: Caller,
  action: string,
  resource: string,
  resourcePolicy: PolicyDocument | undefined,
) => boolean;

/** The check for an account whose roles have these policies. Other roles are not known here: they may do anything. */
export const checkCallers =
  (rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>, accountId: string): IsCallerAllowed =>
  (caller, action, resource, resourcePolicy) => {
    if (caller.kind === 'lambda') return true;
    const isRole = caller.kind === 'role';
    const principalArn = isRole ? caller.arn : caller.principal;
    const context = {
      'aws:PrincipalAccount': isRole ? accountId : undefined,
      'aws:PrincipalArn': isRole ? principalArn : undefined,
      // AWS's services call each other over TLS.
      'aws:SecureTransport': 'true',
      'aws:SourceAccount': isRole ? undefined : accountId,
      'aws:SourceArn': isRole ? undefined : caller.sourceArn,
    };
    const identity = isRole ? rolePolicies.get(caller.arn) : [];
    const policy = isRole ? resourcePolicy : asCallers(resourcePolicy);
    return evaluate({ principalArn, action, resource, context }, identity, policy).allowed;
  };

/** Services stand in a policy as principals of a kind of their own; the evaluation knows callers by one name. */
const asCallers = (policy: PolicyDocument | undefined): PolicyDocument | undefined =>
  policy && { ...policy, Statement: statementsOf(policy).map(asCaller) };

const asCaller = (statement: PolicyStatement): PolicyStatement => {
  const { Principal } = statement;
  if (typeof Principal !== 'object' || Principal === null) return statement;
  const { Service = [], AWS = [] } = Principal as Readonly<Record<string, unknown>>;
  return { ...statement, Principal: { AWS: [Service, AWS].flat() } };
};
