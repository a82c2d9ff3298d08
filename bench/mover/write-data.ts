import { execFile } from 'node:child_process';
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

/** Whoever comes next shall not wait for what others have written. */
export async function settleDisk(): Promise<void> {
  await promisify(execFile)('sync');
}
