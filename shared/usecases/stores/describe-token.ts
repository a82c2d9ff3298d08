import { isValidSecret, readAuthorization } from '../../domain/credential.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

export type TokenStatus =
  | { readonly status: 'in-force' | 'unknown' }
  | { readonly status: 'replaced' | 'revoked'; readonly since: Instant };

/**
 * Tells the holder of a store's token what became of it, for the authorizer can only refuse. Whoever has not the whole
 * secret learns nothing.
 */
export async function describeToken(
  { catalog, clock }: { catalog: Pick<Catalog, 'credentials' | 'stores'>; clock: Clock },
  token: string,
): Promise<TokenStatus> {
  const presented = readAuthorization(`Bearer ${token}`);
  const credential = presented && (await catalog.credentials.find(presented.credentialId));
  if (!credential || credential.storeId === undefined) return { status: 'unknown' };
  const { revokedAt, ...unrevoked } = credential;
  if (!isValidSecret(unrevoked, presented.secret, clock.now())) return { status: 'unknown' };
  const store = await catalog.stores.find(credential.storeId);
  if (store?.credentialId !== undefined && store.credentialId !== credential.credentialId) {
    return { status: 'replaced', since: revokedAt ?? store.activatedAt ?? clock.now() };
  }
  return revokedAt === undefined ? { status: 'in-force' } : { status: 'revoked', since: revokedAt };
}
