import type { UploadId } from '../../shared/domain/ids.ts';
import { fileDigest, startSegmentDigest } from '../../shared/domain/vault/digest.ts';
import type { FileEntry, SegmentRef } from '../../shared/domain/vault/manifest-rows.ts';
import type { Extent } from '../../shared/domain/vault/segment.ts';
import type { CutWindow } from './cut-window.ts';
import type { MapStream } from './map-stream.ts';
import type { PackStream } from './pack-stream.ts';
import type { FileWindow } from './snapshot-files.ts';

/** Beyond this a file's further holes are restored as written zeros: the list must not outgrow the file. */
const maxHoles = 65_536;

/** Where frames and segments go. */
export interface UploadStreams {
  readonly packs: PackStream;
  readonly maps: MapStream;
}

export type FileContent = Pick<FileEntry, 'digest' | 'holes' | 'leafBytes' | 'segments' | 'size'>;

/** Turns the cut windows of one file, in order, into frames, segments and what its entry says of the content. */
export class FileAssembly {
  readonly #streams: UploadStreams;
  readonly #owner: UploadId;
  readonly #leafBytes: number;
  readonly #holes: [offset: number, length: number][] = [];
  readonly #segments: SegmentRef[] = [];
  readonly #digests: Buffer[] = [];
  #extents: Extent[] = [];
  #digest = startSegmentDigest();
  #size = 0;

  constructor(streams: UploadStreams, owner: UploadId, leafBytes: number) {
    this.#streams = streams;
    this.#owner = owner;
    this.#leafBytes = leafBytes;
  }

  async add(window: FileWindow, cut: CutWindow): Promise<void> {
    if (window.length === 0) return;
    this.#digest.update(cut.leafDigests);
    const place = cut.frame && (await this.#streams.packs.append(cut.frame));
    let offset = 0;
    for (const [length, isZeros] of cut.runs) {
      if (isZeros || !place) this.#addZeros(length, isSparse(window));
      else {
        const pack = { owner: this.#owner, number: place.number };
        this.#extents.push({ length, place: { pack, frame: place.frame, offset } });
        offset += length;
      }
      this.#size += length;
    }
    if (window.endsSegment) await this.#endSegment();
  }

  content(): FileContent {
    const [size, leafBytes] = [this.#size, this.#leafBytes];
    const digest = fileDigest(size, leafBytes, this.#digests);
    return { size, leafBytes, digest, holes: this.#holes, segments: this.#segments };
  }

  #addZeros(length: number, isHole: boolean): void {
    const last = this.#extents.at(-1);
    if (last && !last.place) this.#extents[this.#extents.length - 1] = { length: last.length + length };
    else this.#extents.push({ length });
    const hole = this.#holes.at(-1);
    if (!isHole) return;
    if (hole && hole[0] + hole[1] === this.#size) hole[1] += length;
    else if (this.#holes.length < maxHoles) this.#holes.push([this.#size, length]);
  }

  async #endSegment(): Promise<void> {
    const digest = this.#digest.digest();
    this.#digests.push(digest);
    const segment = { leafBytes: this.#leafBytes, digest, extents: this.#extents };
    this.#segments.push(await this.#streams.maps.add(segment));
    this.#extents = [];
    this.#digest = startSegmentDigest();
  }
}

/** Node cannot ask where a file's holes are; in a file that takes less space than its size, zeros are taken for holes. */
const isSparse = ({ file }: FileWindow): boolean => file.listed.allocatedBytes < file.listed.sizeBytes;
