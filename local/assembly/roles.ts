import * as z from 'zod';
import type { Deployment } from '../cloudformation/deployment.ts';
import type { PolicyDocument } from '../services.ts';
import { parseProperties, policyDocument, withoutEffect } from './properties.ts';

const roleSchema = z.strictObject({
  ManagedPolicyArns: z.array(z.string()).default([]),
  Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: policyDocument })).default([]),
  ...withoutEffect(
    'AssumeRolePolicyDocument',
    'RoleName',
    'Description',
    'Path',
    'MaxSessionDuration',
    'Tags',
  ),
});

const policySchema = z.strictObject({
  PolicyDocument: policyDocument,
  Roles: z.array(z.string()).default([]),
  ...withoutEffect('PolicyName', 'ManagedPolicyName', 'Description', 'Path'),
});

/**
 * AWS's own managed policies that functions get from CDK. What they allow (logs, traces) has no effect here;
 * any other one is refused, because what it allows is not known here.
 */
const AWS_POLICIES = new Set([
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess',
]);

/** ARN of each role → its policies: inline ones, those attached by resources of their own, and managed ones. */
export const readRolePolicies = ({
  resources,
}: Deployment): ReadonlyMap<string, readonly PolicyDocument[]> => {
  const attached = resources
    .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
    .map((resource) => ({ arn: resource.ref, ...parseProperties(resource, policySchema) }));
  const managed = new Map(attached.map((policy) => [policy.arn, policy.PolicyDocument]));
  const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role');
  return new Map(
    roles.map((role) => {
      const { Policies, ManagedPolicyArns } = parseProperties(role, roleSchema);
      const documents = [
        ...Policies.map((policy) => policy.PolicyDocument),
        ...attached.filter(({ Roles }) => Roles.includes(role.name)).map((policy) => policy.PolicyDocument),
        ...ManagedPolicyArns.filter((arn) => !AWS_POLICIES.has(arn)).map((arn) => {
          const document = managed.get(arn);
          if (document !== undefined) return document;
          throw new Error(
            `${role.stackName}/${role.logicalId}: the local AWS does not know the policy ${arn}`,
          );
        }),
      ];
      return [role.attributes.Arn ?? role.name, documents as readonly PolicyDocument[]];
    }),
  );
};
