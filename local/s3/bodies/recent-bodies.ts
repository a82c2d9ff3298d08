import { statSync } from 'node:fs';
import { type Batch, type Batches, batchesFor } from './batches.ts';

/** A body may take an eighth of the memory: one that drives out all others is rarely worth it. */
const MAX_SHARE = 1 / 8;

/** Room in memory for a body on its way in. Its owner ends it: by keep, or by leave when the body came to nothing. */
export interface Room {
  /** Takes over the next batch of the body, once it was written. */
  hold(batch: Batch): void;
  /** The body has come and is the file at this path, which nobody but the store knew of until now. */
  keep(id: string, path: string): void;
  leave(): void;
}

/** A body in memory that stays as it is until its reader leaves. */
export interface HeldBody {
  /** All but the last are full. */
  readonly batches: readonly Batch[];
  /** When no byte of it is looked at any more. */
  leave(): void;
}

interface KeptBody {
  readonly batches: readonly Batch[];
  readonly file: FileState;
  readers: number;
}

/**
 * The bodies stored last, in the memory that they came in: what the page cache would answer had they not passed by it.
 * As with that, the file decides: bytes that are no longer its own are not answered. All the memory is bounded: what is
 * kept, what is on its way in, and what was removed and is still being sent.
 */
export class RecentBodies {
  readonly #memory: Batches;
  readonly #maxBatches: number;
  /** The oldest first. */
  readonly #kept = new Map<string, KeptBody>();
  #takenBatches = 0;

  constructor(memory: Batches, maxBatches: number) {
    this.#memory = memory;
    this.#maxBatches = maxBatches;
  }

  /** Makes room at the cost of the oldest that nobody reads. Absent for what is too large, or when all are read. */
  makeRoom(sizeBytes: number): Room | undefined {
    const wanted = batchesFor(sizeBytes);
    if (wanted > this.#maxBatches * MAX_SHARE) return undefined;
    for (const [id, { readers }] of this.#kept) {
      if (this.#takenBatches + wanted <= this.#maxBatches) break;
      if (readers === 0) this.forget(id);
    }
    if (this.#takenBatches + wanted > this.#maxBatches) return undefined;
    this.#takenBatches += wanted;
    const batches: Batch[] = [];
    return {
      hold: (batch) => batches.push(batch),
      keep: (id, path) => {
        const file = readFileState(path);
        if (file === undefined) throw new Error('The file of a body that was just stored is gone');
        this.#kept.set(id, { batches, file, readers: 0 });
      },
      leave: () => {
        this.#memory.giveBack(batches);
        this.#takenBatches -= wanted;
      },
    };
  }

  /** Absent when the body is not in memory, or its file at this path is not what was stored. */
  read(id: string, path: string): HeldBody | undefined {
    const body = this.#kept.get(id);
    if (body === undefined) return undefined;
    if (!isSameFile(body.file, readFileState(path))) {
      this.forget(id);
      return undefined;
    }
    body.readers += 1;
    return {
      batches: body.batches,
      leave: () => {
        body.readers -= 1;
        if (this.#kept.get(id) !== body) this.#free(body);
      },
    };
  }

  forget(id: string): void {
    const body = this.#kept.get(id);
    if (body === undefined) return;
    this.#kept.delete(id);
    this.#free(body);
  }

  #free({ batches, readers }: KeptBody): void {
    if (readers > 0) return;
    this.#memory.giveBack(batches);
    this.#takenBatches -= batches.length;
  }
}

/** Another one when anybody wrote to the file, or put another in its place. */
type FileState = readonly bigint[];

function readFileState(path: string): FileState | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs];
}

function isSameFile(stored: FileState, found: FileState | undefined): boolean {
  return stored.every((value, index) => value === found?.[index]);
}
