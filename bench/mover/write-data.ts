import { execFile } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DataSet } from './oracle-files.ts';

/**
 * Writes a day of the database and answers the bytes of the image copies that changed. In a process of its own: the local
 * AWS lives in this one, and would not answer for seconds.
 */
export async function writeDay({ folder, seed, sizeMib, change }: DataSet, day: number): Promise<number> {
  const run = promisify(execFile);
  const numbers = { seed, 'size-mib': sizeMib, change, day };
  const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = join(import.meta.dirname, 'write-day.ts');
  const { stdout } = await run(process.execPath, [script, '--folder', folder, ...options]);
  return Number(stdout);
}

/**
 * Whoever comes next shall neither wait for what others have written, nor be the one who brings the database's files back
 * into the page cache, from which the system may have taken them.
 */
export async function settle(folder: string): Promise<void> {
  await promisify(execFile)('sync');
  const memory = Buffer.allocUnsafe(2 ** 20);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = await open(join(entry.parentPath, entry.name));
    while ((await file.read(memory)).bytesRead > 0);
    await file.close();
  }
}
