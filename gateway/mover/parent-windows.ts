import { segmentBytes, segmentLength } from '../../shared/domain/vault/digest.ts';
import type { FileEntry } from '../../shared/domain/vault/manifest-rows.ts';
import { firstBytes, hasKeptLeaves, type SegmentLeaves } from './baseline/leaf-digests.ts';
import type { ParentSegment } from './baseline/parent-segment.ts';
import type { ParentSnapshot } from './baseline/parent-snapshot.ts';
import { digestSegmentOnDisk } from './disk-digest.ts';
import { type FileWindow, type SnapshotFile, windowsOf } from './snapshot-files.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The windows of a file, each with what the file had there in the parent. */
export async function* parentWindowsOf(
  file: SnapshotFile,
  entry: FileEntry,
  parent: ParentSnapshot,
  pool: WorkerPool,
): AsyncGenerator<FileWindow> {
  if (!hasKeptLeaves(file.listed.sizeBytes)) return yield* smallWindowsOf(file, entry, parent);
  let segment: ParentSegment | undefined;
  for (const window of windowsOf(file)) {
    const at = window.offset % segmentBytes;
    if (at === 0) {
      const ordinal = window.offset / segmentBytes;
      const ref = entry.segments[ordinal];
      segment = ref && (await parent.segmentOf(ref, () => hashOnDisk(pool, file, entry, ordinal)));
    }
    const { leafBytes } = file;
    const known = segment?.known(at / leafBytes, Math.ceil(window.length / leafBytes));
    yield known ? { ...window, parent: segment, known } : window;
  }
}

async function* smallWindowsOf(
  file: SnapshotFile,
  entry: FileEntry,
  parent: ParentSnapshot,
): AsyncGenerator<FileWindow> {
  const [ref] = entry.segments;
  const isComparable = entry.size === file.listed.sizeBytes && (await parent.isReusable(entry));
  for (const window of windowsOf(file)) {
    yield ref && isComparable ? { ...window, whole: { digest: entry.digest, ref } } : window;
  }
}

/** The leaves of a segment as they are on the disk, if they can be those of the parent. */
async function hashOnDisk(
  pool: WorkerPool,
  { fd, listed, leafBytes }: SnapshotFile,
  entry: FileEntry,
  ordinal: number,
): Promise<SegmentLeaves | undefined> {
  const size = listed.sizeBytes;
  if (segmentLength(size, ordinal) !== segmentLength(entry.size, ordinal)) return undefined;
  const leaves: Buffer[] = [];
  const onLeaves = (digests: Uint8Array) => void leaves.push(firstBytes(digests));
  const digest = await digestSegmentOnDisk(pool, fd, { size, leafBytes }, ordinal, onLeaves);
  return digest && { digest, leaves: Buffer.concat(leaves) };
}
