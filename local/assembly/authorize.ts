import type { IncomingHttpHeaders } from 'node:http';
import { evaluate } from '../iam/evaluate.ts';
import { validatePolicy } from '../iam/validate-policy.ts';
import type { LocalClock, LocalCredential, PolicyDocument } from '../services.ts';
import { SignatureError } from '../sigv4/signature-error.ts';
import { jsonServiceErrorName, verifySignedRequest } from '../sigv4/verify-signed-request.ts';

/** A request to one of the JSON services, its body complete. */
export interface ServiceRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request does, in the words of IAM. */
export interface RequestedAccess {
  readonly action: string;
  /** ARNs of which the caller must be allowed one: more than one where the request does not tell which. */
  readonly anyOf: readonly string[];
}

/** A call that IAM refuses; its name is AWS's. */
class AccessError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Makes the check that a service runs on each request: the signature, and whether the caller's policies allow it.
 * @throws Error when a policy says something about the service that could not be enforced.
 */
export const authorizeRequests = (options: {
  /** Name in signatures and prefix of the actions. */
  readonly service: string;
  readonly region: string;
  readonly credentials: readonly LocalCredential[];
  readonly clock: LocalClock;
  /** Everything that the caller must be allowed. */
  readonly describe: (request: ServiceRequest) => readonly RequestedAccess[];
  /** Policies of the service's resources, where it has such. They passed `validatePolicy`. */
  readonly policyOf?: (resourceArn: string) => PolicyDocument | undefined;
}): ((request: ServiceRequest) => void) => {
  const { service, region, credentials, clock, describe, policyOf } = options;
  for (const { policies = [] } of credentials) {
    for (const policy of policies) validatePolicy(policy, { kind: 'identity', service, conditionKeys: [] });
  }
  return (request) => {
    const caller = authenticate(request, { service, region, credentials, now: clock() });
    for (const { action, anyOf } of describe(request)) {
      const isAllowed = anyOf.some((resource) => {
        const asked = { principalArn: caller.principalArn, action, resource, context: contextOf(caller) };
        return evaluate(asked, caller.policies, policyOf?.(resource)).allowed;
      });
      if (isAllowed) continue;
      throw new AccessError(
        'AccessDeniedException',
        `User: ${caller.principalArn} is not authorized to perform: ${action} on resource: ${anyOf.join(' or ')}`,
      );
    }
  };
};

/** What policies of resources may ask for. Loopback counts as a secure transport, as for buckets. */
const contextOf = ({ principalArn }: LocalCredential) => ({
  'aws:PrincipalAccount': principalArn.split(':')[4],
  'aws:PrincipalArn': principalArn,
  'aws:SecureTransport': 'true',
});

const authenticate = (
  request: ServiceRequest,
  expected: Parameters<typeof verifySignedRequest>[1],
): LocalCredential => {
  try {
    return verifySignedRequest({ ...request, target: request.url }, expected);
  } catch (error) {
    if (error instanceof SignatureError) throw new AccessError(jsonServiceErrorName(error), error.message);
    throw error;
  }
};
