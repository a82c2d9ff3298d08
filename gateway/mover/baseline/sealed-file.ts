import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hashBytes } from '../../../shared/domain/vault/digest.ts';

/**
 * A file whose checksum covers what it is about: cut short, rotten or renamed it is as good as missing. So it need not
 * be flushed to the disk, which would cost more than what it saves.
 */
export async function writeSealed(path: string, subject: string, ...body: readonly Buffer[]): Promise<void> {
  await writeWhole(path, [seal(subject, body), ...body]);
}

/** The body, or undefined when there is none that is right. */
export async function readSealed(path: string, subject: string): Promise<Buffer | undefined> {
  const bytes = await readIfThere(path);
  if (!bytes || bytes.length < hashBytes) return undefined;
  const body = bytes.subarray(hashBytes);
  return seal(subject, [body]).equals(bytes.subarray(0, hashBytes)) ? body : undefined;
}

function seal(subject: string, body: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(`holdfast baseline 1\n${subject}\n`);
  for (const part of body) hash.update(part);
  return hash.digest();
}

/** The file appears whole or not at all. */
export async function writeWhole(path: string, content: Buffer | Iterable<Buffer>): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
