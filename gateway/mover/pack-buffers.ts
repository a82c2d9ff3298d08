import { packTargetBytes } from '../../shared/domain/vault/pack.ts';
import { SpareMemory } from './spare-memory.ts';

/** One for all rings: what uploads leave, a restore takes. */
const memory = new SpareMemory(packTargetBytes);

/**
 * Memory for whole packs, so much for all uploads (or all restores) of this process together: a fixed ring, which is used
 * again and again, and which whoever fills faster than packs are sent or written waits for. Who holds nothing goes
 * before who holds something already, so that one that is stuck does not stop the others.
 */
export class PackBuffers {
  readonly #all: number;
  readonly #each: number;
  readonly #others: PackBuffers | undefined;
  readonly #shares = new Set<PackShare>();
  #heldByAll = 0;

  /** `each`: that one may hold at once; only one as long as the ring of `others`, which are more urgent, is in use. */
  constructor({ all, each, others }: { all: number; each: number; others?: PackBuffers }) {
    this.#all = all;
    this.#each = each;
    this.#others = others;
  }

  get each(): number {
    return this.#others?.isInUse ? 1 : this.#each;
  }

  get isInUse(): boolean {
    return this.#shares.size > 0;
  }

  /** For one upload or restore, which is to leave in the end. */
  join(): PackShare {
    const share = new PackShare(this);
    this.#shares.add(share);
    return share;
  }

  /** For PackShare: memory, if it is its turn. */
  takeFor(share: PackShare): Buffer | undefined {
    const waiting = [...this.#shares].filter(({ held }) => held === 0).length;
    const available = this.#all - this.#heldByAll;
    const isItsTurn = share.held === 0 || (share.held < this.each && available > waiting);
    if (available === 0 || !isItsTurn) return undefined;
    this.#heldByAll++;
    return memory.take();
  }

  /** For PackShare. */
  giveBack(buffers: readonly Buffer[]): void {
    this.#heldByAll -= buffers.length;
    for (const buffer of buffers) memory.give(buffer);
    for (const share of this.#shares) if (share.held === 0) share.serve();
    for (const share of this.#shares) share.serve();
    // More than usual is in use then, and what is more must not stay.
    if (this.#others?.isInUse) memory.release();
  }

  /** For PackShare, which has no part in it any more. */
  leave(share: PackShare, held: readonly Buffer[]): void {
    this.#shares.delete(share);
    this.giveBack(held);
  }
}

/** What one upload or restore has of the ring. */
export class PackShare {
  readonly #ring: PackBuffers;
  readonly #held = new Set<Buffer>();
  readonly #waiting = new Set<(buffer: Buffer) => void>();

  constructor(ring: PackBuffers) {
    this.#ring = ring;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Memory of the size of a pack, as soon as there is some. Rejects with the signal's reason when it is aborted. */
  take(signal?: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const giveUp = () => {
        this.#waiting.delete(begin);
        reject(signal?.reason);
      };
      const begin = (buffer: Buffer) => {
        signal?.removeEventListener('abort', giveUp);
        resolve(buffer);
      };
      this.#waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.serve();
    });
  }

  give(buffer: Buffer): void {
    if (this.#held.delete(buffer)) this.#ring.giveBack([buffer]);
  }

  /** For PackBuffers: gives memory to who waits for it, if there is any. */
  serve(): void {
    for (const begin of this.#waiting) {
      const buffer = this.#ring.takeFor(this);
      if (!buffer) return;
      this.#held.add(buffer);
      this.#waiting.delete(begin);
      begin(buffer);
    }
  }

  /** Gives everything back; nobody uses it or waits for more of it. */
  leave(): void {
    const held = [...this.#held];
    this.#held.clear();
    this.#ring.leave(this, held);
  }
}

/** 32 MiB: a pack is written to files while the next is on its way. */
export const restoreBuffers = new PackBuffers({ all: 2, each: 2 });
/** 48 MiB: an upload fills a pack while it sends another, and a second upload has what it needs as well. */
export const uploadBuffers = new PackBuffers({ all: 3, each: 2, others: restoreBuffers });
