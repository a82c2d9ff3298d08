import { frameBytes, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { PackStream } from './pack-stream.ts';

/** Where bytes will lie, known when their frame is stored. */
export interface LoosePiece {
  readonly length: number;
  place?: { readonly number: number; readonly frame: number; readonly offset: number };
}

/**
 * Gathers scattered changed blocks into frames of up to 1 MiB: 41 MiB of Oracle blocks compress to 21 MB in such frames
 * and to a third more one by one. One frame is compressed while the next is gathered, and stored when that is full: where
 * it comes to lie depends on the content alone, so that an upload that begins anew makes the same packs.
 */
export class LooseLeaves {
  readonly #pool: WorkerPool;
  readonly #packs: PackStream;
  #buffer = Buffer.allocUnsafeSlow(frameBytes);
  #otherBuffer = Buffer.allocUnsafeSlow(frameBytes);
  #pieces: LoosePiece[] = [];
  #length = 0;
  #compressing: { readonly frame: Promise<PreparedFrame>; readonly pieces: LoosePiece[] } | undefined;

  constructor(pool: WorkerPool, packs: PackStream) {
    this.#pool = pool;
    this.#packs = packs;
  }

  /** The pieces add up to the bytes, which are at most a frame. */
  async add(bytes: Buffer, pieces: readonly LoosePiece[]): Promise<void> {
    if (this.#length + bytes.length > frameBytes) await this.#compress();
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#pieces.push(...pieces);
  }

  /** Stores what was gathered; all pieces have their places then. */
  async flush(): Promise<void> {
    if (this.#length > 0) await this.#compress();
    await this.#store();
  }

  async #compress(): Promise<void> {
    await this.#store();
    const raw = this.#buffer.subarray(0, this.#length);
    const frame = this.#compressInPlace(raw);
    // A failure is thrown when the frame is to be stored; until then it must not count as unhandled.
    frame.catch(() => {});
    this.#compressing = { frame, pieces: this.#pieces };
    [this.#buffer, this.#otherBuffer] = [this.#otherBuffer, this.#buffer];
    this.#pieces = [];
    this.#length = 0;
  }

  /** Does not keep the pool's memory until the frame is stored: what is read meanwhile needs it. */
  async #compressInPlace(raw: Buffer): Promise<PreparedFrame> {
    const { release, stored, ...facts } = await this.#pool.compress(raw);
    raw.set(stored);
    release();
    return { ...facts, stored: raw.subarray(0, stored.length) };
  }

  async #store(): Promise<void> {
    if (!this.#compressing) return;
    const { frame, pieces } = this.#compressing;
    this.#compressing = undefined;
    const stored = await this.#packs.append(await frame);
    let offset = 0;
    for (const piece of pieces) {
      piece.place = { ...stored, offset };
      offset += piece.length;
    }
  }
}
