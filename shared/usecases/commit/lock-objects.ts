import type { Instant } from '../../domain/instant.ts';
import { type LockSettings, lockedUntil } from '../../domain/lock.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { type CommitRun, type CommittingUpload, findCommitting } from './find-committing.ts';

/** At about 20 ms each, 32 at once, some seconds; the largest snapshot takes 50 calls. */
const objectsPerCall = 10_000;
const atOnce = 32;

export interface LockProgress {
  readonly lockedUntil: Instant;
  /** How many objects are behind it; absent when all are. */
  readonly next?: number;
}

/**
 * A step of a commit where the vault has Object Lock: everything that the snapshot needs is locked before it becomes a
 * recovery point, its parent's packs too (a lock that only new packs get would leave the oldest ones, still needed, without). What the parent
 * has locked as long already is left out. Repeats change nothing; call again with `next` until it is absent.
 */
export async function lockObjects(
  {
    catalog,
    vault,
    lock,
  }: { catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>; vault: LockVault; lock: LockSettings },
  run: CommitRun & { from?: number | undefined },
): Promise<LockProgress> {
  const upload = await findCommitting(catalog, run);
  const until = lockedUntil(upload.commit.requestedAt, lock);
  const parent = upload.parent && (await catalog.recoveryPoints.find(upload.parent.uploadId));
  const isStepOfParent = parent?.lockedUntil !== undefined && until <= parent.lockedUntil;
  const keys = await keysOf(vault, upload, isStepOfParent);
  const from = run.from ?? 0;
  const rest = keys.slice(from, from + objectsPerCall);
  await mapAtOnce(rest, atOnce, (key) => vault.extendLock(key, { mode: lock.mode, until }));
  const next = from + rest.length;
  return { lockedUntil: until, ...(next < keys.length && { next }) };
}

type LockVault = Pick<Vault, 'read' | 'extendLock'>;

/** The keys of the manifest, and of what it names: packs, map bundles and its own logs. */
async function keysOf(
  vault: Pick<Vault, 'read'>,
  { mountId, uploadId, commit }: CommittingUpload,
  ownOnly: boolean,
): Promise<string[]> {
  const manifest = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: commit.manifestSha256 });
  const source = await vault.read(manifest);
  if (source === undefined)
    throw new ServiceError('COMMIT_OBJECT_MISSING', `${manifest} is not in the vault`);
  const { objects, logs } = await readManifestHead(source, manifest);
  const wanted = ownOnly ? objects.filter(({ owner }) => owner === uploadId) : objects;
  return [
    manifest,
    ...wanted.map(({ kind, owner, number, sha256 }) =>
      formatVaultKey({ kind, mountId, uploadId: owner, number, sha256 }),
    ),
    ...logs.map(({ number, sha256 }) => formatVaultKey({ kind: 'log', mountId, uploadId, number, sha256 })),
  ];
}
