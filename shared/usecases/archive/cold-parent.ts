import { isFrozenClass } from '../../domain/archive/archive-class.ts';
import { toMillis } from '../../domain/instant.ts';
import type { Upload } from '../../domain/upload.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { compareRefs, type ObjectRef, refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import type { ParentDamage } from '../uploads/damaged-parent.ts';
import { storageOf } from './storage-of.ts';

/** The least that `coldAfterDays` may be: what is younger was never marked, under whatever setting. */
const leastColdDays = 30;
const dayMillis = 86_400_000;
/** An answer has at most 6 MB; of more, nothing of the parent is named. */
const mostPacks = 20_000;

/**
 * An upload with those packs of its parent that are frozen, or may be marked to be: a new backup must not come to depend on a thaw.
 * Only where the newest point was deleted and the head is one of those that packs were moved from under (`coldThrough`).
 */
export async function tellCold<Told extends Upload & ParentDamage>(
  {
    catalog,
    vault,
    clock,
  }: {
    readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>;
    readonly vault: Pick<Vault, 'read' | 'listStorage'>;
    readonly clock: Clock;
  },
  upload: Told,
): Promise<Told | (Told & ParentDamage)> {
  const { mountId, parent, state } = upload;
  if (parent === undefined || state !== 'open') return upload;
  const { coldThrough } = (await catalog.mounts.find(mountId)) ?? {};
  if (coldThrough === undefined) return upload;
  const point = await catalog.recoveryPoints.find(parent.uploadId);
  if (point === undefined || point.seq > coldThrough) return upload;
  const packs = await packsOf(vault, upload.mountId, parent);
  const now = toMillis(clock.now());
  const stored = await storageOf(vault, [...packs.keys()]);
  const cold = stored
    .filter(
      ({ storageClass, storedAt }) =>
        isFrozenClass(storageClass) || now - toMillis(storedAt) >= leastColdDays * dayMillis,
    )
    .flatMap(({ key }) => packs.get(key) ?? []);
  if (cold.length === 0) return upload;
  const known = new Map([...(upload.damagedPacks ?? []), ...cold].map((ref) => [refKey(ref), ref]));
  if (known.size > mostPacks) return { ...upload, avoidsParent: true };
  return { ...upload, damagedPacks: [...known.values()].sort(compareRefs) };
}

async function packsOf(
  vault: Pick<Vault, 'read'>,
  mountId: Upload['mountId'],
  { uploadId, manifestSha256: sha256 }: NonNullable<Upload['parent']>,
): Promise<Map<string, ObjectRef>> {
  const manifest = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
  const source = await vault.read(manifest);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${manifest} is not in the vault`);
  const { objects } = await readManifestHead(source, manifest);
  return new Map(
    objects
      .filter(({ kind }) => kind === 'pack')
      .map(({ kind, owner, number, sha256: hash }) => [
        formatVaultKey({ kind, mountId, uploadId: owner, number, sha256: hash }),
        { owner, number },
      ]),
  );
}
