import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { type FrameStreams, GatheredFrames, type LoosePiece } from './gathered-frames.ts';
import { looksRandom } from './looks-random.ts';

/** What waits for gathered blocks: the digests of four segments. */
const maxHeldBytes = 4 * 2 ** 20;

/**
 * As long as a day has gathered no more than this, its frames are worth two and a half times the time. Of 5 MiB, that was
 * a fifteenth of the whole backup.
 */
const smallDayBytes = 2 * 2 ** 20;
/** 0.59 instead of 0.60 of Oracle blocks of which a fifth are incompressible; 12 ms a frame more. */
const smallDayLevel = 6;
/** 0.58 instead of 0.61 of the same in one half-filled frame; 60 ms more. */
const onlyFrameLevel = 16;

/** Nothing is gained by more of what does not compress; a frame costs 64 bytes in its pack's table. */
const randomFrameBytes = 128 * 2 ** 10;

interface Waiting {
  /** Frames that have to be stored before. */
  readonly frames: number;
  readonly randomFrames: number;
  readonly heldBytes: number;
  readonly carryOut: () => Promise<void> | void;
}

/**
 * Gathers scattered changed blocks of all files into frames of up to 1 MiB: 41 MiB of Oracle blocks compress to 21 MB in
 * such frames and to a third more one by one. Blocks that do not compress are gathered apart: zstd codes what lies
 * beside them worse, by 0.01 of a frame of which a fifth is LOBs.
 */
export class LooseLeaves {
  readonly #frames: GatheredFrames;
  readonly #randomFrames: GatheredFrames;
  #gatheredBytes = 0;
  readonly #waiting: Waiting[] = [];
  #heldBytes = 0;

  constructor(pool: FrameStreams['pool'], packs: FrameStreams['packs']) {
    this.#frames = new GatheredFrames({ pool, packs }, frameBytes);
    this.#randomFrames = new GatheredFrames({ pool, packs }, randomFrameBytes);
  }

  /** The pieces add up to the bytes, which are at most a frame. */
  async add(bytes: Buffer, pieces: readonly LoosePiece[]): Promise<void> {
    let at = 0;
    for (const piece of pieces) {
      const part = bytes.subarray(at, at + piece.length);
      at += piece.length;
      if (looksRandom(part)) await this.#addTo(this.#randomFrames, part, piece, 0);
      else await this.#addTo(this.#frames, part, piece, this.#levelOfFull());
    }
  }

  /**
   * Does something as soon as all that was added before has its place: now, or while more is added; one after the other.
   * `heldBytes` is what it keeps in memory until then: when that becomes much, frames are stored before they are full.
   */
  async afterwards(heldBytes: number, carryOut: Waiting['carryOut']): Promise<void> {
    const [frames, randomFrames] = [this.#frames.needed, this.#randomFrames.needed];
    this.#waiting.push({ frames, randomFrames, heldBytes, carryOut });
    this.#heldBytes += heldBytes;
    if (this.#heldBytes > maxHeldBytes) await this.flush();
    else await this.#carryOut();
  }

  /** Stores what was gathered; nothing waits any more then. */
  async flush(): Promise<void> {
    await this.#randomFrames.endFrame(0);
    await this.#frames.endFrame(this.#frames.begun === 0 ? onlyFrameLevel : this.#levelOfFull());
    await this.#randomFrames.store();
    await this.#frames.store();
    await this.#carryOut();
  }

  async #addTo(frames: GatheredFrames, part: Buffer, piece: LoosePiece, level: number): Promise<void> {
    if (!frames.hasRoomFor(part.length)) {
      await frames.endFrame(level);
      await this.#carryOut();
    }
    frames.add(part, piece);
    if (frames === this.#frames) this.#gatheredBytes += part.length;
  }

  async #carryOut(): Promise<void> {
    const isDue = ({ frames, randomFrames }: Waiting): boolean =>
      frames <= this.#frames.stored && randomFrames <= this.#randomFrames.stored;
    for (let [first] = this.#waiting; first && isDue(first); [first] = this.#waiting) {
      this.#waiting.shift();
      this.#heldBytes -= first.heldBytes;
      await first.carryOut();
    }
  }

  #levelOfFull(): number {
    return this.#gatheredBytes <= smallDayBytes ? smallDayLevel : 0;
  }
}
