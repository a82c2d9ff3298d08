import { segmentBytes } from '../../../shared/domain/vault/digest.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';
import type { ContentIndex } from '../baseline/content-index.ts';
import type { ListedPiece } from '../baseline/content-list.ts';
import type { ParentSnapshot } from '../baseline/parent-snapshot.ts';
import { fileChanged } from '../errors.ts';
import { mapInOrder } from '../in-order.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { ScannedContent } from '../threads/worker-tasks.ts';
import { ExtentTable } from '../upload/extents.ts';
import { type FileWindow, type SnapshotFile, windowsOf } from '../upload/snapshot-files.ts';

import { SegmentPieces } from './segment-pieces.ts';

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
  if (!index || index.isEmpty) {
    for (const window of windowsOf(file)) yield { ...window, tellsContent: true };
    return;
  }
  const scan = async (window: FileWindow) => ({ window, ...(await contentOf(window, pool)) });
  const content = new SegmentPieces(file.leafBytes);
  /** Told when the next is known, in which a piece of it may end. */
  let held: FileWindow | undefined;
  /** What began before the window and reaches into it. */
  let moved: MovedPiece[] = [];
  for await (const { window, ...scanned } of mapInOrder(windowsOf(file), scansAtOnce, scan)) {
    const pieces = content.add({ ...window, ...scanned });
    moved.push(...(await findMoved(index, window, pieces)));
    if (held) yield withMoved(held, moved);
    moved = moved.filter(({ offset, length }) => offset + length > window.offset);
    held = { ...window, pieces };
  }
  if (held) yield withMoved(held, moved);
}

async function contentOf({ file, offset, length }: FileWindow, pool: WorkerPool): Promise<ScannedContent> {
  const { fd, leafBytes, listed } = file;
  const scanned = await pool.scan({ fd, offset, length, leafBytes, fileBytes: listed.sizeBytes });
  if (scanned === 'short') throw fileChanged(listed.path, 'became shorter while it was read');
  return scanned;
}

async function findMoved(
  index: ContentIndex,
  { offset }: FileWindow,
  pieces: readonly ListedPiece[],
): Promise<MovedPiece[]> {
  const segmentStart = offset - (offset % segmentBytes);
  const found = await index.find(pieces);
  return pieces.flatMap(({ at, length }, number): MovedPiece[] => {
    const extents = found[number];
    return extents ? [{ offset: segmentStart + at, length, extents }] : [];
  });
}

const withMoved = (window: FileWindow, pieces: readonly MovedPiece[]): FileWindow => {
  const moved = movedIn(window, pieces);
  return moved.stretches.length > 0 ? { ...window, moved } : window;
};

/** The stretches of the window, and its extents with gaps as zeros. Of pieces that overlap, the first has its place. */
function movedIn(window: FileWindow, pieces: readonly MovedPiece[]): NonNullable<FileWindow['moved']> {
  const stretches: [at: number, length: number][] = [];
  const extents: Extent[] = [];
  let at = 0;
  for (const { offset, length, extents: whole } of pieces) {
    const from = Math.max(at, offset - window.offset);
    const to = Math.min(window.length, offset + length - window.offset);
    if (from >= to) continue;
    if (from > at) extents.push({ length: from - at });
    extents.push(...(new ExtentTable(whole).slice(window.offset + from - offset, to - from) ?? []));
    stretches.push([from, to - from]);
    at = to;
  }
  if (at < window.length) extents.push({ length: window.length - at });
  return { stretches, extents };
}
