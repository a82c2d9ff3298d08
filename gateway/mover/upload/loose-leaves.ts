import { frameBytes, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { PackStream } from './pack-stream.ts';

/** Where bytes will lie, known when their frame is stored. */
export interface LoosePiece {
  readonly length: number;
  place?: { readonly number: number; readonly frame: number; readonly offset: number };
}

/** What waits for gathered blocks: the digests of four segments, and as much again of the parent's. */
const maxHeldBytes = 4 * 2 ** 20;

/** As long as a day has gathered no more than this, its frames are worth two and a half times the time. */
const smallDayBytes = 8 * 2 ** 20;
/** 0.59 instead of 0.60 of Oracle blocks of which a fifth are incompressible; 12 ms a frame more. */
const smallDayLevel = 6;
/** 0.58 instead of 0.61 of the same in one half-filled frame; 60 ms more. */
const onlyFrameLevel = 16;

interface Waiting {
  /** What has to be stored before: so many frames. */
  readonly frames: number;
  readonly heldBytes: number;
  readonly carryOut: () => Promise<void> | void;
}

/**
 * Gathers scattered changed blocks of all files into frames of up to 1 MiB: 41 MiB of Oracle blocks compress to 21 MB in
 * such frames and to a third more one by one. One frame is compressed while the next is gathered, and stored when that is
 * full: where it comes to lie depends on the content alone, so that an upload that begins anew makes the same packs.
 */
export class LooseLeaves {
  readonly #pool: Pick<WorkerPool, 'compress'>;
  readonly #packs: Pick<PackStream, 'append'>;
  #buffer = Buffer.allocUnsafeSlow(frameBytes);
  #otherBuffer = Buffer.allocUnsafeSlow(frameBytes);
  #pieces: LoosePiece[] = [];
  #length = 0;
  #compressing: { readonly frame: Promise<PreparedFrame>; readonly pieces: LoosePiece[] } | undefined;
  /** Frames given to be compressed, and those of them that are stored. */
  #begun = 0;
  #stored = 0;
  #gatheredBytes = 0;
  readonly #waiting: Waiting[] = [];
  #heldBytes = 0;

  constructor(pool: Pick<WorkerPool, 'compress'>, packs: Pick<PackStream, 'append'>) {
    this.#pool = pool;
    this.#packs = packs;
  }

  /** The pieces add up to the bytes, which are at most a frame. */
  async add(bytes: Buffer, pieces: readonly LoosePiece[]): Promise<void> {
    if (this.#length + bytes.length > frameBytes) await this.#compress(this.#levelOfFull());
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#gatheredBytes += bytes.length;
    this.#pieces.push(...pieces);
  }

  /**
   * Does something as soon as all that was added before has its place: now, or while more is added; one after the other.
   * `heldBytes` is what it keeps in memory until then: when that becomes much, a frame is stored before it is full.
   */
  async afterwards(heldBytes: number, carryOut: Waiting['carryOut']): Promise<void> {
    const frames = this.#begun + (this.#length > 0 ? 1 : 0);
    this.#waiting.push({ frames, heldBytes, carryOut });
    this.#heldBytes += heldBytes;
    if (this.#heldBytes > maxHeldBytes) await this.flush();
    else await this.#carryOut();
  }

  /** Stores what was gathered; nothing waits any more then. */
  async flush(): Promise<void> {
    if (this.#length > 0) await this.#compress(this.#levelOfLast());
    await this.#store();
    await this.#carryOut();
  }

  async #carryOut(): Promise<void> {
    for (let [first] = this.#waiting; first && first.frames <= this.#stored; [first] = this.#waiting) {
      this.#waiting.shift();
      this.#heldBytes -= first.heldBytes;
      await first.carryOut();
    }
  }

  #levelOfFull(): number {
    return this.#gatheredBytes <= smallDayBytes ? smallDayLevel : 0;
  }

  #levelOfLast(): number {
    return this.#begun === 0 ? onlyFrameLevel : this.#levelOfFull();
  }

  async #compress(leastLevel: number): Promise<void> {
    await this.#store();
    const raw = this.#buffer.subarray(0, this.#length);
    const frame = this.#compressInPlace(raw, leastLevel);
    // A failure is thrown when the frame is to be stored; until then it must not count as unhandled.
    frame.catch(() => {});
    this.#begun++;
    this.#compressing = { frame, pieces: this.#pieces };
    [this.#buffer, this.#otherBuffer] = [this.#otherBuffer, this.#buffer];
    this.#pieces = [];
    this.#length = 0;
    await this.#carryOut();
  }

  /** Does not keep the pool's memory until the frame is stored: what is read meanwhile needs it. */
  async #compressInPlace(raw: Buffer, leastLevel: number): Promise<PreparedFrame> {
    const { release, stored, ...facts } = await this.#pool.compress(raw, leastLevel);
    raw.set(stored);
    release();
    return { ...facts, stored: raw.subarray(0, stored.length) };
  }

  async #store(): Promise<void> {
    if (!this.#compressing) return;
    const { frame, pieces } = this.#compressing;
    this.#compressing = undefined;
    const place = await this.#packs.append(await frame);
    this.#stored++;
    let offset = 0;
    for (const piece of pieces) {
      piece.place = { ...place, offset };
      offset += piece.length;
    }
  }
}
