import { ByteWriter } from './byte-writer.ts';
import {
  type ContainerKind,
  type Item,
  itemRecordBytes,
  maxItems,
  type PreparedItem,
  trailerBytes,
} from './container.ts';
import {
  checkHeader,
  openIndex,
  openItem,
  readItems,
  readTrailer,
  type Trailer,
} from './container-reader.ts';
import { ContainerWriter, type SealedContainer, writeItemRecord } from './container-writer.ts';
import { damaged } from './errors.ts';

/** Largest raw frame: the unit of compression and verification. */
export const frameBytes = 2 ** 20;
/**
 * What writers fill a pack up to; readers take any size up to `maxContainerBytes`. Each upload holds two: twice as large, and
 * two uploads at once would not fit into the memory that a gateway is promised to need.
 */
export const packTargetBytes = 16 * 2 ** 20;

const packKind: ContainerKind = {
  name: 'pack',
  headMagic: 'HOLDPACK',
  tailMagic: 'PACKTAIL',
  maxItemBytes: frameBytes,
};

export type Frame = Item;
export type PreparedFrame = PreparedItem;

/** Fills one pack in a buffer of the caller, which is the pack's largest size. */
export class PackWriter {
  readonly #container: ContainerWriter;
  readonly #limit: number;

  constructor(buffer: Buffer) {
    this.#container = new ContainerWriter(packKind, buffer);
    this.#limit = buffer.length;
  }

  hasRoomFor(storedBytes: number): boolean {
    const frames = this.#container.items.length + 1;
    return (
      frames <= maxItems && this.#container.sizeWith(storedBytes + frames * itemRecordBytes) <= this.#limit
    );
  }

  /** The frame's index in this pack. */
  add(frame: PreparedFrame): number {
    return this.#container.add(frame);
  }

  seal(): SealedContainer {
    const table = new ByteWriter();
    for (const frame of this.#container.items) writeItemRecord(table, frame, 0);
    return this.#container.seal(table.result());
  }
}

/** Where the frame table lies, from the last bytes of a pack. */
export const readPackTrailer = (tail: Buffer, packBytes: number, object: string): Trailer =>
  readTrailer(packKind, tail, packBytes, object);

/** How many bytes of a pack's end hold trailer and table of `frames` frames. */
export const packTailBytes = (frames: number): number => trailerBytes + frames * itemRecordBytes;

/** The frames of a pack, from its table's bytes. `tableSha256` is what the manifest says of the table. */
export function readFrameTable(
  trailer: Trailer,
  table: Buffer,
  object: string,
  tableSha256?: string,
): Frame[] {
  const reader = openIndex(trailer, table, object, tableSha256);
  const frames = readItems(packKind, reader, trailer, object);
  reader.end();
  if (frames.some((frame) => frame.lastField !== 0))
    throw damaged(object, 'has reserved bytes in use in its table');
  return frames;
}

/** The frames of a whole pack. */
export function openPack(bytes: Buffer, object: string, tableSha256?: string): Frame[] {
  const trailer = readPackTrailer(bytes, bytes.length, object);
  checkHeader(packKind, bytes, object);
  const table = bytes.subarray(trailer.indexOffset, trailer.indexOffset + trailer.indexBytes);
  return readFrameTable(trailer, table, object, tableSha256);
}

/** A frame's raw bytes, verified; may be a view of `stored`. */
export const openFrame = (frame: Frame, stored: Buffer, object: string): Buffer =>
  openItem(frame, stored, object);
