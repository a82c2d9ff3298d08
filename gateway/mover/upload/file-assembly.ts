import type { UploadId } from '../../../shared/domain/ids.ts';
import { fileDigest, segmentLength, startSegmentDigest } from '../../../shared/domain/vault/digest.ts';
import type { FileEntry, SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import type { Baselines } from '../baseline/baselines.ts';
import { encodePieces, piecesWithin } from '../baseline/content-list.ts';
import { isSegmentKept } from '../baseline/kept-segment.ts';
import type { CutWindow } from '../changes/cut-window.ts';
import { SegmentPieces } from '../changes/segment-pieces.ts';
import type { LooseLeaves } from './loose-leaves.ts';
import { SegmentAssembly, type SegmentStreams } from './segment-assembly.ts';
import type { FileWindow } from './snapshot-files.ts';

/** Beyond this a file's further holes are restored as written zeros: the list must not outgrow the file. */
const maxHoles = 65_536;

export type FileContent = Pick<FileEntry, 'digest' | 'holes' | 'leafBytes' | 'segments' | 'size'>;

/** Where frames and segments go, and what waits until they have their places. */
export interface UploadStreams extends SegmentStreams {
  readonly loose: Pick<LooseLeaves, 'add' | 'afterwards' | 'flush'>;
}

export interface AssemblyInput {
  readonly streams: UploadStreams;
  readonly owner: UploadId;
  /** Where digests are kept for the next snapshot. */
  readonly baselines: Baselines | undefined;
}

/** Turns the cut windows of one file, in order, into frames, segments and what its entry says of the content. */
export class FileAssembly {
  readonly #input: AssemblyInput;
  readonly #leafBytes: number;
  readonly #holes: [offset: number, length: number][] = [];
  readonly #segments: SegmentRef[] = [];
  readonly #digests: Buffer[] = [];
  readonly #content: SegmentPieces;
  #segment: SegmentAssembly | undefined;
  #segmentsEnded = 0;
  /** Of the segment, as far as it is new content. */
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(input: AssemblyInput, leafBytes: number) {
    this.#input = input;
    this.#leafBytes = leafBytes;
    this.#content = new SegmentPieces(leafBytes);
  }

  async add(window: FileWindow, cut: CutWindow): Promise<void> {
    if (window.length === 0) return;
    this.#addHoles(window, cut);
    if (this.#isWhole(window, cut)) return;
    const { streams, owner } = this.#input;
    const leafBytes = this.#leafBytes;
    const length = segmentLength(window.file.listed.sizeBytes, this.#segmentsEnded);
    this.#segment ??= new SegmentAssembly(streams, { owner, leafBytes, length, parent: window.parent });
    await this.#segment.add(cut, window.moved?.extents);
    const { leafDigests, content } = cut;
    const pieces = window.pieces ?? (content && this.#content.add({ ...window, leafDigests, content }));
    if (pieces) this.#pieces.push(encodePieces(pieces));
    if (window.endsSegment) await this.#endSegment(this.#segment, window);
  }

  /** When all its segments have their places. */
  content(): FileContent {
    const [size, leafBytes] = [this.#size, this.#leafBytes];
    const digest = fileDigest(size, leafBytes, this.#digests);
    return { size, leafBytes, digest, holes: this.#holes, segments: this.#segments };
  }

  /** The only window of a file that is as it was in the parent: its segment is named again. */
  #isWhole({ whole, length }: FileWindow, { leafDigests }: CutWindow): boolean {
    if (!whole) return false;
    const digest = startSegmentDigest().update(leafDigests).digest();
    if (fileDigest(length, this.#leafBytes, [digest]) !== whole.digest) return false;
    this.#input.streams.maps.reuse(whole.ref);
    this.#segments.push(whole.ref);
    this.#digests.push(digest);
    return true;
  }

  #addHoles(window: FileWindow, { runs }: CutWindow): void {
    for (const [length, kind] of runs) {
      if (isSparse(window) && (kind === 'zeros' || kind === 'same zeros')) this.#addHole(length);
      this.#size += length;
    }
  }

  #addHole(length: number): void {
    const hole = this.#holes.at(-1);
    if (hole && hole[0] + hole[1] === this.#size) hole[1] += length;
    else if (this.#holes.length < maxHoles) this.#holes.push([this.#size, length]);
  }

  async #endSegment(segment: SegmentAssembly, window: FileWindow): Promise<void> {
    const ordinal = this.#segmentsEnded++;
    const pieces = Buffer.concat(this.#pieces);
    [this.#segment, this.#pieces] = [undefined, []];
    const finish = () => this.#finishSegment(segment, ordinal, pieces, window);
    if (segment.isPlaced) await finish();
    else await this.#input.streams.loose.afterwards(segment.heldBytes, finish);
  }

  async #finishSegment(
    segment: SegmentAssembly,
    ordinal: number,
    pieces: Buffer,
    { file, parent }: FileWindow,
  ): Promise<void> {
    const { baselines } = this.#input;
    const { ref, ...kept } = await segment.finish();
    this.#segments[ordinal] = ref;
    this.#digests[ordinal] = kept.digest;
    if (!baselines || !isSegmentKept(file.listed.sizeBytes)) return;
    await baselines.keepSegment(ref.sha256, kept);
    for (const table of [kept.leaves, kept.strips]) releaseMemory(table);
    if (pieces.length > 0) await baselines.keepPieces(ref.sha256, pieces);
    else if (parent && parent.ref.sha256 !== ref.sha256) {
      // Of a file that changed in place, what did not change can be found as before.
      const known = await baselines.readPieces(parent.ref.sha256);
      if (known) await baselines.keepPieces(ref.sha256, piecesWithin(known, segment.unchanged()));
    }
  }
}

/** Node cannot ask where a file's holes are; in a file that takes less space than its size, zeros are taken for holes. */
const isSparse = ({ file }: FileWindow): boolean => file.listed.allocatedBytes < file.listed.sizeBytes;
