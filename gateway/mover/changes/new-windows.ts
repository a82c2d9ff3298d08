import { segmentBytes } from '../../../shared/domain/vault/digest.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';
import type { ContentIndex } from '../baseline/content-index.ts';
import { decodePieces } from '../baseline/content-list.ts';
import type { ParentSnapshot } from '../baseline/parent-snapshot.ts';
import { fileChanged } from '../errors.ts';
import { mapInOrder } from '../in-order.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { ExtentTable } from '../upload/extents.ts';
import { type FileWindow, type SnapshotFile, windowsOf } from '../upload/snapshot-files.ts';

/** Windows that are looked through ahead of those that are cut. */
const scansAtOnce = 2;

/** Content of a new file that the parent has elsewhere. */
interface MovedPiece {
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  readonly extents: readonly Extent[];
}

/**
 * The windows of a file that is not compared with one of the parent, each with its pieces of content, and what of it
 * the parent has. Pieces are found by 128 bits of their SHA-256; that their bytes are what is stored there is not read
 * again, and shows when the file's own digest is checked at a restore.
 */
export async function* newWindowsOf(
  file: SnapshotFile,
  parent: ParentSnapshot | undefined,
  pool: WorkerPool,
): AsyncGenerator<FileWindow> {
  const index = await parent?.contentIndex();
  const scan = async (window: FileWindow) => ({ window, pieces: await piecesOf(window, pool) });
  /** What began before the window and reaches into it. */
  let moved: MovedPiece[] = [];
  for await (const { window, pieces } of mapInOrder(windowsOf(file), scansAtOnce, scan)) {
    const end = window.offset + window.length;
    if (index && !index.isEmpty) moved.push(...(await findMoved(index, window, pieces)));
    yield { ...window, pieces, ...(moved.length > 0 && { moved: movedIn(window, moved) }) };
    moved = moved.filter(({ offset, length }) => offset + length > end);
  }
}

/** The pieces that begin in a window (see content-list.ts). */
export async function piecesOf({ file, offset, length }: FileWindow, pool: WorkerPool): Promise<Buffer> {
  const { fd, listed } = file;
  const pieces = await pool.scan({ fd, offset, length, fileBytes: listed.sizeBytes });
  if (pieces === 'short') throw fileChanged(listed.path, 'became shorter while it was read');
  return Buffer.from(pieces.buffer, pieces.byteOffset, pieces.byteLength);
}

async function findMoved(index: ContentIndex, { offset }: FileWindow, list: Buffer): Promise<MovedPiece[]> {
  const segmentStart = offset - (offset % segmentBytes);
  const pieces = [...decodePieces(list)];
  const found = await index.find(pieces);
  return pieces.flatMap(({ at, length }, number): MovedPiece[] => {
    const extents = found[number];
    return extents ? [{ offset: segmentStart + at, length, extents }] : [];
  });
}

/** The stretches of the window, and its extents with gaps as zeros. */
function movedIn(window: FileWindow, pieces: readonly MovedPiece[]): NonNullable<FileWindow['moved']> {
  const stretches: [at: number, length: number][] = [];
  const extents: Extent[] = [];
  let at = 0;
  for (const { offset, length, extents: whole } of pieces) {
    const from = Math.max(0, offset - window.offset);
    const to = Math.min(window.length, offset + length - window.offset);
    if (from > at) extents.push({ length: from - at });
    extents.push(...(new ExtentTable(whole).slice(window.offset + from - offset, to - from) ?? []));
    stretches.push([from, to - from]);
    at = to;
  }
  if (at < window.length) extents.push({ length: window.length - at });
  return { stretches, extents };
}
