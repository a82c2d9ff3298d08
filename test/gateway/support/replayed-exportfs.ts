import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { putOnPath } from './path.ts';

const program = fileURLToPath(new URL('../exports/exportfs-replayer.ts', import.meta.url));

/** An `exportfs` on the PATH, with its table and its /etc/exports.d in a folder. */
export class ReplayedExportfs {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async install(folder: string): Promise<ReplayedExportfs> {
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    const exportfs = new ReplayedExportfs(folder);
    await mkdir(join(folder, 'exports.d'));
    const command = join(bin, 'exportfs');
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' '${folder}' "$@"\n`);
    await chmod(command, 0o755);
    onTestFinished(putOnPath(bin));
    return exportfs;
  }

  /** The gateway's file in exports.d. */
  get file(): string {
    return join(this.#folder, 'exports.d', 'holdfast.exports');
  }

  get settings() {
    return { kind: 'exportfs', file: this.file };
  }

  /** What the NFS server exports now, a line for each folder and client. */
  async table(): Promise<string[]> {
    const text = await readFile(join(this.#folder, 'etab'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  /** As after a boot without the NFS server, or another's `exportfs -u`. */
  forget(): Promise<void> {
    return rm(join(this.#folder, 'etab'), { force: true });
  }

  async countOf(option: '-f' | '-ra' | '-s'): Promise<number> {
    const calls = await readFile(join(this.#folder, 'calls'), 'utf8').catch(() => '');
    return calls.split('\n').filter((call) => call === option).length;
  }

  breakDown(option: '-ra' | '-s', message: string): Promise<void> {
    return writeFile(join(this.#folder, `fault${option}`), message);
  }

  mend(option: '-ra' | '-s'): Promise<void> {
    return rm(join(this.#folder, `fault${option}`));
  }
}
