import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { RestoreWork, WorkPack } from './restore-work.ts';

/**
 * The packs of which everything needed was verified and written, kept beside an unfinished restore, so that after a kill
 * they are not fetched again. What was written need not be on the disk yet: a kill leaves the system's cache as it is,
 * and the list of an earlier boot is not used. It is a hint only: the files' digests have the last word.
 */
export class PlacedPacks {
  /** Packs of earlier attempts. */
  readonly count: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, count: number) {
    this.#handle = handle;
    this.count = count;
  }

  /** Begins a list, or goes on with the one that is there and marks its packs in `work`. */
  static async open(path: string, work: RestoreWork): Promise<PlacedPacks> {
    const boot = await readOr('/proc/sys/kernel/random/boot_id', '');
    const [ofBoot = '', ...packs] = (await readOr(path, '')).split('\n');
    const isOurs = boot !== '' && ofBoot === boot.trim();
    // The text after the last newline was being written when the process died.
    const placed = isOurs ? packs.slice(0, -1) : [];
    for (const pack of placed) {
      const [owner = '', number] = pack.split('/');
      work.markPlaced(owner as WorkPack['owner'], Number(number));
    }
    const handle = await open(path, 'w', 0o600);
    await handle.write([boot.trim(), ...placed, ''].join('\n'));
    return new PlacedPacks(handle, placed.length);
  }

  async add({ owner, number }: WorkPack): Promise<void> {
    await this.#handle.write(`${owner}/${number}\n`);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const readOr = (path: string, otherwise: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  });
