import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MoverError } from '../errors.ts';
import type { RestoreDestination } from './restore-destination.ts';
import type { RestoreWork } from './restore-work.ts';

/**
 * Refuses a restore that its disk has no room for, before anything of it is fetched. One that is taken up has a part of its
 * room already, and nobody counts how much: it is let go on. Throws RESTORE_NO_SPACE with both figures. Answers how much
 * room is left beside what the files may take: for a table that makes it faster.
 */
export async function requireSpace(
  { folder, isResumed }: Pick<RestoreDestination, 'folder' | 'isResumed'>,
  work: Pick<RestoreWork, 'bytesToWrite'>,
): Promise<number> {
  const neededBytes = work.bytesToWrite();
  const { bavail, bsize } = await statfs(dirname(folder));
  const freeBytes = bavail * bsize;
  if (isResumed || neededBytes <= freeBytes) return Math.max(0, freeBytes - neededBytes);
  throw new MoverError(
    'RESTORE_NO_SPACE',
    folder,
    `it needs ${neededBytes} bytes and the disk has ${freeBytes} bytes free: make space and order the restore again`,
  );
}
