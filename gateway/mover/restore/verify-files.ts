import { fileDigest, segmentCount } from '../../../shared/domain/vault/digest.ts';
import { MoverError } from '../errors.ts';
import { mapInOrder } from '../in-order.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { digestSegmentOnDisk } from './disk-digest.ts';
import type { RestoreDamage } from './restore-damage.ts';
import type { RestoreWork, UseFile, WorkFile } from './restore-work.ts';

export interface VerifyInput {
  readonly work: RestoreWork;
  readonly damage: RestoreDamage;
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly onFileDone: () => void;
  readonly signal: AbortSignal | undefined;
}

/** Files flushed to the disk at once: the file system then writes its journal for several together. */
const flushesAhead = 8;

/**
 * Flushes every file that was written, reads it back and compares its digest; files found whole at the start were read
 * then, and those with damage are not restored. A restore that is reported as done must outlive a power cut.
 */
export async function verifyFiles(input: VerifyInput): Promise<void> {
  const { work, damage, useFile, onFileDone } = input;
  const flushed = mapInOrder(work.files(), flushesAhead, async (file) => {
    if (!file.isWhole && !damage.has(file.id)) await useFile(file, ({ handle }) => handle.datasync());
    return file;
  });
  for await (const file of flushed) {
    if (damage.has(file.id)) continue;
    if (!file.isWhole) await verifyFile(input, file);
    onFileDone();
  }
}

async function verifyFile({ useFile, pool, signal }: VerifyInput, file: WorkFile): Promise<void> {
  const digests = await useFile(file, async ({ at }) => {
    const found: Buffer[] = [];
    for (let ordinal = 0; ordinal < segmentCount(file.size); ordinal++) {
      signal?.throwIfAborted();
      found.push((await digestSegmentOnDisk(pool, at, file, ordinal)) ?? Buffer.alloc(0));
    }
    return found;
  });
  if (fileDigest(file.size, file.leafBytes, digests) !== file.digest) throw notAsWritten(file.path);
}

const notAsWritten = (path: Buffer): MoverError =>
  new MoverError(
    'RESTORE_VERIFICATION_FAILED',
    path,
    'reads back as something else than was written; check the disk and restore again',
  );
