import { describeDamage, notToBeNamed } from '../../domain/damage.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Upload } from '../../domain/upload.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { type ObjectRef, refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import type { CommittingUpload } from '../commit/find-committing.ts';

/** What a gateway has to know of the parent that it builds on. */
export interface ParentDamage {
  readonly damagedPacks?: readonly ObjectRef[];
  readonly avoidsParent?: true;
}

/** An upload with what of its parent must not be named, as of now; the gateway asks again whenever a commit was refused. */
export async function tellDamage(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  upload: Upload,
): Promise<Upload & ParentDamage> {
  const { parent, state } = upload;
  if (parent === undefined || state !== 'open') return upload;
  const { damage } = (await catalog.recoveryPoints.find(parent.uploadId)) ?? {};
  if (damage === undefined) return upload;
  const packs = notToBeNamed(damage);
  return { ...upload, ...(packs === 'anything' ? { avoidsParent: true } : { damagedPacks: packs }) };
}

/**
 * Nothing that is known to be damaged is named again (PROTOCOL 2 and 8). `parent` must be as the transaction of the commit will find it.
 * Throws COMMIT_REFERENCE_INVALID.
 */
export async function requireUndamaged(
  vault: Pick<Vault, 'read'>,
  { mountId, uploadId, commit }: CommittingUpload,
  { recoveryPointId, damage }: RecoveryPoint,
): Promise<void> {
  if (damage === undefined) return;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: commit.manifestSha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('COMMIT_OBJECT_MISSING', `${key} is not in the vault`);
  const { objects } = await readManifestHead(source, key);
  const packs = notToBeNamed(damage);
  const avoided = packs === 'anything' ? undefined : new Set(packs.map(refKey));
  const named = objects.find(
    ({ owner, kind, number }) =>
      owner !== uploadId &&
      (avoided === undefined || (kind === 'pack' && avoided.has(refKey({ owner, number })))),
  );
  if (named === undefined) return;
  throw new ServiceError(
    'COMMIT_REFERENCE_INVALID',
    `${named.kind} ${refKey(named)} must not be named: of parent ${recoveryPointId} ${describeDamage(damage)}`,
  );
}
