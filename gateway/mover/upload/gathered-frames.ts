import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import { frameBytes, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { PackStream } from './pack-stream.ts';

/** Where bytes will lie, known when their frame is stored. */
export interface LoosePiece {
  readonly length: number;
  place?: { readonly number: number; readonly frame: number; readonly offset: number };
}

export interface FrameStreams {
  readonly pool: Pick<WorkerPool, 'compress'>;
  readonly packs: Pick<PackStream, 'append'>;
}

/**
 * Pieces one after the other, cut into frames. One frame is compressed while the next is gathered, and stored when that is
 * full: where it comes to lie depends on the content alone, so that an upload that begins anew makes the same packs.
 */
export class GatheredFrames {
  readonly #streams: FrameStreams;
  readonly #fullBytes: number;
  // Memory that is never touched is none: a piece may be longer than what counts as full.
  #buffer = Buffer.allocUnsafeSlow(frameBytes);
  #otherBuffer = Buffer.allocUnsafeSlow(frameBytes);
  #pieces: LoosePiece[] = [];
  #length = 0;
  #compressing: { readonly frame: Promise<PreparedFrame>; readonly pieces: LoosePiece[] } | undefined;
  #begun = 0;
  #stored = 0;

  constructor(streams: FrameStreams, fullBytes: number) {
    this.#streams = streams;
    this.#fullBytes = fullBytes;
  }

  /** Frames that were ended. */
  get begun(): number {
    return this.#begun;
  }

  get stored(): number {
    return this.#stored;
  }

  /** Frames that have to be stored until all that was added has its place. */
  get needed(): number {
    return this.#begun + (this.#length > 0 ? 1 : 0);
  }

  hasRoomFor(length: number): boolean {
    return this.#length === 0 || this.#length + length <= this.#fullBytes;
  }

  add(bytes: Buffer, piece: LoosePiece): void {
    copyBytes(this.#buffer, this.#length, bytes);
    this.#length += bytes.length;
    this.#pieces.push(piece);
  }

  /** Ends the frame; the one before is stored. */
  async endFrame(leastLevel: number): Promise<void> {
    if (this.#length === 0) return;
    await this.store();
    const raw = this.#buffer.subarray(0, this.#length);
    const frame = this.#compressInPlace(raw, leastLevel);
    // A failure is thrown when the frame is to be stored; until then it must not count as unhandled.
    frame.catch(() => {});
    this.#begun++;
    this.#compressing = { frame, pieces: this.#pieces };
    [this.#buffer, this.#otherBuffer] = [this.#otherBuffer, this.#buffer];
    this.#pieces = [];
    this.#length = 0;
  }

  /** Stores the frame that was ended last, if it is not stored yet. */
  async store(): Promise<void> {
    if (!this.#compressing) return;
    const { frame, pieces } = this.#compressing;
    this.#compressing = undefined;
    const place = await this.#streams.packs.append(await frame);
    this.#stored++;
    let offset = 0;
    for (const piece of pieces) {
      piece.place = { ...place, offset };
      offset += piece.length;
    }
  }

  /** Does not keep the pool's memory until the frame is stored: what is read meanwhile needs it. */
  async #compressInPlace(raw: Buffer, leastLevel: number): Promise<PreparedFrame> {
    const { release, stored, ...facts } = await this.#streams.pool.compress(raw, leastLevel);
    copyBytes(raw, 0, stored);
    release();
    return { ...facts, stored: raw.subarray(0, stored.length) };
  }
}
