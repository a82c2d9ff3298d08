import type { FileHandle } from 'node:fs/promises';
import { fileDigest, segmentBytes, segmentLength } from '../../shared/domain/vault/digest.ts';
import { damaged } from '../../shared/domain/vault/errors.ts';
import type { MapRow, PackRow } from '../../shared/domain/vault/manifest-rows.ts';
import { openBundle, openSegment } from '../../shared/domain/vault/map-bundle.ts';
import { frameBytes } from '../../shared/domain/vault/pack.ts';
import { type ObjectRef, refKey } from '../../shared/domain/vault/pack-ref.ts';
import { type Segment, segmentFileBytes } from '../../shared/domain/vault/segment.ts';
import { digestSegmentOnDisk } from './disk-digest.ts';
import { writeFully } from './open-files.ts';
import type { RestoreWork, UseFile, WorkFile, WorkSegment } from './restore-work.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface MapsInput {
  readonly manifestKey: string;
  readonly maps: readonly MapRow[];
  readonly packs: readonly PackRow[];
  readonly work: RestoreWork;
  readonly keyOf: (map: MapRow) => string;
  /** The whole object, its hash verified. */
  readonly fetchWhole: (map: MapRow) => Promise<Buffer>;
  readonly useFile: UseFile;
  /** Given when an earlier attempt may have left content: what is right already is not fetched again. */
  readonly resumeWith: WorkerPool | undefined;
  readonly onBytesDone: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Reads the block maps: notes for each pack what is needed of it, and writes the zeros that are no holes. */
export async function readMaps(input: MapsInput): Promise<void> {
  const packIndex = new Map(input.packs.map((pack, index) => [refKey(pack), index]));
  for (const map of input.maps) {
    input.signal?.throwIfAborted();
    const key = input.keyOf(map);
    const bytes = await input.fetchWhole(map);
    const directory = openBundle(bytes, key, map.tableSha256);
    for (const wanted of input.work.segmentsIn(map)) {
      const item = directory[wanted.item];
      const name = `${key} item ${wanted.item}`;
      if (item?.sha256 !== wanted.sha256) throw damaged(name, 'is not the segment that the manifest names');
      const segment = openSegment(item, bytes.subarray(item.offset, item.offset + item.storedBytes), name);
      assertFits(segment, wanted, input.manifestKey);
      await placeSegment(input, wanted, segment, packIndex);
    }
  }
  input.work.sortExtents();
  for (const file of input.work.files()) {
    const { size, leafBytes, path, digest } = file;
    if (fileDigest(size, leafBytes, input.work.segmentDigests(file.id)) === digest) continue;
    throw damaged(input.manifestKey, `has a digest of ${path.toString()} that its segments do not add up to`);
  }
}

function assertFits(segment: Segment, { file, ordinal }: WorkSegment, manifestKey: string): void {
  const fits =
    segmentFileBytes(segment) === segmentLength(file.size, ordinal) && segment.leafBytes === file.leafBytes;
  if (!fits)
    throw damaged(manifestKey, `names a segment for ${file.path.toString()} that does not fit the file`);
}

async function placeSegment(
  input: MapsInput,
  { file, ordinal }: WorkSegment,
  segment: Segment,
  packIndex: ReadonlyMap<string, number>,
): Promise<void> {
  const { work, useFile, onBytesDone } = input;
  work.addSegmentDigest(file.id, ordinal, segment.digest);
  if (await isOnDisk(input, file, ordinal, segment.digest))
    return onBytesDone(segmentLength(file.size, ordinal));
  work.markIncomplete(file.id);
  const holes = segment.extents.some((extent) => !extent.place) ? work.holesOf(file.id) : [];
  let fileOffset = ordinal * segmentBytes;
  for (const { length, place } of segment.extents) {
    if (place) {
      const pack = packIndex.get(refKey(place.pack));
      if (pack === undefined) throw lacksPack(input.manifestKey, place.pack);
      work.addExtent({
        pack,
        frame: place.frame,
        frameOffset: place.offset,
        length,
        file: file.id,
        fileOffset,
      });
    } else {
      const ranges = outsideHoles(fileOffset, length, holes);
      if (ranges.length > 0) await useFile(file, (handle) => writeZeros(handle, ranges));
      onBytesDone(length);
    }
    fileOffset += length;
  }
}

/** Whether an earlier attempt has brought the segment. */
async function isOnDisk(
  { resumeWith, useFile }: MapsInput,
  file: WorkFile,
  ordinal: number,
  digest: Buffer,
): Promise<boolean> {
  if (!resumeWith) return false;
  const found = await useFile(file, ({ fd }) => digestSegmentOnDisk(resumeWith, fd, file, ordinal));
  return found?.equals(digest) ?? false;
}

const lacksPack = (manifestKey: string, pack: ObjectRef) =>
  damaged(manifestKey, `does not list pack ${refKey(pack)}, which a segment names`);

const zeros = Buffer.alloc(frameBytes);

/** Zeros that took space before take it again, so that a file that was allocated in full still is; holes stay holes. */
async function writeZeros(handle: FileHandle, ranges: readonly Range[]): Promise<void> {
  for (const [offset, length] of ranges) {
    for (let done = 0; done < length; done += zeros.length) {
      await writeFully(handle, zeros.subarray(0, Math.min(zeros.length, length - done)), offset + done);
    }
  }
}

type Range = readonly [offset: number, length: number];

/** The parts of a range that lie in none of the holes, which are ascending and apart. */
function outsideHoles(offset: number, length: number, holes: readonly Range[]): Range[] {
  const end = offset + length;
  const ranges: Range[] = [];
  let at = offset;
  for (let index = firstEndingAfter(offset, holes); at < end; index++) {
    const [holeStart, holeLength] = holes[index] ?? [end, 0];
    if (holeStart > at) ranges.push([at, Math.min(holeStart, end) - at]);
    at = holeStart + holeLength;
  }
  return ranges;
}

/** By halving: a file may have 65,536 holes and as many stretches of zeros. */
function firstEndingAfter(offset: number, holes: readonly Range[]): number {
  let [low, high] = [0, holes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const [start, length] = holes[middle] ?? [0, 0];
    if (start + length > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
