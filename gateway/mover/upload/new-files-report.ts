import { parentPath } from '../../../shared/domain/vault/entry-path.ts';
import type { CutWindow } from '../changes/cut-window.ts';
import type { FileWindow } from './snapshot-files.ts';

/** What became of the new files of one folder, as far as they are larger than a frame. */
export interface NewFiles {
  /** Below the snapshot's root. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** Of these, what the parent had elsewhere and was not sent. */
  readonly foundBytes: number;
  /** Neither could be compressed nor was found: it was compressed or encrypted before. */
  readonly isOpaque: boolean;
}

interface Counted {
  files: number;
  bytes: number;
  foundBytes: number;
  /** Of what was sent in whole frames: before and after compression. */
  rawBytes: number;
  storedBytes: number;
}

/** A log line has room for so many; the others are counted under `otherFolders`. */
const maxFolders = 50;
const otherFolders = '…';

/** Content that zstd leaves at 95 % and of which less than a tenth is found. */
const opaqueShare = 0.95;
const foundShare = 0.1;

/** Counts what of new files was found in the parent, folder by folder. */
export class NewFilesReport {
  readonly #folders = new Map<string, Counted>();

  add(
    { file, length, pieces, tellsContent, parent, endsFile }: FileWindow,
    { runs, frame }: CutWindow,
  ): void {
    if (!(pieces || tellsContent) || parent) return;
    const counted = this.#countedIn(parentPath(file.listed.path).toString());
    counted.bytes += length;
    counted.files += endsFile ? 1 : 0;
    for (const [runBytes, kind] of runs) if (kind === 'moved') counted.foundBytes += runBytes;
    counted.rawBytes += frame?.rawBytes ?? 0;
    counted.storedBytes += frame?.stored.length ?? 0;
  }

  result(): NewFiles[] {
    return Array.from(this.#folders, ([folder, { files, bytes, foundBytes, rawBytes, storedBytes }]) => {
      const isOpaque =
        rawBytes > 0 && storedBytes >= rawBytes * opaqueShare && foundBytes < bytes * foundShare;
      return { folder, files, bytes, foundBytes, isOpaque };
    });
  }

  #countedIn(folder: string): Counted {
    const name = this.#folders.has(folder) || this.#folders.size < maxFolders ? folder : otherFolders;
    const counted = this.#folders.get(name) ?? {
      files: 0,
      bytes: 0,
      foundBytes: 0,
      rawBytes: 0,
      storedBytes: 0,
    };
    this.#folders.set(name, counted);
    return counted;
  }
}
