import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { segmentBytes } from '../../../shared/domain/vault/digest.ts';
import type { SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';
import type { ListedPiece } from '../baseline/content-list.ts';
import type { KnownWindow } from '../baseline/kept-segment.ts';
import type { ParentSegment } from '../baseline/parent-segment.ts';
import { fileChanged, MoverError } from '../errors.ts';
import { joinPath } from '../file-system-path.ts';
import { leafSizeHeaderBytes, leafSizeOf } from './leaf-size.ts';
import { entryOf, findChange, type ListedEntry } from './list-tree.ts';

/** A file of the snapshot while it is read. */
export class SnapshotFile {
  readonly listed: ListedEntry;
  readonly leafBytes: number;
  readonly #handle: FileHandle;

  private constructor(listed: ListedEntry, handle: FileHandle, leafBytes: number) {
    this.listed = listed;
    this.leafBytes = leafBytes;
    this.#handle = handle;
  }

  static async open(root: string, listed: ListedEntry): Promise<SnapshotFile> {
    // NOATIME is left out: only the owner may use it. NOFOLLOW: a link put in the file's place is a change.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    const handle = await open(joinPath(root, listed.path), flags).catch((error: unknown) => {
      throw openError(listed, error);
    });
    try {
      const header = await handle.read(Buffer.alloc(leafSizeHeaderBytes), 0, leafSizeHeaderBytes, 0);
      const leafBytes = leafSizeOf(header.buffer.subarray(0, header.bytesRead));
      const file = new SnapshotFile(listed, handle, leafBytes);
      await file.assertUnchanged();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#handle.fd;
  }

  /** Throws SNAPSHOT_FILE_CHANGED unless the open file is still what was listed. */
  async assertUnchanged(): Promise<void> {
    const change = findChange(
      this.listed,
      entryOf(this.listed.path, await this.#handle.stat({ bigint: true })),
    );
    if (change) throw fileChanged(this.listed.path, change);
  }

  /** The file was read to its end: checks once more that it is what was listed, and closes it. */
  async finish(): Promise<void> {
    try {
      await this.assertUnchanged();
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function openError(listed: ListedEntry, error: unknown): MoverError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return fileChanged(listed.path, 'was removed since the snapshot was frozen');
  if (code === 'ELOOP') return fileChanged(listed.path, 'was replaced since the snapshot was frozen');
  return new MoverError('SNAPSHOT_UNREADABLE', listed.path, 'cannot be opened', error);
}

/** A stretch of a file to be read and cut; empty for an empty file. */
export interface FileWindow {
  readonly file: SnapshotFile;
  readonly offset: number;
  readonly length: number;
  readonly endsSegment: boolean;
  readonly endsFile: boolean;
  /** The parent's segment at the same place, and what it has here. */
  readonly parent?: ParentSegment | undefined;
  readonly known?: KnownWindow;
  /** Of a file whose content was looked for: its pieces, as SegmentPieces tells them. */
  readonly pieces?: readonly ListedPiece[];
  /** Whether its cut is to tell its content, which nobody has looked for yet. */
  readonly tellsContent?: boolean;
  /** What of it the parent has elsewhere: stretches of the window; and the extents of all of it, zeros between them. */
  readonly moved?: {
    readonly stretches: readonly (readonly [at: number, length: number])[];
    readonly extents: readonly Extent[];
  };
  /** Of a file of one window: the segment of it that has content of this file digest. */
  readonly whole?: { readonly digest: string; readonly ref: SegmentRef };
}

/** The windows of a file in order. None crosses a segment's border, for 1 MiB divides 256 MiB. */
export function* windowsOf(file: SnapshotFile): Generator<FileWindow> {
  const size = file.listed.sizeBytes;
  let offset = 0;
  do {
    const length = Math.min(frameBytes, size - offset);
    const end = offset + length;
    yield {
      file,
      offset,
      length,
      endsSegment: end % segmentBytes === 0 || end === size,
      endsFile: end === size,
    };
    offset = end;
  } while (offset < size);
}
