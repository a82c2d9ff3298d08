import * as z from 'zod';
import { evaluate } from '../iam/evaluate.ts';
import { validatePolicy } from '../iam/validate-policy.ts';
import type { PolicyDocument } from '../services.ts';

/** What an authorizer's function said; kept in the cache. */
export interface AuthorizerAnswer {
  /** Whether the request of this ARN may pass: a policy is applied to each one anew. */
  allows(routeArn: string): boolean;
  readonly context: unknown;
}

const simpleResponse = z.object({ isAuthorized: z.boolean(), context: z.unknown().default({}) });

const statement = z.object({ Effect: z.enum(['Allow', 'Deny']) }).loose();
const policyResponse = z.object({
  principalId: z.string(),
  policyDocument: z.object({
    Version: z.string().optional(),
    Statement: z.union([statement, z.array(statement)]),
  }),
  context: z.unknown().default({}),
});

/**
 * Reads the answer: an IAM policy, or the simple form where the authorizer is configured for it.
 * @throws Error that says what is wrong with it.
 */
export function readAuthorizerAnswer(payload: string, simpleResponses: boolean): AuthorizerAnswer {
  const answer: unknown = JSON.parse(payload);
  if (simpleResponses && !hasPolicy(answer)) {
    const { isAuthorized, context } = simpleResponse.parse(answer);
    return { allows: () => isAuthorized, context };
  }
  const { policyDocument, principalId, context } = policyResponse.parse(answer);
  // Its statements are checked by what evaluates them.
  const policy = policyDocument as PolicyDocument;
  validatePolicy(policy, { kind: 'identity', service: 'execute-api', conditionKeys: [] });
  const request = { principalArn: principalId, action: 'execute-api:Invoke', context: {} };
  return { allows: (resource) => evaluate({ ...request, resource }, [policy], undefined).allowed, context };
}

function hasPolicy(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'policyDocument' in answer;
}
