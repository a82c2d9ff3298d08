import { deserialize, serialize } from 'node:v8';
import { SpillFile } from '../mover/spill-file.ts';
import type { ListedEntry, Listing } from '../mover/upload/list-tree.ts';

const batchEntries = 1000;

/**
 * A listing on the disk, for as long as it is needed: a million entries are half a gigabyte as objects. It is gone through
 * in either direction as often as needed, and gone with the process.
 */
export class SpooledListing {
  readonly #file: SpillFile;
  readonly #batches: { readonly at: number; readonly length: number }[] = [];

  private constructor(folder: string) {
    this.#file = new SpillFile(folder);
  }

  /** `folder`: where there is room for it. */
  static async of(entries: Listing, folder: string): Promise<SpooledListing> {
    const spooled = new SpooledListing(folder);
    try {
      let batch: ListedEntry[] = [];
      for await (const entry of entries) {
        if (batch.push(entry) < batchEntries) continue;
        spooled.#add(batch);
        batch = [];
      }
      spooled.#add(batch);
      return spooled;
    } catch (error) {
      spooled.close();
      throw error;
    }
  }

  *[Symbol.iterator](): Generator<ListedEntry> {
    for (const batch of this.#batches) yield* this.#read(batch);
  }

  *backwards(): Generator<ListedEntry> {
    for (const batch of this.#batches.toReversed()) yield* this.#read(batch).reverse();
  }

  close(): void {
    this.#file.close();
  }

  #add(batch: readonly ListedEntry[]): void {
    const bytes = serialize(batch);
    this.#batches.push({ at: this.#file.append(bytes), length: bytes.length });
  }

  /** Buffers come back as such: entries are as they were. */
  #read({ at, length }: { readonly at: number; readonly length: number }): ListedEntry[] {
    return deserialize(this.#file.read(at, length));
  }
}
