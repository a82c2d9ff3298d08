import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';
import type { BodyInFile } from './ports.ts';

/** What a day's backup of a database needs stays below; a million files do not. */
const defaultMemoryBytes = 4 * 2 ** 20;
const readBytes = 256 * 2 ** 10;

export interface SpillPlace {
  readonly at: number;
  readonly length: number;
}

/** Bytes that are written once and read several times: a few in memory, many on the disk, in a file without a name. */
export class SpillFile implements BodyInFile {
  readonly #folder: string;
  readonly #memoryBytes: number;
  #pieces: Buffer[] = [];
  #fd: number | undefined;
  #length = 0;

  constructor(folder = tmpdir(), memoryBytes = defaultMemoryBytes) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
  }

  get sizeBytes(): number {
    return this.#length;
  }

  /** Takes the bytes over; answers where they stand. */
  append(bytes: Buffer): number {
    const at = this.#length;
    this.#length += bytes.length;
    if (this.#fd === undefined) this.#pieces.push(bytes);
    else writeAll(this.#fd, bytes, at);
    if (this.#fd === undefined && this.#length > this.#memoryBytes) this.#spill();
    return at;
  }

  read(at: number, length: number): Buffer {
    if (this.#fd === undefined) return this.#inMemory().subarray(at, at + length);
    const bytes = Buffer.allocUnsafeSlow(Math.min(length, this.#length - at));
    for (let done = 0; done < bytes.length; ) {
      done += readSync(this.#fd, bytes, done, bytes.length - done, at + done);
    }
    return bytes;
  }

  /** Each is good until the next is asked for: as much as was read would otherwise wait for the collector of garbage. */
  *readInTurn(places: Iterable<SpillPlace>): Generator<Buffer> {
    for (const { at, length } of places) {
      const bytes = this.read(at, length);
      yield bytes;
      if (this.#fd !== undefined) releaseMemory(bytes);
    }
  }

  /** From the beginning, piece by piece; each is good until the next is asked for. */
  chunks(): Generator<Buffer> {
    const count = Math.ceil(this.#length / readBytes);
    return this.readInTurn(
      Array.from({ length: count }, (_, index) => ({ at: index * readBytes, length: readBytes })),
    );
  }

  /** All bytes, if they are few. */
  get bytes(): Buffer | undefined {
    return this.#fd === undefined ? this.#inMemory() : undefined;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    [this.#pieces, this.#length] = [[], 0];
  }

  #inMemory(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #spill(): void {
    const path = join(this.#folder, `.spill-${randomUUID()}`);
    this.#fd = openSync(path, 'wx+', 0o600);
    // From now on nobody finds it, and it is gone with the process.
    unlinkSync(path);
    writeAll(this.#fd, this.#inMemory(), 0);
    this.#pieces = [];
  }
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}
