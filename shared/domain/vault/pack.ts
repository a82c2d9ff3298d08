import { ByteWriter } from './byte-writer.ts';
import {
  type ContainerKind,
  headerBytes,
  type Item,
  itemRecordBytes,
  maxItems,
  type PreparedItem,
  trailerBytes,
} from './container.ts';
import {
  checkHeader,
  checkMac,
  type ItemOpening,
  type OpenedItem,
  openHashedItem,
  openIndex,
  openItem,
  readItems,
  readTrailer,
  type Trailer,
} from './container-reader.ts';
import { ContainerWriter, type SealedContainer } from './container-writer.ts';
import type { ContainerGuard, ContainerKeys } from './encryption/mount-keys.ts';
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
  versions: ['bytes', 'blocks'],
  maxItemBytes: frameBytes,
  isEncrypted: true,
};

export type Frame = Item;
export type PreparedFrame = PreparedItem;
export type FrameOpening = ItemOpening;

/** Of a pack's beginning, what holds the salt of its key. */
export const packHeaderBytes = headerBytes;

/** Fills one pack in a buffer of the caller, which is the pack's largest size. */
export class PackWriter {
  readonly #container: ContainerWriter;
  readonly #limit: number;

  constructor(buffer: Buffer, keys?: ContainerKeys) {
    this.#container = new ContainerWriter(packKind, buffer, keys);
    this.#limit = buffer.length;
  }

  hasRoomFor(storedBytes: number): boolean {
    const frames = this.#container.items.length + 1;
    return (
      frames <= maxItems &&
      this.#container.sizeWith(this.#container.sizeOf(storedBytes) + frames * itemRecordBytes) <= this.#limit
    );
  }

  /** The frame's index in this pack. */
  add(frame: PreparedFrame): number {
    return this.#container.add(frame);
  }

  seal(): SealedContainer {
    const table = new ByteWriter();
    this.#container.writeRecords(table, () => 0);
    return this.#container.seal(table.result());
  }
}

/** Where the frame table lies, from the last bytes of a pack. */
export const readPackTrailer = (
  tail: Buffer,
  packBytes: number,
  object: string,
  guard?: ContainerGuard,
): Trailer => readTrailer(packKind, tail, packBytes, object, guard);

/** The salt of a pack's key, from its first 64 bytes and its table, which are checked against each other. */
export function readPackSalt(
  header: Buffer,
  { trailer, table }: { readonly trailer: Trailer; readonly table: Buffer },
  object: string,
): Buffer {
  const salt = checkHeader(packKind, header, object, trailer);
  checkMac(trailer, header, table, object);
  return salt;
}

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
export const openPack = (
  bytes: Buffer,
  object: string,
  tableSha256?: string,
  guard?: ContainerGuard,
): Frame[] => openWholePack(bytes, object, tableSha256, guard).frames;

/** The frames of a whole pack, and the salt of its key. */
export function openWholePack(
  bytes: Buffer,
  object: string,
  tableSha256?: string,
  guard?: ContainerGuard,
): { readonly frames: Frame[]; readonly salt: Buffer } {
  const trailer = readPackTrailer(bytes, bytes.length, object, guard);
  const table = bytes.subarray(trailer.indexOffset, trailer.indexOffset + trailer.indexBytes);
  const salt = readPackSalt(bytes, { trailer, table }, object);
  return { frames: readFrameTable(trailer, table, object, tableSha256), salt };
}

/** A frame's raw bytes, verified; may be a view of `stored`. */
export const openFrame = (frame: Frame, stored: Buffer, object: string, opening?: FrameOpening): Buffer =>
  openItem(frame, stored, object, opening);

export type OpenedFrame = OpenedItem;

/** A frame's raw bytes, verified, which may be a view of `stored`, and the hashes of its blocks, if it has such. */
export const openHashedFrame = (
  frame: Frame,
  stored: Buffer,
  object: string,
  opening?: FrameOpening,
): OpenedFrame => openHashedItem(frame, stored, object, opening);
