import type { Caller } from '../domain/access.ts';
import type { RestoreId } from '../domain/ids.ts';
import { addMillis, type Instant } from '../domain/instant.ts';
import { parseVaultKey } from '../domain/vault/keys.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Vault } from '../ports/vault.ts';
import { requireCurrent } from './report-restore.ts';
import { requireInForce } from './require-in-force.ts';

/** The bucket policy refuses signatures that are older than 15 minutes. */
const urlSeconds = 900;
const readableKinds = ['pack', 'map', 'manifest', 'log'];

/**
 * Signs GETs of snapshot objects for a running restore: only keys of uploads of the restore's own mount, since a
 * point's packs may be any ancestor's.
 */
export async function signRestore(
  {
    catalog,
    vault,
    clock,
  }: { catalog: Pick<Catalog, 'restores' | 'stores'>; vault: Pick<Vault, 'signGet'>; clock: Clock },
  caller: Caller,
  input: { restoreId: RestoreId; fence: number; keys: readonly string[] },
): Promise<{ expiresAt: Instant; urls: { key: string; url: string }[] }> {
  const restore = await requireCurrent({ catalog }, caller, input);
  await requireInForce(catalog, caller);
  const foreign = input.keys.find((text) => {
    const key = parseVaultKey(text);
    return key === undefined || key.mountId !== restore.mountId || !readableKinds.includes(key.kind);
  });
  if (foreign !== undefined) {
    throw new ServiceError(
      'FORBIDDEN',
      `${foreign} is not an object of a snapshot of mount ${restore.mountId}`,
    );
  }
  const signedAt = clock.now();
  const urls = await Promise.all(
    input.keys.map(async (key) => ({
      key,
      url: await vault.signGet({ key, signedAt, validSeconds: urlSeconds }),
    })),
  );
  return { expiresAt: addMillis(signedAt, urlSeconds * 1000), urls };
}
