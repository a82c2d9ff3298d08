import type { FileHandle } from 'node:fs/promises';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import { sha256Hex } from '../../shared/domain/vault/digest.ts';
import { damaged } from '../../shared/domain/vault/errors.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import type { ObjectRow } from '../../shared/domain/vault/manifest-rows.ts';
import { joinPath } from './file-system-path.ts';
import { OpenFiles } from './open-files.ts';
import type { MoverProgress, ObjectSource } from './ports.ts';
import { RestoreDestination } from './restore-destination.ts';
import { layOutTree } from './restore-layout.ts';
import { readMaps } from './restore-maps.ts';
import { applyMetadata, type MetadataOutcome } from './restore-metadata.ts';
import { placePacks } from './restore-packs.ts';
import { RestoreProgress } from './restore-progress.ts';
import { RestoreWork, type WorkFile } from './restore-work.ts';
import { verifyFiles } from './verify-files.ts';
import { WorkerPool } from './worker-pool.ts';

export interface RestoreInput {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly manifestSha256: string;
  readonly source: ObjectSource;
  /** A new folder, or one that an unfinished restore of the same snapshot left; its parent folder exists. */
  readonly destination: string;
  readonly onProgress?: (progress: MoverProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RestoredSnapshot extends MetadataOutcome {
  readonly files: number;
  readonly bytes: number;
  /** Sockets, pipes and devices of the snapshot, which are not made again. */
  readonly skipped: number;
}

/**
 * Brings a snapshot back to a folder. What was fetched is verified by hash, and every file is read back and verified
 * before the restore counts as done. An interrupted restore is taken up by calling again: what is right on the disk is
 * not fetched again. Throws ServiceError VAULT_… for what is wrong in the vault (naming the object and the files that
 * need it), MoverError RESTORE_… for what is wrong here, and whatever the source throws.
 */
export async function restoreSnapshot(input: RestoreInput): Promise<RestoredSnapshot> {
  const { mountId, uploadId, manifestSha256, signal } = input;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: manifestSha256 });
  const manifest = { key, bytes: await fetchVerified(input.source, key, manifestSha256) };
  signal?.throwIfAborted();
  const destination = await RestoreDestination.open(input.destination, { mountId, uploadId, manifestSha256 });
  const work = new RestoreWork(destination.workFile);
  const files = new OpenFiles();
  const pool = new WorkerPool();
  try {
    const { totals, maps, packs } = await layOutTree(manifest, input, destination, work);
    const progress = new RestoreProgress(totals, input.onProgress ?? (() => {}));
    const keyOf = ({ kind, owner, number, sha256 }: ObjectRow) =>
      formatVaultKey({ kind, mountId, uploadId: owner, number, sha256 });
    const transfer = {
      source: input.source,
      keyOf,
      fetchWhole: (row: ObjectRow) => fetchVerified(input.source, keyOf(row), row.sha256, row.storedBytes),
      useFile: <T>(file: WorkFile, act: (handle: FileHandle) => Promise<T>) =>
        files.use(joinPath(destination.folder, file.path), act),
      onBytesDone: (bytes: number) => progress.addBytes(bytes),
      work,
      pool,
      signal,
    };
    const resumeWith = destination.isResumed ? pool : undefined;
    await readMaps({ ...transfer, manifestKey: key, maps, packs, resumeWith });
    await placePacks({ ...transfer, packs });
    await verifyFiles({ ...transfer, onFileDone: () => progress.addFile() });
    await files.close();
    const outcome = await applyMetadata(destination.folder, manifest);
    await destination.complete();
    return { files: totals.files, bytes: totals.bytes, skipped: totals.skipped, ...outcome };
  } finally {
    await pool.close();
    await files.close();
    work.close();
  }
}

async function fetchVerified(
  source: ObjectSource,
  key: string,
  sha256: string,
  storedBytes?: number,
): Promise<Buffer> {
  const bytes = await source.get(key);
  const isRight = sha256Hex(bytes) === sha256 && (storedBytes === undefined || bytes.length === storedBytes);
  if (!isRight) throw damaged(key, `is not what was stored (${bytes.length} bytes with another hash)`);
  return bytes;
}
