import { readSync } from 'node:fs';
import { segmentBytes, segmentLength } from '../../../shared/domain/vault/digest.ts';
import type { FileEntry } from '../../../shared/domain/vault/manifest-rows.ts';
import { isSegmentKept } from '../baseline/kept-segment.ts';
import type { ParentSegment } from '../baseline/parent-segment.ts';
import type { DiskReader, ParentSnapshot } from '../baseline/parent-snapshot.ts';
import { digestSegmentOnDisk } from '../restore/disk-digest.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { type FileWindow, type SnapshotFile, windowsOf } from '../upload/snapshot-files.ts';

/** The windows of a file, each with what the file had there in the parent. */
export async function* parentWindowsOf(
  file: SnapshotFile,
  entry: FileEntry,
  parent: ParentSnapshot,
  { pool, findsMoved }: { readonly pool: WorkerPool; readonly findsMoved: boolean },
): AsyncGenerator<FileWindow> {
  if (!isSegmentKept(file.listed.sizeBytes)) return yield* smallWindowsOf(file, entry, parent);
  let segment: ParentSegment | undefined;
  for (const window of windowsOf(file)) {
    const at = window.offset % segmentBytes;
    if (at === 0) {
      const ordinal = window.offset / segmentBytes;
      const ref = entry.segments[ordinal];
      segment = ref && (await parent.segmentOf(ref, () => readDisk(pool, file, ordinal)));
    }
    const { leafBytes } = file;
    const known = segment?.known({ at, length: window.length, leafBytes });
    const tellsContent = segment?.isRebuilt && findsMoved;
    if (window.endsSegment) segment?.letGo();
    yield known ? { ...window, parent: segment, known, ...(tellsContent && { tellsContent }) } : window;
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

/** A segment as it is on the disk, hashed by the pool. */
async function readDisk(
  pool: WorkerPool,
  { fd, listed, leafBytes }: SnapshotFile,
  ordinal: number,
): ReturnType<DiskReader> {
  const size = listed.sizeBytes;
  const hashed: Buffer[] = [];
  const onLeaves = (digests: Uint8Array) => void hashed.push(Buffer.from(digests));
  const digest = await digestSegmentOnDisk(pool, { fd }, { size, leafBytes }, ordinal, onLeaves);
  if (!digest) return undefined;
  const read = async (at: number, length: number) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    const filled = readSync(fd, bytes, 0, length, ordinal * segmentBytes + at);
    return bytes.subarray(0, filled);
  };
  return { digest, leaves: Buffer.concat(hashed), sizeBytes: segmentLength(size, ordinal), read };
}
