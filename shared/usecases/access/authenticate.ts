import type { Caller } from '../../domain/access.ts';
import { isValidSecret, readAuthorization } from '../../domain/credential.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * Who sends an Authorization header: the caller, or undefined when the credential is unknown, wrong, expired or
 * revoked. A store's token counts only while it is the one its store was last activated with.
 */
export async function authenticate(
  { catalog, clock }: { catalog: Pick<Catalog, 'credentials' | 'stores'>; clock: Clock },
  authorization: string,
): Promise<Caller | undefined> {
  const presented = readAuthorization(authorization);
  if (presented === undefined) return undefined;
  const credential = await catalog.credentials.find(presented.credentialId);
  if (credential === undefined || !isValidSecret(credential, presented.secret, clock.now())) return undefined;

  const { credentialId, role, storeId } = credential;
  if (role !== 'store') return { credentialId, role };
  if (storeId === undefined) return undefined;
  const store = await catalog.stores.find(storeId);
  return store?.credentialId === credentialId ? { credentialId, role, storeId } : undefined;
}
