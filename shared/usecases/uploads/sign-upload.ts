import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Upload } from '../../domain/upload.ts';
import { formatVaultKey, type VaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignedRequest, Vault } from '../../ports/vault.ts';
import { findUpload, ownStoreFilter } from '../access/find-owned.ts';
import { requireInForce } from '../stores/require-in-force.ts';

/** The bucket policy refuses signatures that are older than 15 minutes. */
const urlSeconds = 900;
/** An upload that has asked for nothing for so long may be closed by whoever needs the mount. */
export const leaseMillis = 2 * 3_600_000;

export interface ObjectToStore {
  readonly kind: 'pack' | 'map' | 'log' | 'manifest';
  /** 0 for the manifest. */
  readonly number: number;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Refuses unless the upload is open and the fence is its own. */
export function requireOpen(upload: Upload, fence: number, now: Instant): void {
  if (upload.fence !== fence) {
    throw new ServiceError(
      'UPLOAD_FENCED',
      `upload ${upload.uploadId} has fence ${upload.fence}, not ${fence}`,
    );
  }
  if (upload.state !== 'open') {
    throw new ServiceError(
      'UPLOAD_STATE_CONFLICT',
      `upload ${upload.uploadId} is ${upload.state}, not open`,
      {
        details: { state: upload.state },
      },
    );
  }
  if (upload.deadline <= now) {
    throw new ServiceError(
      'UPLOAD_DEADLINE_PASSED',
      `upload ${upload.uploadId} had to end by ${upload.deadline}`,
    );
  }
}

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads' | 'stores'>;
  readonly vault: Pick<Vault, 'signPut'>;
  readonly clock: Clock;
}

/**
 * Signs one PUT for each object under the upload's own prefix, in the order asked. The key carries the hash that the
 * signature makes S3 check, so what lies at a key is what its name says. `urlUntil` is raised first: no URL may
 * outlive what the catalog knows of it (PROTOCOL 5).
 */
export async function signUpload(
  { catalog, vault, clock }: Dependencies,
  caller: Caller,
  input: { uploadId: UploadId; fence: number; objects: readonly ObjectToStore[] },
): Promise<{ expiresAt: Instant; urls: (SignedRequest & { key: string })[] }> {
  const { uploadId, fence } = input;
  await requireInForce(catalog, caller);
  const now = clock.now();
  const urlUntil = addMillis(now, urlSeconds * 1000);
  const until = { urlUntil, leaseUntil: addMillis(now, leaseMillis) };
  const expected = { ...ownStoreFilter(caller, undefined), fence, now };
  // Packs come one by one, each with a call of its own: the write that is needed anyway checks the upload and answers it.
  const upload = await catalog.uploads.extend(uploadId, expected, until);
  if (upload === undefined) throw await refusalOf(catalog, caller, { uploadId, fence, now });
  const urls = await Promise.all(
    input.objects.map(async ({ sha256, sizeBytes, ...object }) => {
      const key = formatVaultKey(keyOf(upload, { ...object, sha256, sizeBytes }));
      const signed = await vault.signPut({ key, sha256, sizeBytes, signedAt: now, validSeconds: urlSeconds });
      return { key, ...signed };
    }),
  );
  return { expiresAt: urlUntil, urls };
}

/** Why the upload was not extended; throws what is wrong with it as it is now. */
async function refusalOf(
  catalog: Pick<Catalog, 'uploads'>,
  caller: Caller,
  { uploadId, fence, now }: { uploadId: UploadId; fence: number; now: Instant },
): Promise<ServiceError> {
  requireOpen(await findUpload(catalog, caller, uploadId), fence, now);
  return new ServiceError('UPLOAD_STATE_CONFLICT', `upload ${uploadId} changed while URLs were asked for`);
}

function keyOf({ mountId, uploadId }: Upload, { kind, number, sha256 }: ObjectToStore): VaultKey {
  if (kind === 'manifest') return { kind, mountId, uploadId, sha256 };
  return { kind, mountId, uploadId, number, sha256 };
}
