import { describe, expect, it } from 'vitest';
import { formatToken, hashSecret, isValidSecret, readAuthorization } from '../../shared/domain/credential.ts';
import type { CredentialId } from '../../shared/domain/ids.ts';
import { addMillis, toInstant } from '../../shared/domain/instant.ts';
import type { Credential } from '../../shared/domain/store.ts';

const credentialId = 'key-01J00000000000000000000000' as CredentialId;
const now = toInstant(Date.UTC(2026, 5, 1));
const credential: Credential = {
  credentialId,
  role: 'viewer',
  description: 'test',
  secretSha256: hashSecret('s3cret'),
  createdAt: now,
};

describe('readAuthorization', () => {
  it('reads a Bearer token', () => {
    expect(readAuthorization(`Bearer ${formatToken(credentialId, 'a.b')}`)).toEqual({
      credentialId,
      secret: 'a.b',
    });
  });

  it('reads Basic id:secret, so that curl -u works', () => {
    const header = `Basic ${Buffer.from(`${credentialId}:s:x`).toString('base64')}`;

    expect(readAuthorization(header)).toEqual({ credentialId, secret: 's:x' });
  });

  it.each([
    '',
    'Bearer',
    'Bearer abc.def',
    'Digest x',
    `${credentialId}.secret`,
    'Basic !!!!',
    'Bearer .secret',
  ])('knows no credential in %j', (header) => {
    expect(readAuthorization(header)).toBeUndefined();
  });
});

describe('isValidSecret', () => {
  it('takes the secret of a credential in force', () => {
    expect(isValidSecret(credential, 's3cret', now)).toBe(true);
  });

  it('refuses another secret', () => {
    expect(isValidSecret(credential, 's3creT', now)).toBe(false);
  });

  it('refuses a revoked credential', () => {
    expect(isValidSecret({ ...credential, revokedAt: now }, 's3cret', now)).toBe(false);
  });

  it('refuses from the moment of expiry on', () => {
    const expiring = { ...credential, expiresAt: addMillis(now, 1) };

    expect(isValidSecret(expiring, 's3cret', now)).toBe(true);
    expect(isValidSecret(expiring, 's3cret', addMillis(now, 1))).toBe(false);
  });
});
