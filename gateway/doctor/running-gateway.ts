import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The process that holds the lock of the journal, or undefined. The kernel's list is read: to open the journal could
 * stop a gateway that starts in this moment.
 */
export async function findRunningGateway(dataDirectory: string): Promise<number | undefined> {
  const journal = await stat(join(dataDirectory, 'journal.sqlite')).catch(() => undefined);
  if (!journal) return undefined;
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  for (const line of locks.split('\n')) {
    // "1: POSIX  ADVISORY  WRITE 123 fe:00:456 1073741826 1073742335": process, device and inode. The device is left out,
    // for some file systems show another one here than in stat.
    const [, pid, inode] = /^\d+: \S+ +\S+ +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /u.exec(line) ?? [];
    if (pid !== undefined && Number(inode) === journal.ino) return Number(pid);
  }
  return undefined;
}
