import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';

/** Bytes of a frame and where they go. */
export interface WorkExtent {
  readonly pack: number;
  readonly frame: number;
  readonly frameOffset: number;
  readonly length: number;
  readonly file: number;
  readonly fileOffset: number;
}

/** What is needed of a pack, by frame, then by place in the files. */
export interface NeededPack {
  readonly pack: number;
  readonly bytes: number;
  readonly extents: readonly WorkExtent[];
}

/** Pack, frame, offset in it, length, file, and the offset in the file in two halves. */
const words = 7;
const recordBytes = words * Uint32Array.BYTES_PER_ELEMENT;
/** 7 MiB of memory; 50 million extents, as a 10 TB database with scattered changes has them, are 200 runs. */
const defaultRunRecords = 2 ** 18;
/** What a few files need; it doubles until a run is full. */
const firstRecords = 2 ** 10;
/** Read ahead of a run: 200 runs take 5 MiB. */
const bufferedRecords = 2 ** 10;
const half = 2 ** 32;

/**
 * Turns extents from the order of files into the order of packs, outside of memory: sorted runs in one file, then
 * merged. Time is linear in the extents but for the sort within a run; memory is a run, and afterwards a pack.
 */
export class ExtentSort {
  readonly #fd: number;
  readonly #runRecords: number;
  // Memory that is used for every run: what is left to the collector it takes back late.
  #run: Uint32Array;
  #sorted = new Uint32Array(0);
  #order = new Float64Array(0);
  readonly #runs: { readonly from: number; readonly count: number }[] = [];
  #inRun = 0;
  #written = 0;

  /** `path` is scratch that nobody else sees: it is unlinked at once. */
  constructor(path: string, runRecords = defaultRunRecords) {
    this.#fd = openSync(path, 'w+', 0o600);
    unlinkSync(path);
    this.#runRecords = runRecords;
    this.#run = new Uint32Array(Math.min(firstRecords, runRecords) * words);
  }

  add({ pack, frame, frameOffset, length, file, fileOffset }: WorkExtent): void {
    if (this.#inRun === this.#runRecords) this.#flush();
    const at = this.#inRun * words;
    if (at === this.#run.length) this.#grow();
    this.#run[at] = pack;
    this.#run[at + 1] = frame;
    this.#run[at + 2] = frameOffset;
    this.#run[at + 3] = length;
    this.#run[at + 4] = file;
    this.#run[at + 5] = Math.floor(fileOffset / half);
    this.#run[at + 6] = fileOffset % half;
    this.#inRun++;
  }

  /** The packs, ascending. Once, after the last `add`. */
  *packs(): Generator<NeededPack> {
    this.#flush();
    for (const { buffer } of [this.#run, this.#sorted, this.#order]) releaseMemory(new Uint8Array(buffer));
    const cursors = this.#runs.map((run) => new RunCursor(this.#fd, run));
    for (;;) {
      const pack = Math.min(...cursors.map((cursor) => cursor.pack));
      if (pack === Number.POSITIVE_INFINITY) return;
      const extents = cursors.flatMap((cursor) => cursor.take(pack)).sort(inPackOrder);
      yield { pack, extents, bytes: extents.reduce((sum, { length }) => sum + length, 0) };
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #grow(): void {
    const before = this.#run;
    this.#run = new Uint32Array(Math.min(before.length * 2, this.#runRecords * words));
    this.#run.set(before);
    releaseMemory(new Uint8Array(before.buffer));
  }

  #flush(): void {
    const count = this.#inRun;
    if (count === 0) return;
    if (this.#order.length < count) {
      this.#sorted = new Uint32Array(count * words);
      this.#order = new Float64Array(count);
    }
    const order = this.#order.subarray(0, count);
    for (let index = 0; index < count; index++) {
      order[index] = (this.#run[index * words] ?? 0) * this.#runRecords + index;
    }
    order.sort();
    for (let index = 0; index < count; index++) {
      const from = ((order[index] ?? 0) % this.#runRecords) * words;
      this.#sorted.set(this.#run.subarray(from, from + words), index * words);
    }
    const bytes = Buffer.from(this.#sorted.buffer, 0, count * recordBytes);
    writeAll(this.#fd, bytes, this.#written * recordBytes);
    this.#runs.push({ from: this.#written, count });
    this.#written += count;
    this.#inRun = 0;
  }
}

/** By frame, so that each is expanded once; within it by file, so that each is opened once. */
const inPackOrder = (one: WorkExtent, other: WorkExtent): number =>
  one.frame - other.frame || one.file - other.file || one.fileOffset - other.fileOffset;

/** Reads a run from front to back. */
class RunCursor {
  readonly #fd: number;
  readonly #end: number;
  #next: number;
  readonly #buffer = new Uint32Array(bufferedRecords * words);
  #at = 0;
  #filled = 0;

  constructor(fd: number, { from, count }: { readonly from: number; readonly count: number }) {
    this.#fd = fd;
    this.#next = from;
    this.#end = from + count;
    this.#fill();
  }

  /** Of the next extent; infinite after the last. */
  get pack(): number {
    return this.#at < this.#filled ? (this.#buffer[this.#at] ?? 0) : Number.POSITIVE_INFINITY;
  }

  take(pack: number): WorkExtent[] {
    const taken: WorkExtent[] = [];
    while (this.pack === pack) {
      const [, frame = 0, frameOffset = 0, length = 0, file = 0, high = 0, low = 0] = this.#buffer.subarray(
        this.#at,
        this.#at + words,
      );
      taken.push({ pack, frame, frameOffset, length, file, fileOffset: high * half + low });
      this.#at += words;
      if (this.#at === this.#filled) this.#fill();
    }
    return taken;
  }

  #fill(): void {
    const count = Math.min(bufferedRecords, this.#end - this.#next);
    this.#at = 0;
    this.#filled = count * words;
    readAll(this.#fd, Buffer.from(this.#buffer.buffer, 0, count * recordBytes), this.#next * recordBytes);
    this.#next += count;
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

function readAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error('the scratch file of a restore was cut off');
    done += read;
  }
}
