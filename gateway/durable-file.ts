import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file as a whole: after a crash there is the old one or the new one, never a part. */
export async function replaceFile(
  path: string,
  content: string | Buffer | AsyncIterable<Buffer>,
  mode: number,
): Promise<void> {
  const temporary = temporaryOf(path);
  const handle = await open(temporary, 'w', mode);
  try {
    // An older temporary file keeps its mode when it is opened again.
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Removes a file that `replaceFile` made, and what a crash in its middle left. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(temporaryOf(path), { force: true });
}

const temporaryOf = (path: string): string => `${path}.new`;

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
