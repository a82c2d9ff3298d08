/** How strongly a Principal element covers a caller. */
export type PrincipalMatch = 'exact' | 'account' | 'none';

/**
 * Matches the Principal element of a resource policy. An account (its number or its root ARN) covers all its
 * roles and users for a Deny, but only delegates for an Allow: those still need their own identity policy.
 */
export function matchPrincipal(principal: unknown, callerArn: string): PrincipalMatch {
  const names = principalNames(principal);
  const account = callerArn.split(':')[4] ?? '';
  if (names.some((name) => name === '*' || name === callerArn)) return 'exact';
  const isWholeAccount = (name: unknown) => name === account || name === `arn:aws:iam::${account}:root`;
  return account !== '' && names.some(isWholeAccount) ? 'account' : 'none';
}

/** What is wrong with a Principal element, or undefined. */
export function findPrincipalFault(principal: unknown): string | undefined {
  if (principal === '*') return undefined;
  if (typeof principal !== 'object' || principal === null || Array.isArray(principal)) {
    return 'Principal must be "*" or an object such as {"AWS": "arn:aws:iam::123456789012:role/name"}';
  }
  for (const [kind, value] of Object.entries(principal)) {
    // Services never call with a local key: such a statement is understood, and matches nobody here.
    if (kind !== 'AWS' && kind !== 'Service') return `principals of the kind ${kind} are not supported`;
    const names = asList(value);
    if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
      return `Principal ${kind} must be text or a list of texts`;
    }
    const wildcard = names.find((name) => name !== '*' && String(name).includes('*'));
    if (wildcard !== undefined) return `AWS allows no wildcard inside a principal: ${wildcard}`;
  }
  return undefined;
}

function principalNames(principal: unknown): readonly unknown[] {
  if (principal === '*') return ['*'];
  if (typeof principal !== 'object' || principal === null || !('AWS' in principal)) return [];
  return asList(principal.AWS);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
