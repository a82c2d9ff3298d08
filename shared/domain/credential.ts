import { createHash, timingSafeEqual } from 'node:crypto';
import type { CredentialId } from './ids.ts';
import { idPatterns } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Credential } from './store.ts';

/** SHA-256 (hex) of a secret. The secrets are 256 random bits, so a slow hash would add nothing. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The text a client sends as `Bearer`: id and secret in one. */
export const formatToken = (credentialId: CredentialId, secret: string): string =>
  `${credentialId}.${secret}`;

/** Id and secret of an Authorization header (`Bearer id.secret`, or `Basic` with `id:secret`), if it is one of these. */
export function readAuthorization(
  header: string,
): { credentialId: CredentialId; secret: string } | undefined {
  const [scheme = '', value = ''] = header.trim().split(/ +/, 2);
  const isBasic = scheme.toLowerCase() === 'basic';
  if (!isBasic && scheme.toLowerCase() !== 'bearer') return undefined;
  const token = isBasic ? Buffer.from(value, 'base64').toString('utf8') : value;
  const cut = token.indexOf(isBasic ? ':' : '.');
  const credentialId = token.slice(0, Math.max(cut, 0));
  if (!idPatterns.credential.test(credentialId)) return undefined;
  return { credentialId: credentialId as CredentialId, secret: token.slice(cut + 1) };
}

/** Whether a credential is in force at `now` and the secret is its secret; compared in constant time. */
export function isValidSecret(credential: Credential, secret: string, now: Instant): boolean {
  const isSame = timingSafeEqual(
    Buffer.from(hashSecret(secret), 'hex'),
    Buffer.from(credential.secretSha256, 'hex'),
  );
  const isInForce =
    credential.revokedAt === undefined && (credential.expiresAt === undefined || now < credential.expiresAt);
  return isSame && isInForce;
}
