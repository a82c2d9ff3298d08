import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a backup has written so far. */
export interface WrittenFiles {
  /** Relative to the folder, the newest first. */
  readonly files: readonly string[];
  readonly fileCount: number;
  readonly bytesWritten: number;
}

const mostNamed = 100;
/** A report shall not cost more than the backup: beyond so many entries the figures are of a part. */
const mostEntries = 20_000;

/** The files below a folder that changed since then. Files that go meanwhile, as RMAN deletes what is obsolete, are left out. */
export async function findWritten(folder: string, since: Date): Promise<WrittenFiles> {
  const found: { path: string; changedAt: number; bytes: number }[] = [];
  const folders = [''];
  for (let entries = 0; folders.length > 0; ) {
    const relative = folders.pop() ?? '';
    const opened = await opendir(join(folder, relative)).catch(() => undefined);
    for await (const entry of opened ?? []) {
      if (++entries > mostEntries) return summarize(found);
      const path = join(relative, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      const status = await stat(join(folder, path)).catch(() => undefined);
      if (status && status.mtimeMs >= since.getTime()) {
        found.push({ path, changedAt: status.mtimeMs, bytes: status.size });
      }
    }
  }
  return summarize(found);
}

function summarize(found: { path: string; changedAt: number; bytes: number }[]): WrittenFiles {
  const newest = found.toSorted((a, b) => b.changedAt - a.changedAt || (a.path < b.path ? -1 : 1));
  // What is no line of text cannot be told to the service.
  const isTellable = (path: string) => path.isWellFormed() && !/\p{Cc}/u.test(path);
  return {
    files: newest
      .map(({ path }) => path)
      .filter(isTellable)
      .slice(0, mostNamed),
    fileCount: found.length,
    bytesWritten: found.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
