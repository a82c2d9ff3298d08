import { protocolVersion } from '../contracts/stores.ts';
import { formatToken, hashSecret } from '../domain/credential.ts';
import type { Credential, Store } from '../domain/store.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';

/** Refuses a gateway whose protocol this service does not speak. */
export function requireProtocol(version: number): void {
  if (version === protocolVersion) return;
  throw new ServiceError(
    'PROTOCOL_UNSUPPORTED',
    `the gateway speaks protocol version ${version}, this service version ${protocolVersion}`,
  );
}

/** Turns an activation code into the store's token, once. Throws ACTIVATION_REFUSED without saying which check failed. */
export async function activateStore(
  { catalog, clock, ids }: { catalog: Pick<Catalog, 'stores'>; clock: Clock; ids: Ids },
  input: { code: string; protocolVersion: number },
): Promise<{ store: Store; token: string }> {
  requireProtocol(input.protocolVersion);
  const refused = () => new ServiceError('ACTIVATION_REFUSED', 'the activation code is not valid');
  const code = await catalog.stores.findActivationCode(hashSecret(input.code));
  if (code === undefined) throw refused();

  const secret = ids.secret();
  const now = clock.now();
  const credential: Credential = {
    credentialId: ids.credential(),
    role: 'store',
    storeId: code.storeId,
    description: 'store token',
    secretSha256: hashSecret(secret),
    createdAt: now,
  };
  const outcome = await catalog.stores.activate(code.codeSha256, credential, now);
  const store = await catalog.stores.find(code.storeId);
  if (outcome === 'refused' || store === undefined) throw refused();
  return { store, token: formatToken(credential.credentialId, secret) };
}
