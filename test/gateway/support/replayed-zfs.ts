import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ReplayedState, ZfsFault } from '../snapshots/zfs-replayer.ts';
import { putOnPath } from './path.ts';

/** Halves the time of every command but the first. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/compile', import.meta.url));
const program = fileURLToPath(new URL('../snapshots/zfs-replayer.ts', import.meta.url));

/** A `zfs` on the PATH whose only pool is mounted at one folder. */
export class ReplayedZfs {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder` is for its own files; it stays on the PATH until the test ends. */
  static async install(folder: string, pool: string, mountsDirectory: string): Promise<ReplayedZfs> {
    const zfs = new ReplayedZfs(folder);
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    await zfs.write({ datasets: { [pool]: { mountpoint: mountsDirectory, properties: {} } }, snapshots: {} });
    const command = join(bin, 'zfs');
    await writeFile(
      command,
      `#!/bin/sh\nexport NODE_COMPILE_CACHE='${compileCache}'\nexec '${process.execPath}' '${program}' '${folder}' "$@"\n`,
    );
    await chmod(command, 0o755);
    onTestFinished(putOnPath(bin));
    return zfs;
  }

  async state(): Promise<ReplayedState> {
    return JSON.parse(await readFile(join(this.#folder, 'state.json'), 'utf8'));
  }

  write(state: ReplayedState): Promise<void> {
    return writeFile(join(this.#folder, 'state.json'), JSON.stringify(state));
  }

  /** All that was asked of it, in order. */
  async calls(): Promise<string[][]> {
    const lines = (await readFile(join(this.#folder, 'calls'), 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  /** Fails every command with this verb until it is mended. */
  async breakDown(fault: ZfsFault): Promise<void> {
    await writeFile(join(this.#folder, 'fault.json'), JSON.stringify(fault));
  }

  /** Holds up every command with this verb until it is mended. */
  hang(verb: string): Promise<void> {
    return this.breakDown({ verb, message: 'Killed', hangs: true });
  }

  async mend(): Promise<void> {
    await rm(join(this.#folder, 'fault.json'));
  }
}
