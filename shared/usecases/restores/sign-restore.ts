import type { Caller } from '../../domain/access.ts';
import type { RestoreId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import { type Restore, targetOf } from '../../domain/restore.ts';
import { formatVaultKey, parseVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { requireInForce } from '../stores/require-in-force.ts';
import { requireCurrent } from './report-restore.ts';

/** The bucket policy refuses signatures that are older than 15 minutes. */
const urlSeconds = 900;
const readableKinds = ['pack', 'map', 'manifest', 'log'];

/**
 * Signs GETs of snapshot objects for a running restore. The store of the point's mount may read objects of any snapshot of
 * that mount, since a point's packs may be any ancestor's. Another store may read the point's manifest and what stands in
 * its tables, nothing else of a mount that is not its own.
 */
export async function signRestore(
  {
    catalog,
    vault,
    clock,
  }: { catalog: Pick<Catalog, 'restores' | 'stores'>; vault: Pick<Vault, 'read' | 'signGet'>; clock: Clock },
  caller: Caller,
  input: { restoreId: RestoreId; fence: number; keys: readonly string[] },
): Promise<{ expiresAt: Instant; urls: { key: string; url: string }[] }> {
  const [restore] = await Promise.all([
    requireCurrent({ catalog }, caller, input),
    requireInForce(catalog, caller),
  ]);
  const isReadable = await readableBy(vault, restore);
  const foreign = input.keys.find((key) => !isReadable(key));
  if (foreign !== undefined) {
    throw new ServiceError(
      'FORBIDDEN',
      `${foreign} is not an object that restore ${restore.restoreId} needs`,
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

async function readableBy(
  vault: Pick<Vault, 'read'>,
  { mountId, storeId, recoveryPointId, manifestSha256, ...restore }: Restore,
): Promise<(key: string) => boolean> {
  if (targetOf({ ...restore, mountId, storeId }).storeId === storeId) {
    return (text) => {
      const key = parseVaultKey(text);
      return key !== undefined && key.mountId === mountId && readableKinds.includes(key.kind);
    };
  }
  const point = { kind: 'manifest', mountId, uploadId: recoveryPointId, sha256: manifestSha256 } as const;
  const manifest = formatVaultKey(point);
  const source = await vault.read(manifest);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${manifest} is not in the vault`);
  const { objects } = await readManifestHead(source, manifest);
  const keys = new Set(
    objects.map(({ kind, owner: uploadId, number, sha256 }) =>
      formatVaultKey({ kind, mountId, uploadId, number, sha256 }),
    ),
  );
  return (key) => key === manifest || keys.has(key);
}
