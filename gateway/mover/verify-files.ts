import { fileDigest, segmentCount } from '../../shared/domain/vault/digest.ts';
import { digestSegmentOnDisk } from './disk-digest.ts';
import { MoverError } from './errors.ts';
import type { RestoreWork, UseFile } from './restore-work.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface VerifyInput {
  readonly work: RestoreWork;
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly onFileDone: () => void;
  readonly signal: AbortSignal | undefined;
}

/** Reads every file back that was written and compares its digest; files found whole at the start were read then. */
export async function verifyFiles({ work, useFile, pool, onFileDone, signal }: VerifyInput): Promise<void> {
  for (const file of work.files()) {
    if (!file.isWhole) {
      await useFile(file, async ({ fd }) => {
        const digests: Buffer[] = [];
        for (let ordinal = 0; ordinal < segmentCount(file.size); ordinal++) {
          signal?.throwIfAborted();
          digests.push((await digestSegmentOnDisk(pool, fd, file, ordinal)) ?? Buffer.alloc(0));
        }
        if (fileDigest(file.size, file.leafBytes, digests) !== file.digest) throw notAsWritten(file.path);
      });
    }
    onFileDone();
  }
}

const notAsWritten = (path: Buffer): MoverError =>
  new MoverError(
    'RESTORE_VERIFICATION_FAILED',
    path,
    'reads back as something else than was written; check the disk and restore again',
  );
