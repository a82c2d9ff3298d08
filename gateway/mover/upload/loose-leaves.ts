import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { PackStream } from './pack-stream.ts';

/** Where bytes will lie, known when their frame is stored. */
export interface LoosePiece {
  readonly length: number;
  place?: { readonly number: number; readonly frame: number; readonly offset: number };
}

/**
 * Gathers scattered changed blocks into frames of up to 1 MiB: 41 MiB of Oracle blocks compress to 21 MB in such frames
 * and to a third more one by one.
 */
export class LooseLeaves {
  readonly #pool: WorkerPool;
  readonly #packs: PackStream;
  readonly #buffer = Buffer.allocUnsafeSlow(frameBytes);
  #pieces: LoosePiece[] = [];
  #length = 0;

  constructor(pool: WorkerPool, packs: PackStream) {
    this.#pool = pool;
    this.#packs = packs;
  }

  /** The pieces add up to the bytes, which are at most a frame. */
  async add(bytes: Buffer, pieces: readonly LoosePiece[]): Promise<void> {
    if (this.#length + bytes.length > frameBytes) await this.flush();
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#pieces.push(...pieces);
  }

  /** Stores what was gathered; all pieces have their places then. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const { release, ...frame } = await this.#pool.compress(this.#buffer.subarray(0, this.#length));
    const stored = await this.#packs.append(frame);
    release();
    let offset = 0;
    for (const piece of this.#pieces) {
      piece.place = { ...stored, offset };
      offset += piece.length;
    }
    this.#pieces = [];
    this.#length = 0;
  }
}
