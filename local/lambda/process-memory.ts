import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Memory of a process that cannot be given back: what a sandbox would be killed for. Undefined when the process is
 * gone.
 */
export async function readMemoryBytes(pid: number): Promise<number | undefined> {
  return process.platform === 'linux' ? readProc(pid) : readPs(pid);
}

function readProc(pid: number): number | undefined {
  const status = readStatus(pid);
  // Without the pages of files, such as Node itself: they are shared, and dropped when memory is short.
  const kib = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, number]) => Number(number));
  return kib.length === 0 ? undefined : kib.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Synchronously: no disk is waited for, and to read it beside took a tenth of the processor time of the local AWS. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
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
