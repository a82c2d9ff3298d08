import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Upload } from '../../domain/upload.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import type { ObjectRow } from '../../domain/vault/manifest-rows.ts';
import { type ObjectRef, refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { findUpload } from '../access/find-owned.ts';
import { requireInForce } from '../stores/require-in-force.ts';
import { requireOpen } from './sign-upload.ts';

/** The bucket policy refuses signatures that are older than 15 minutes. */
const urlSeconds = 900;
/** The trailer and the records of 126 frames, which a usual pack has not. */
const packEndBytes = 8192;

export type ParentObject = ObjectRef & { readonly kind: 'map' | 'pack' };

export interface SignedParentObject {
  readonly url: string;
  /** The only bytes that the URL gives; all where it is absent. */
  readonly range?: { readonly from: number; readonly to: number };
}

/**
 * Signs GETs of what a store needs to build on the parent of its open upload when it has lost its own copies: the
 * manifest, map bundles, and of packs the end with the frame table. What does not stand in the parent's own tables is
 * refused, and so is the content of packs: that is a restore, which somebody has to order.
 */
export async function signParent(
  {
    catalog,
    vault,
    clock,
  }: {
    catalog: Pick<Catalog, 'uploads' | 'stores'>;
    vault: Pick<Vault, 'read' | 'signGet'>;
    clock: Clock;
  },
  caller: Caller,
  input: { uploadId: UploadId; fence: number; objects: readonly ParentObject[] },
): Promise<{
  expiresAt: Instant;
  manifest: { url: string };
  objects: readonly SignedParentObject[];
}> {
  const upload = await findUpload(catalog, caller, input.uploadId);
  await requireInForce(catalog, caller);
  const signedAt = clock.now();
  requireOpen(upload, input.fence, signedAt);
  const manifestKey = parentManifestKey(upload);
  const rows = input.objects.length > 0 ? await readTables(vault, manifestKey) : new Map<string, ObjectRow>();
  const wanted = input.objects.map((object) => {
    const row = rows.get(keyOf(object));
    if (row) return row;
    throw new ServiceError('FORBIDDEN', `${keyOf(object)} is not in the tables of the upload's parent`);
  });
  const sign = (request: { key: string; range?: { from: number; to: number } }) =>
    vault.signGet({ ...request, signedAt, validSeconds: urlSeconds });
  const signObject = async (row: ObjectRow): Promise<SignedParentObject> => {
    const key = formatVaultKey({ ...row, mountId: upload.mountId, uploadId: row.owner });
    if (row.kind === 'map') return { url: await sign({ key }) };
    const range = { from: Math.max(0, row.storedBytes - packEndBytes), to: row.storedBytes };
    return { url: await sign({ key, range }), range };
  };
  return {
    expiresAt: addMillis(signedAt, urlSeconds * 1000),
    manifest: { url: await sign({ key: manifestKey }) },
    objects: await Promise.all(wanted.map(signObject)),
  };
}

const keyOf = (object: ParentObject): string => `${object.kind} ${refKey(object)}`;

function parentManifestKey({ uploadId, mountId, parent }: Upload): string {
  if (!parent) throw new ServiceError('REQUEST_INVALID', `upload ${uploadId} has no parent`);
  const { manifestSha256: sha256 } = parent;
  return formatVaultKey({ kind: 'manifest', mountId, uploadId: parent.uploadId, sha256 });
}

async function readTables(vault: Pick<Vault, 'read'>, key: string): Promise<Map<string, ObjectRow>> {
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const { objects } = await readManifestHead(source, key);
  return new Map(objects.map((row) => [keyOf(row), row]));
}
