import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { replaceFile } from '../durable-file.ts';
import { isMissing, systemCode } from '../file-errors.ts';
import type { Exports } from '../ports/exports.ts';
import { findUnexported, formatExports } from './export-lines.ts';

/** A name server that does not answer may hold exportfs up. */
const timeoutMillis = 60_000;

/**
 * Exports by the NFS server of the kernel. They stand in a file of our own, replaced as a whole: exports given on the
 * command line would be lost at a boot, and at any `exportfs -r` of somebody else.
 */
export const exportfsExports = (file: string): Exports => ({
  kind: 'exportfs',
  async publish(folders) {
    const content = formatExports(folders);
    if ((await readIfThere(file)) !== content) await replaceFile(file, content, 0o644);
    try {
      await runExportfs('-ra');
    } catch (error) {
      // It also fails for what others want exported and is wrong: what counts is whether ours are.
      if ((await this.findProblem(folders)) !== undefined) throw error;
    }
  },
  findProblem: async (folders) =>
    folders.length === 0 ? undefined : findUnexported(await runExportfs('-s'), folders),
  // Clients do not notice: what they ask for next is exported to them again.
  flush: async () => void (await runExportfs('-f')),
});

const readIfThere = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

function runExportfs(option: string): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile('exportfs', [option], { env, timeout: timeoutMillis }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const why =
        systemCode(error) === 'ENOENT'
          ? 'it is not installed, or not on the PATH'
          : stderr.trim() || error.message;
      reject(new Error(`exportfs ${option} failed: ${why}`));
    });
  });
}
