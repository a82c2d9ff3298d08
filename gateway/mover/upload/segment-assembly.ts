import type { UploadId } from '../../../shared/domain/ids.ts';
import { hashBytes, startSegmentDigest } from '../../../shared/domain/vault/digest.ts';
import type { SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';
import type { KeptSegment } from '../baseline/kept-segment.ts';
import type { ParentSegment } from '../baseline/parent-segment.ts';
import { type CutWindow, isSame } from '../changes/cut-window.ts';
import { stripBytes, stripTagBytes } from '../changes/strip-tags.ts';
import { ExtentCursor, pushExtent } from './extents.ts';
import type { LoosePiece } from './gathered-frames.ts';
import type { LooseLeaves } from './loose-leaves.ts';
import type { MapStream } from './map-stream.ts';
import type { PackStream } from './pack-stream.ts';

/** Where frames and segments go. */
export interface SegmentStreams {
  readonly packs: Pick<PackStream, 'append'>;
  readonly maps: Pick<MapStream, 'add' | 'reuse'>;
  readonly loose: Pick<LooseLeaves, 'add'>;
}

/** A stretch of the segment: of the parent at the same place or elsewhere, zeros, or new. */
type Piece =
  | { readonly length: number; readonly from: 'parent' | 'zeros' }
  | { readonly length: number; readonly from: 'elsewhere'; readonly extents: readonly Extent[] }
  | (LoosePiece & { readonly from: 'own' });

interface SegmentShape {
  readonly owner: UploadId;
  readonly leafBytes: number;
  /** Of the segment, in bytes. */
  readonly length: number;
  /** The segment that stood at the same place. */
  readonly parent: ParentSegment | undefined;
}

export interface AssembledSegment extends KeptSegment {
  readonly ref: SegmentRef;
}

/** Filled from front to back: the many small parts are garbage at once. */
class Table {
  readonly #bytes: Buffer;
  #end = 0;

  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafe(length);
  }

  add(part: Uint8Array): void {
    this.#bytes.set(part, this.#end);
    this.#end += part.length;
  }

  get filled(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }
}

/** Turns the cut windows of one segment of a file, in order, into frames and a block map. */
export class SegmentAssembly {
  readonly #streams: SegmentStreams;
  readonly #owner: UploadId;
  readonly #leafBytes: number;
  readonly #parent: ParentSegment | undefined;
  readonly #digest = startSegmentDigest();
  readonly #leaves: Table;
  readonly #strips: Table;
  readonly #pieces: Piece[] = [];
  #isSame = true;

  constructor(streams: SegmentStreams, { owner, leafBytes, length, parent }: SegmentShape) {
    this.#streams = streams;
    this.#owner = owner;
    this.#leafBytes = leafBytes;
    this.#parent = parent;
    this.#leaves = new Table(Math.ceil(length / leafBytes) * hashBytes);
    this.#strips = new Table(Math.ceil(length / stripBytes) * stripTagBytes);
  }

  /** `moved` are the extents of the whole window, right where the cut says so. */
  async add(cut: CutWindow, moved: readonly Extent[] = []): Promise<void> {
    this.#digest.update(cut.leafDigests);
    this.#leaves.add(cut.leafDigests);
    this.#strips.add(cut.stripTags);
    const stored = cut.frame && (await this.#streams.packs.append(cut.frame));
    const added: LoosePiece[] = [];
    const elsewhere = new ExtentCursor(moved);
    let offset = 0;
    for (const [length, kind] of cut.runs) {
      if (!isSame(kind)) this.#isSame = false;
      const extents = [...elsewhere.take(length)];
      if (kind === 'moved') {
        this.#pieces.push({ length, from: 'elsewhere', extents });
        continue;
      }
      if (kind !== 'new') {
        this.#pieces.push({ length, from: isSame(kind) ? 'parent' : 'zeros' });
        continue;
      }
      const piece: Piece = { length, from: 'own', ...(stored && { place: { ...stored, offset } }) };
      offset += length;
      this.#pieces.push(piece);
      added.push(piece);
    }
    if (cut.loose) await this.#streams.loose.add(cut.loose, added);
  }

  /** Whether all that is new in it has its place; what waits to be gathered has none yet. */
  get isPlaced(): boolean {
    return this.#pieces.every((piece) => piece.from !== 'own' || piece.place);
  }

  /** What it keeps in memory of its digests. */
  get heldBytes(): number {
    return this.#leaves.filled.length;
  }

  /** The segment is complete, and all of it placed: the parent's own when nothing differs. */
  async finish(): Promise<AssembledSegment> {
    const content = {
      digest: this.#digest.digest(),
      leaves: this.#leaves.filled,
      strips: this.#strips.filled,
    };
    const parent = this.#parent;
    if (parent && this.#isSame && parent.leafCount === content.leaves.length / hashBytes) {
      await parent.assertDigest(content.digest);
      this.#streams.maps.reuse(parent.ref);
      return { ...content, ref: parent.ref };
    }
    const segment = { leafBytes: this.#leafBytes, digest: content.digest, extents: await this.#extents() };
    return { ...content, ref: await this.#streams.maps.add(segment) };
  }

  /** Where the segment is as the parent's. */
  unchanged(): { readonly at: number; readonly length: number }[] {
    let end = 0;
    return this.#pieces.flatMap(({ length, from }) => {
      end += length;
      return from === 'parent' ? [{ at: end - length, length }] : [];
    });
  }

  async #extents(): Promise<Extent[]> {
    const needsParent = this.#pieces.some(({ from }) => from === 'parent');
    const cursor = new ExtentCursor(needsParent ? ((await this.#parent?.extents()) ?? []) : []);
    const extents: Extent[] = [];
    for (const piece of this.#pieces) {
      if (piece.from === 'parent') {
        for (const extent of cursor.take(piece.length)) pushExtent(extents, extent);
      } else {
        if (needsParent) cursor.skip(piece.length);
        for (const extent of this.#extentsOf(piece)) pushExtent(extents, extent);
      }
    }
    return extents;
  }

  #extentsOf(piece: Piece): readonly Extent[] {
    const { length, from } = piece;
    if (from === 'elsewhere') return piece.extents;
    if (from !== 'own') return [{ length }];
    if (!piece.place) throw new Error('a piece of a segment was never stored');
    const { number, frame, offset } = piece.place;
    return [{ length, place: { pack: { owner: this.#owner, number }, frame, offset } }];
  }
}
