import { hash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import type { RestoreOwners } from '../../../shared/domain/restore.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { damaged } from '../../../shared/domain/vault/errors.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { ServiceError } from '../../../shared/errors.ts';
import { keyMissing, MoverError } from '../errors.ts';
import { joinPath } from '../file-system-path.ts';
import type { MoverProgress, ObjectSource } from '../ports.ts';
import { WorkerPool } from '../threads/worker-pool.ts';
import { type FindKeys, fetchManifest } from './fetch-manifest.ts';
import { OpenFiles } from './open-files.ts';
import { wrongSize } from './pack-fetch.ts';
import { PlacedPacks } from './placed-packs.ts';
import { type PlannedEntries, planEntries } from './plan-entries.ts';
import { planExtents } from './plan-extents.ts';
import { ProvenLeaves } from './proven-leaves.ts';
import { ReservedSpace } from './reserved-space.ts';
import { type DamageReport, isDamage, RestoreDamage } from './restore-damage.ts';
import { RestoreDestination } from './restore-destination.ts';
import { diskOf } from './restore-disk.ts';
import { layOutTree } from './restore-layout.ts';
import { applyMetadata, type MetadataOutcome } from './restore-metadata.ts';
import { requireOwners } from './restore-owners.ts';
import { packsForeseen, placePacks } from './restore-packs.ts';
import { RestoreProgress } from './restore-progress.ts';
import { RestoreSelection } from './restore-selection.ts';
import { requireSpace } from './restore-space.ts';
import { RestoreWork, type UseFile, type WorkObject } from './restore-work.ts';
import { FileVerification } from './verify-files.ts';

export interface RestoreInput {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly manifestSha256: string;
  readonly source: ObjectSource;
  /** Absent: only what is not encrypted can be restored. */
  readonly findKeys?: FindKeys;
  /** A new folder, or one that an unfinished restore of the same order left; its parent folder exists. */
  readonly destination: string;
  /** Raw bytes, relative to the mount: files, or folders with all below them. Absent: the whole snapshot. */
  readonly paths?: readonly Buffer[];
  /** Absent: everything belongs to whom it belonged to. */
  readonly owners?: RestoreOwners;
  readonly onProgress?: (progress: MoverProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RestoredSnapshot extends MetadataOutcome {
  /** Restored, each file counted once. */
  readonly files: number;
  readonly bytes: number;
  /** Sockets, pipes and devices of the snapshot, which are not made again. */
  readonly skipped: number;
  /** Files that are not there, because what they need in the vault is not what was stored. */
  readonly damage?: DamageReport;
}

/**
 * Brings a snapshot, or some of its files, back to a folder. What was fetched is verified frame by frame, and every file
 * is read back and verified before the restore counts as done (docs/adr/0015). Files that need what is damaged in the vault are left
 * out and reported; all others are restored. An interrupted restore is taken up by calling again: what is right on the
 * disk is not fetched again. Throws ServiceError VAULT_… for what is wrong in the vault when that costs everything,
 * MoverError RESTORE_… for what is wrong here or with the order, and whatever the source throws.
 */
export async function restoreSnapshot(input: RestoreInput): Promise<RestoredSnapshot> {
  const { mountId, uploadId, manifestSha256, source, signal, paths = [Buffer.alloc(0)], owners } = input;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: manifestSha256 });
  const identity = { mountId, uploadId, manifestSha256, orderSha256: hashOrder(paths, owners) };
  const destination = await RestoreDestination.find(input.destination, identity);
  await destination.tidy();
  try {
    const { findKeys = refuseEncrypted } = input;
    const scratch = destination.scratch('manifest');
    const { rows, keys } = await fetchManifest(source, key, manifestSha256, scratch, findKeys);
    signal?.throwIfAborted();
    await requireOwners(owners, destination.scratch('owners'));
    return await withWork(destination, async (work) => {
      const planned = await planEntries(rows, key, new RestoreSelection(paths), work);
      assertSameSnapshot(planned, input, key);
      const roomBytes = await requireSpace(destination, work);
      await destination.begin();
      const space = new ReservedSpace();
      try {
        await layOutTree(destination, work, { space, signal });
        const { skipped } = planned;
        return await restorePlanned(input, { key, keys, destination, work, skipped, roomBytes, space });
      } finally {
        // After a failure too: the process that reserves it must not outlive this.
        await space.finish();
      }
    });
  } catch (error) {
    if (!(error instanceof StalePlaced)) throw error;
    await rm(destination.scratch('placed'));
    return restoreSnapshot(input);
  } finally {
    await destination.tidy();
  }
}

/** Files that an earlier attempt is said to have brought are not what they should be: everything is looked at again. */
class StalePlaced extends Error {}

const hashOrder = (paths: readonly Buffer[], owners: RestoreOwners | undefined): string =>
  hash('sha256', JSON.stringify([paths.map((path) => path.toString('base64')).sort(), owners ?? null]));

async function withWork<T>(
  destination: RestoreDestination,
  act: (work: RestoreWork) => Promise<T>,
): Promise<T> {
  const work = new RestoreWork(destination.scratch('work'));
  try {
    return await act(work);
  } finally {
    work.close();
  }
}

function assertSameSnapshot(
  { header }: PlannedEntries,
  { mountId, uploadId }: RestoreInput,
  key: string,
): void {
  if (header.mountId === mountId && header.uploadId === uploadId) return;
  throw damaged(key, `is the manifest of upload ${header.uploadId} of mount ${header.mountId}`);
}

/** Without keys nothing of it can be read. */
const refuseEncrypted: FindKeys = async ({ mountId, encryption }) => {
  if (!encryption) return undefined;
  throw keyMissing(`mount ${mountId}`, encryption.keyId);
};

interface Planned {
  readonly key: string;
  readonly keys: MountKeys | undefined;
  readonly destination: RestoreDestination;
  readonly work: RestoreWork;
  readonly skipped: number;
  /** On the disk, beside the files. */
  readonly roomBytes: number;
  /** Of the files, asked for and not all there yet. */
  readonly space: ReservedSpace;
}

async function restorePlanned(input: RestoreInput, planned: Planned): Promise<RestoredSnapshot> {
  const { destination, work, skipped, key, keys } = planned;
  const { folder } = destination;
  const { source, signal, mountId } = input;
  const [files, pool, damage] = [
    new OpenFiles(),
    new WorkerPool(undefined, keys && { content: keys.content }),
    new RestoreDamage(),
  ];
  const placed = await PlacedPacks.open(destination.scratch('placed'), work);
  const totals = work.totals();
  const progress = new RestoreProgress(totals, input.onProgress ?? (() => {}));
  const useFile: UseFile = (file, act) =>
    files.use({ path: joinPath(folder, file.path), size: file.size }, act);
  const proven = new ProvenLeaves(destination.scratch('leaves'), planned.roomBytes);
  const common = { source, work, damage, proven, useFile, pool, signal };
  const verification = new FileVerification({ ...common, onFileDone: () => progress.addFile() });
  try {
    const keyOf = (kind: 'map' | 'pack') => (object: WorkObject) =>
      formatVaultKey({ kind, mountId, uploadId: object.owner, number: object.number, sha256: object.sha256 });
    const onBytesDone = (bytes: number) => progress.addBytes(bytes);
    /** With the URLs of the last maps come those of the first packs: a call to the service less before their first byte. */
    const fetchMap = (map: WorkObject, next: readonly WorkObject[]) => {
      const firstPacks = () => work.packsAfter(0, packsForeseen).map(keyOf('pack'));
      source.foresee?.(() => [...next.map(keyOf('map')), ...firstPacks()]);
      return fetchVerified(source, keyOf('map')(map), map);
    };
    await planExtents({
      ...common,
      manifestKey: key,
      keyOf: keyOf('map'),
      fetchMap,
      guardOf: (map) => keys?.of('map', map),
      disk: diskOf({ useFile, pool, isResumed: destination.isResumed }),
      onBytesDone,
    });
    // Before the first content. Until here it took its time while maps were fetched.
    await planned.space.finish();
    await placePacks({
      ...common,
      keyOf: keyOf('pack'),
      keysOf: (pack) => keys?.of('pack', pack),
      onBytesDone,
      onPlaced: (pack) => placed.add(pack),
      onDone: ({ id }) => verification.add(id),
    });
    verification.add(null);
    await verification.end().catch((error: unknown) => {
      const mayBeStale =
        placed.count > 0 && error instanceof MoverError && error.code === 'RESTORE_VERIFICATION_FAILED';
      throw mayBeStale ? new StalePlaced() : error;
    });
    await files.close();
    const report = await removeDamaged(folder, work, damage);
    const outcome = await applyMetadata({ folder, work, damage, owners: input.owners, signal });
    await destination.complete();
    const restored = {
      files: totals.files - damage.count,
      bytes: totals.bytes - (report?.bytesDamaged ?? 0),
    };
    return { ...restored, skipped, ...outcome, ...(report && { damage: report }) };
  } finally {
    await placed.close();
    await pool.close();
    await verification.stop();
    proven.close();
    await files.close();
  }
}

/** How many files an error names. */
const maxNamed = 20;

/** What is not what was backed up must not lie there as if it were. When that is everything, the restore has failed. */
async function removeDamaged(
  folder: string,
  work: RestoreWork,
  damage: RestoreDamage,
): Promise<DamageReport | undefined> {
  if (!damage.first) return undefined;
  const report = damage.report(work);
  if (damage.count === work.totals().files) throw nothingLeft(damage.first, report);
  for (const { path } of damage.names(work)) await rm(joinPath(folder, path), { force: true });
  return report;
}

function nothingLeft({ code, message, details }: ServiceError, { files, filesDamaged }: DamageReport) {
  const names = files.slice(0, maxNamed).map(({ path }) => path.toString());
  const more = filesDamaged > names.length ? ` and ${filesDamaged - names.length} more` : '';
  return new ServiceError(code, `${message} (needed for ${names.join(', ')}${more})`, {
    details: { ...details, files: names, filesAffected: filesDamaged },
  });
}

/** A second time when it is not what was stored, for it may have been changed on the way. */
async function fetchVerified(source: ObjectSource, key: string, object: WorkObject): Promise<Buffer> {
  const fetch = async () => {
    const bytes = await source.get(key);
    if (bytes.length !== object.storedBytes) throw wrongSize(key, bytes.length, object.storedBytes);
    if (sha256Hex(bytes) !== object.sha256) throw damaged(key, 'is not what was stored: it has another hash');
    return bytes;
  };
  return fetch().catch((error: unknown) => {
    if (!isDamage(error)) throw error;
    return fetch();
  });
}
