import { formatToken, hashSecret } from '../../domain/credential.ts';
import type { StoreId } from '../../domain/ids.ts';
import { negotiateVersion, protocolVersions } from '../../domain/protocol-version.ts';
import type { ActivationCode, Credential, Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';

/** The version to speak with a gateway. Throws GATEWAY_TOO_OLD, SERVICE_TOO_OLD. */
export const agreeOnProtocol = (spoken: {
  readonly protocolVersion: number;
  readonly oldestProtocolVersion?: number | undefined;
}): number => {
  const { protocolVersion: newest, oldestProtocolVersion: oldest = newest } = spoken;
  return negotiateVersion({ gateway: { oldest, newest }, service: protocolVersions });
};

/** Checked before the code is used, for using it ends the token of its store. */
function requireFitting({ storeId, isReplacement }: ActivationCode, known: StoreId | undefined): void {
  if (known !== undefined && known !== storeId) {
    throw new ServiceError(
      'ACTIVATION_STORE_MISMATCH',
      `the code is for the store ${storeId}, but the data directory belongs to ${known}`,
    );
  }
  if (known !== undefined && isReplacement) {
    throw new ServiceError(
      'ACTIVATION_STORE_MISMATCH',
      `the code is for new hardware that replaces the store ${storeId}, but the data directory is that of its gateway`,
      {
        hint: 'Use it with an empty data directory, or POST /v1/stores/{storeId}/activation-codes for this gateway.',
      },
    );
  }
}

/**
 * Turns an activation code into the store's token, once. Throws ACTIVATION_REFUSED without saying which check failed, and
 * ACTIVATION_STORE_MISMATCH to whoever has a good code in the wrong place.
 */
export async function activateStore(
  { catalog, clock, ids }: { catalog: Pick<Catalog, 'stores'>; clock: Clock; ids: Ids },
  input: {
    code: string;
    protocolVersion: number;
    oldestProtocolVersion?: number | undefined;
    storeId?: StoreId | undefined;
  },
): Promise<{ store: Store; token: string }> {
  agreeOnProtocol(input);
  const refused = () => new ServiceError('ACTIVATION_REFUSED', 'the activation code is not valid');
  const code = await catalog.stores.findActivationCode(hashSecret(input.code));
  if (code === undefined) throw refused();
  requireFitting(code, input.storeId);

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
