import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectSource, ObjectTarget } from '../../../gateway/mover/ports.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { bytesOf, keyOf } from './memory-vault.ts';

/** A folder as a vault: an object appears whole or not at all, and is never overwritten. */
export const folderTarget = (folder: string, mountId: MountId, uploadId: UploadId): ObjectTarget => ({
  async put(object, body) {
    const path = join(folder, keyOf(mountId, uploadId, object));
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, bytesOf(body));
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(temporary);
  },
});

export const folderSource = (folder: string): ObjectSource => ({
  async get(key, range) {
    const handle = await open(join(folder, key));
    try {
      const from = range?.from ?? 0;
      const to = range?.to ?? (await handle.stat()).size;
      const bytes = Buffer.allocUnsafeSlow(to - from);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
});
