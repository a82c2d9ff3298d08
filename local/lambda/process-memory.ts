import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Memory of a process that cannot be given back: what a sandbox would be killed for. Undefined when the process is
 * gone.
 */
export async function readMemoryBytes(pid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? readProc(pid) : readPs(pid);
}

async function readProc(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  // Without the pages of files, such as Node itself: they are shared, and dropped when memory is short.
  const kib = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, number]) => Number(number));
  return kib.length === 0 ? undefined : kib.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Resident memory as a whole: macOS does not tell its parts. */
async function readPs(pid: number): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout) * 1024;
  } catch {
    return undefined;
  }
}
