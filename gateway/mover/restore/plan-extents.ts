import { fileDigest, segmentBytes, segmentLength } from '../../../shared/domain/vault/digest.ts';
import type { ContainerGuard } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { damaged } from '../../../shared/domain/vault/errors.ts';
import { openBundle, openSegment } from '../../../shared/domain/vault/map-bundle.ts';
import { type ObjectRef, refKey } from '../../../shared/domain/vault/pack-ref.ts';
import { type Segment, segmentFileBytes } from '../../../shared/domain/vault/segment.ts';
import { isDamage, type RestoreDamage } from './restore-damage.ts';
import type { RestoreWork, WorkFile, WorkObject, WorkPack, WorkSegment } from './restore-work.ts';

export type Range = readonly [offset: number, length: number];

/** What planning asks of the destination, and writes there: zeros lie in no pack. */
export interface PlannedDisk {
  /** Whether an earlier attempt has brought the segment. */
  has(file: WorkFile, ordinal: number, digest: Buffer): Promise<boolean>;
  /** Zeros that took space before and shall take it again; holes are left alone. */
  writeZeros(file: WorkFile, ranges: readonly Range[]): Promise<void>;
}

export interface ExtentsInput {
  readonly manifestKey: string;
  readonly work: RestoreWork;
  readonly keyOf: (map: WorkObject) => string;
  /** The whole object, its hash verified. `next`: maps that are wanted after it. */
  readonly fetchMap: (map: WorkObject, next: readonly WorkObject[]) => Promise<Buffer>;
  /** Of an encrypted snapshot. */
  readonly guardOf?: (map: WorkObject) => ContainerGuard | undefined;
  readonly disk: PlannedDisk;
  readonly damage: RestoreDamage;
  readonly onBytesDone: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** So much more of a segment is there before it is read back while the rest is on its way: less than a pack brings. */
const stretchBytes = 8 * 2 ** 20;

const mapsForeseen = 16;

/** Reads the block maps of the planned files: notes for each pack what is needed of it. */
export async function planExtents(input: ExtentsInput): Promise<void> {
  const { work, damage, signal } = input;
  work.orderPacks();
  const maps = work.maps();
  for (const [index, map] of maps.entries()) {
    signal?.throwIfAborted();
    const next = maps.slice(index + 1, index + 1 + mapsForeseen);
    await planBundle(input, map, next).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      for (const { file } of work.segmentsIn(map)) damage.note(file.id, error);
    });
  }
  for (const { id, size, leafBytes, path, digest } of work.files()) {
    if (damage.has(id) || fileDigest(size, leafBytes, work.segmentDigests(id)) === digest) continue;
    const what = `has a digest of ${path.toString()} that its segments do not add up to`;
    damage.note(id, damaged(input.manifestKey, what));
  }
}

type WorkMap = ReturnType<RestoreWork['maps']>[number];

async function planBundle(input: ExtentsInput, map: WorkMap, next: readonly WorkMap[]): Promise<void> {
  const key = input.keyOf(map);
  const bytes = await input.fetchMap(map, next);
  const directory = openBundle(bytes, key, map.tableSha256, input.guardOf?.(map));
  for (const wanted of input.work.segmentsIn(map)) {
    input.signal?.throwIfAborted();
    const item = directory[wanted.item];
    const name = `${key} item ${wanted.item}`;
    try {
      if (item?.sha256 !== wanted.sha256) throw damaged(name, 'is not the segment that the manifest names');
      const segment = openSegment(item, bytes.subarray(item.offset, item.offset + item.storedBytes), name);
      assertFits(segment, wanted, input.manifestKey);
      await planSegment(input, wanted, segment);
    } catch (error) {
      if (!isDamage(error)) throw error;
      input.damage.note(wanted.file.id, error);
    }
  }
}

function assertFits(segment: Segment, { file, ordinal }: WorkSegment, manifestKey: string): void {
  const fits =
    segmentFileBytes(segment) === segmentLength(file.size, ordinal) && segment.leafBytes === file.leafBytes;
  if (!fits)
    throw damaged(manifestKey, `names a segment for ${file.path.toString()} that does not fit the file`);
}

async function planSegment(
  { work, disk, onBytesDone, manifestKey }: ExtentsInput,
  { file, ordinal }: WorkSegment,
  segment: Segment,
): Promise<void> {
  work.addSegmentDigest(file.id, ordinal, segment.digest);
  if (await disk.has(file, ordinal, segment.digest)) return onBytesDone(segmentLength(file.size, ordinal));
  work.markIncomplete(file.id);
  const holes = segment.extents.some((extent) => !extent.place) ? work.holesOf(file.id) : [];
  const packs = new PackLookup(work, manifestKey);
  const start = ordinal * segmentBytes;
  let [fileOffset, noted, lastPack] = [start, start, 0];
  for (const { length, place } of segment.extents) {
    const pack = place && packs.find(place.pack);
    if (!place || !pack) {
      const ranges = outsideHoles(fileOffset, length, holes);
      if (ranges.length > 0) await disk.writeZeros(file, ranges);
    } else if (!pack.isPlaced) {
      const { frame, offset: frameOffset } = place;
      work.addExtent({ pack: pack.id, frame, frameOffset, length, file: file.id, fileOffset });
      lastPack = Math.max(lastPack, pack.id);
    }
    if (!pack || pack.isPlaced) onBytesDone(length);
    fileOffset += length;
    if (lastPack > 0 && fileOffset - noted >= stretchBytes) {
      work.addStretch(file.id, fileOffset, lastPack);
      noted = fileOffset;
    }
  }
  if (noted > start) work.addStretch(file.id, fileOffset, lastPack);
  if (lastPack > 0) work.needPack(file.id, lastPack);
}

/** The packs that a segment names, each looked up once: there may be too many for memory, and a segment names few. */
class PackLookup {
  readonly #work: RestoreWork;
  readonly #manifestKey: string;
  readonly #known = new Map<string, WorkPack>();

  constructor(work: RestoreWork, manifestKey: string) {
    this.#work = work;
    this.#manifestKey = manifestKey;
  }

  find(ref: ObjectRef): WorkPack {
    const key = refKey(ref);
    const pack = this.#known.get(key) ?? this.#work.packNamed(ref);
    if (!pack) throw damaged(this.#manifestKey, `does not list pack ${key}, which a segment names`);
    this.#known.set(key, pack);
    return pack;
  }
}

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
