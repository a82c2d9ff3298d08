import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const mount = (folder: string, megabytes: number): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });

const unmount = (folder: string): void => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' });

/** Whether this user may mount: what a full disk does can be tried on a disk only. */
export function canMountDisks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
  try {
    mount(folder, 1);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A disk of its own at a folder, which can be filled to the last byte; gone when the test ends. */
export class SmallDisk {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** To be called after the store was made and before its gateway starts, so that it goes after that has stopped. */
  static at(folder: string, megabytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true });
    mount(folder, megabytes);
    onTestFinished(() => unmount(folder));
    return new SmallDisk(folder);
  }

  /** Leaves this many bytes, in whole pages. */
  async fill(leftBytes = 0): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    const handle = await open(this.#filler, 'a');
    try {
      const page = Buffer.alloc(bsize);
      for (let pages = bavail - Math.ceil(leftBytes / bsize); pages > 0; pages--) await handle.write(page);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      await handle.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler);
  }

  get #filler(): string {
    return join(this.#folder, 'filler');
  }
}
