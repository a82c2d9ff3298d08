import type { PolicyDocument, PolicyStatement } from '../services.ts';
import { findConditionFault, operandList } from './conditions.ts';
import { matchesAction, statementsOf, textList } from './evaluate.ts';
import { findPrincipalFault } from './principals.ts';

/** What the service that evaluates a policy can carry out. */
export interface PolicyRules {
  readonly kind: 'identity' | 'resource';
  /** Prefix of the service's actions, for example `s3`. */
  readonly service: string;
  /**
   * Condition keys that the service puts into the request's context, as AWS writes them. One that ends in `/*`
   * stands for all that begin so: the keys of tags.
   */
  readonly conditionKeys: readonly string[];
}

/** A policy that would not be enforced as AWS enforces it. */
export class PolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}

const ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];
const TOP_ELEMENTS = ['Version', 'Id', 'Statement'];
const VERSIONS = ['2012-10-17', '2008-10-17'];

/**
 * Throws PolicyError, naming statement and element, for anything that `evaluate` does not carry out exactly:
 * a deny that is ignored locally would only be found missing, or missed, in AWS. Statements of an identity
 * policy that concern other services only are left to those.
 */
export function validatePolicy(policy: PolicyDocument, rules: PolicyRules): void {
  const unknown = Object.keys(policy).find((element) => !TOP_ELEMENTS.includes(element));
  if (unknown !== undefined) throw new PolicyError(`The policy element ${unknown} is not supported.`);
  if (policy.Version !== undefined && !VERSIONS.includes(policy.Version)) {
    throw new PolicyError(`Policy version ${policy.Version} is unknown; use 2012-10-17.`);
  }
  const statements = statementsOf(policy);
  if (policy.Statement === undefined) throw new PolicyError('Missing required field Statement');
  if (statements.length === 0) throw new PolicyError('The policy has no statement.');
  for (const [index, statement] of statements.entries()) {
    if (typeof statement !== 'object' || statement === null)
      throw new PolicyError('A statement is no object.');
    const fault = concerns(statement, rules) ? findStatementFault(statement, rules) : undefined;
    if (fault !== undefined) {
      throw new PolicyError(`Statement ${statement.Sid ?? index + 1} of the ${rules.kind} policy: ${fault}.`);
    }
  }
}

function findStatementFault(statement: PolicyStatement, rules: PolicyRules): string | undefined {
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.includes(element));
  if (unknown !== undefined) return `the element ${unknown} is not supported`;
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return 'Effect must be Allow or Deny';
  if ((statement.Action === undefined) === (statement.NotAction === undefined)) {
    return 'one of Action and NotAction is needed';
  }
  if ((statement.Resource === undefined) === (statement.NotResource === undefined)) {
    return 'one of Resource and NotResource is needed';
  }
  return findTextFault(statement) ?? findKindFault(statement, rules) ?? findBlockFault(statement, rules);
}

function findTextFault(statement: PolicyStatement): string | undefined {
  const { Action, NotAction, Resource, NotResource } = statement;
  for (const [name, value] of Object.entries({ Action, NotAction, Resource, NotResource })) {
    const texts: readonly unknown[] = textList(value);
    if (value !== undefined && texts.length === 0) return `${name} is empty`;
    const wrong = texts.find((text) => typeof text !== 'string');
    if (wrong !== undefined) return `${name} holds ${JSON.stringify(wrong)}, which is not text`;
  }
  const variable = JSON.stringify(statement).match(/\$\{[^}]*\}?/)?.[0];
  return variable && `policy variables (${variable}) are not supported`;
}

function findKindFault(statement: PolicyStatement, rules: PolicyRules): string | undefined {
  if (rules.kind === 'resource') return findPrincipalFault(statement.Principal);
  return statement.Principal === undefined ? undefined : 'an identity policy has no Principal';
}

function findBlockFault(statement: PolicyStatement, rules: PolicyRules): string | undefined {
  const supported = new Set(rules.conditionKeys.map((key) => key.toLowerCase()));
  const isSupported = (key: string) =>
    supported.has(key) || (/\/./.test(key) && supported.has(key.replace(/\/.*$/s, '/*')));
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    if (typeof keys !== 'object' || keys === null) return `the condition ${operator} must name its keys`;
    for (const [key, operands] of Object.entries(keys)) {
      if (!isSupported(key.toLowerCase())) return `the condition key ${key} is not supported`;
      const fault = findConditionFault(operator, operands);
      if (fault !== undefined) return `${key}: ${fault} (values: ${operandList(operands).join(', ')})`;
    }
    if (Object.keys(keys).length === 0) return `the condition operator ${operator} names no key`;
  }
  return undefined;
}

function concerns(statement: PolicyStatement, { kind, service }: PolicyRules): boolean {
  if (kind === 'resource' || statement.Action === undefined) return true;
  // An action's prefix holds no wildcard except in "*", so a name that no action has shows which service is meant.
  return textList(statement.Action).some(
    (action) => matchesAction(action, `${service}:`) || action.toLowerCase().startsWith(`${service}:`),
  );
}
