import { packTargetBytes } from '../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';

/**
 * Memory for whole packs, so much for all uploads (or all restores) of this process together: a fixed ring, which is used
 * again and again, and which whoever fills faster than packs are sent or written waits for. Who holds nothing goes
 * before who holds something already, so that one that is stuck does not stop the others.
 */
export class PackBuffers {
  /** That one may hold at once. */
  readonly each: number;
  readonly #all: number;
  readonly #shares = new Set<PackShare>();
  readonly #free: Buffer[] = [];
  #allocated = 0;

  constructor({ all, each }: { readonly all: number; readonly each: number }) {
    this.#all = all;
    this.each = each;
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
    const available = this.#free.length + this.#all - this.#allocated;
    if (available === 0 || (share.held > 0 && available <= waiting)) return undefined;
    const buffer = this.#free.pop();
    if (buffer) return buffer;
    this.#allocated++;
    return Buffer.allocUnsafeSlow(packTargetBytes);
  }

  /** For PackShare. */
  giveBack(buffers: readonly Buffer[]): void {
    this.#free.push(...buffers);
    for (const share of this.#shares) if (share.held === 0) share.serve();
    for (const share of this.#shares) share.serve();
  }

  /** For PackShare: with the last one the memory goes. */
  leave(share: PackShare): void {
    this.#shares.delete(share);
    this.giveBack([]);
    if (this.#shares.size > 0) return;
    for (const buffer of this.#free.splice(0)) releaseMemory(buffer);
    this.#allocated = 0;
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
      const buffer = this.held < this.#ring.each ? this.#ring.takeFor(this) : undefined;
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
    this.#ring.giveBack(held);
    this.#ring.leave(this);
  }
}

/** 48 MiB: an upload fills a pack while it sends another, and a second upload has what it needs as well. */
export const uploadBuffers = new PackBuffers({ all: 3, each: 2 });
/** 32 MiB: a pack is written to files while the next is on its way. */
export const restoreBuffers = new PackBuffers({ all: 2, each: 2 });
