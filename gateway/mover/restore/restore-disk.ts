import type { FileHandle } from 'node:fs/promises';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { digestSegmentOnDisk } from './disk-digest.ts';
import { writeFully } from './open-files.ts';
import type { PlannedDisk, Range } from './plan-extents.ts';
import { cannotWrite } from './restore-layout.ts';
import type { UseFile } from './restore-work.ts';

/** The destination as planning sees it. Only a restore that is taken up reads what is there. */
export const diskOf = ({
  useFile,
  pool,
  isResumed,
}: {
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly isResumed: boolean;
}): PlannedDisk => ({
  async has(file, ordinal, digest) {
    if (!isResumed) return false;
    const found = await useFile(file, ({ at }) => digestSegmentOnDisk(pool, at, file, ordinal));
    return found?.equals(digest) ?? false;
  },

  async writeZeros(file, ranges) {
    await useFile(file, ({ handle }) => fillWithZeros(handle, ranges)).catch((error: unknown) => {
      throw cannotWrite(file.path, error);
    });
  },
});

const zeros = Buffer.alloc(frameBytes);

async function fillWithZeros(handle: FileHandle, ranges: readonly Range[]): Promise<void> {
  for (const [offset, length] of ranges) {
    for (let done = 0; done < length; done += zeros.length) {
      await writeFully(handle, zeros.subarray(0, Math.min(zeros.length, length - done)), offset + done);
    }
  }
}
