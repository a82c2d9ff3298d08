import { closeSync, openSync, readSync, unlinkSync } from 'node:fs';
import {
  frameBlockBytes,
  hashBytes,
  segmentBytes,
  segmentCount,
} from '../../../shared/domain/vault/digest.ts';
import type { ProvenStretch } from '../threads/worker-tasks.ts';

const leavesOfSegment = segmentBytes / frameBlockBytes;
/** What a segment takes of the table. */
export const tableBytes = leavesOfSegment * hashBytes;
/** Segments at once, 250 GiB of files: each takes 8 KiB of memory. Others are read back from the disk. */
const mostSegments = 1000;

interface ProvenFile {
  readonly id: number;
  readonly size: number;
  readonly leafBytes: number;
}

interface Proven {
  /** Its place in the table. */
  readonly at: number;
  /** A bit for each leaf: whether it is proven. */
  readonly marks: Uint8Array;
  /** Whether all of it was written. */
  readonly written: Uint8Array;
}

export interface Run {
  readonly offset: number;
  readonly length: number;
}

/**
 * What of the files was compared on the disk with frames that were verified, and the digests of its leaves. They lie in a
 * table on the disk, of which a segment has a part from its first leaf that is proven until its digest is known.
 */
export class ProvenLeaves {
  readonly #path: string;
  readonly #most: number;
  readonly #segments = new Map<string, Proven>();
  readonly #free: number[] = [];
  #fd: number | undefined;
  #isUnusable = false;
  #end = 0;

  /** `path` is scratch that nobody else sees: it is unlinked at once. `roomBytes`: what the table may take at most. */
  constructor(path: string, roomBytes: number) {
    this.#path = path;
    this.#most = Math.min(mostSegments, Math.floor(roomBytes / tableBytes));
  }

  /** The open table, as soon as something has a place in it. */
  get table(): number | undefined {
    return this.#fd;
  }

  /** Where in the table the digests of leaves of a segment go, from one on; undefined when there is no room. */
  placeOf(file: ProvenFile, fileOffset: number): number | undefined {
    if (file.leafBytes !== frameBlockBytes || fileOffset % frameBlockBytes !== 0) return undefined;
    const ordinal = Math.floor(fileOffset / segmentBytes);
    const proven = this.#segments.get(keyOf(file, ordinal)) ?? this.#begin(file, ordinal);
    return proven && proven.at + leafOf(fileOffset, ordinal) * hashBytes;
  }

  /** Only for leaves whose digests are where `placeOf` said. */
  note(file: ProvenFile, { fileOffset, length }: ProvenStretch): void {
    const ordinal = Math.floor(fileOffset / segmentBytes);
    const first = leafOf(fileOffset, ordinal);
    const proven = this.#segments.get(keyOf(file, ordinal));
    if (proven) mark(proven.marks, first, first + length / frameBlockBytes);
  }

  /** Some bytes of one segment stand in their place, and no others will be written there. */
  noteWritten(file: ProvenFile, { fileOffset, length }: ProvenStretch): void {
    const ordinal = Math.floor(fileOffset / segmentBytes);
    const proven = this.#segments.get(keyOf(file, ordinal));
    if (!proven) return;
    const [from, to] = [fileOffset + frameBlockBytes - 1, fileOffset + length];
    mark(proven.written, leafOf(from, ordinal), leafOf(to, ordinal));
  }

  /** Whether a stretch is of one segment, and all its leaves are written. */
  isWritten(file: ProvenFile, { fileOffset, length }: ProvenStretch): boolean {
    const ordinal = Math.floor(fileOffset / segmentBytes);
    const proven = this.#segments.get(keyOf(file, ordinal));
    const [first, end] = [leafOf(fileOffset, ordinal), leafOf(fileOffset + length, ordinal)];
    if (!proven || end > leavesOfSegment) return false;
    return unmarked(proven.written, first, end).next().done === true;
  }

  /** Puts the digests that are known of a stretch of a segment in their places of `digests`; answers what has none. */
  read(file: ProvenFile, { offset, length }: Run, digests: Buffer): Run[] {
    const ordinal = Math.floor(offset / segmentBytes);
    const proven = this.#segments.get(keyOf(file, ordinal));
    if (!proven) return [{ offset, length }];
    const first = leafOf(offset, ordinal);
    if (!readAll(this.#fd, digests, proven.at + first * hashBytes)) return [{ offset, length }];
    const end = first + Math.ceil(length / frameBlockBytes);
    return [...unmarked(proven.marks, first, end)].map(([from, to]) => {
      const start = (from - first) * frameBlockBytes;
      return {
        offset: offset + start,
        length: Math.min((to - first) * frameBlockBytes, length) - start,
      };
    });
  }

  /** Its digest is known, or nobody asks for it any more. */
  forget(file: ProvenFile, ordinal: number): void {
    const key = keyOf(file, ordinal);
    const proven = this.#segments.get(key);
    if (proven) this.#free.push(proven.at);
    this.#segments.delete(key);
  }

  forgetAll(file: ProvenFile): void {
    for (let ordinal = 0; ordinal < segmentCount(file.size); ordinal++) this.forget(file, ordinal);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#isUnusable = true;
  }

  #begin(file: ProvenFile, ordinal: number): Proven | undefined {
    if (this.#segments.size >= this.#most || !this.#open()) return undefined;
    const at = this.#free.pop() ?? this.#end;
    this.#end = Math.max(this.#end, at + tableBytes);
    const [marks, written] = [new Uint8Array(leavesOfSegment / 8), new Uint8Array(leavesOfSegment / 8)];
    const proven = { at, marks, written };
    this.#segments.set(keyOf(file, ordinal), proven);
    return proven;
  }

  /** A restore can do without it. */
  #open(): boolean {
    if (this.#fd !== undefined || this.#isUnusable) return !this.#isUnusable;
    try {
      this.#fd = openSync(this.#path, 'w+', 0o600);
      unlinkSync(this.#path);
    } catch {
      this.#isUnusable = true;
    }
    return !this.#isUnusable;
  }
}

const keyOf = ({ id }: ProvenFile, ordinal: number): string => `${id}/${ordinal}`;

const leafOf = (fileOffset: number, ordinal: number): number =>
  Math.floor((fileOffset - ordinal * segmentBytes) / frameBlockBytes);

const isMarked = (marks: Uint8Array, leaf: number): boolean =>
  (((marks[leaf >> 3] ?? 0) >> (leaf & 7)) & 1) === 1;

function mark(marks: Uint8Array, from: number, to: number): void {
  for (let leaf = from; leaf < to; leaf++) marks[leaf >> 3] = (marks[leaf >> 3] ?? 0) | (1 << (leaf & 7));
}

/** From and to of every run of leaves without a mark. */
function* unmarked(marks: Uint8Array, first: number, end: number): Generator<readonly [number, number]> {
  for (let leaf = first; leaf < end; leaf++) {
    if (isMarked(marks, leaf)) continue;
    const from = leaf;
    while (leaf < end && !isMarked(marks, leaf)) leaf++;
    yield [from, leaf];
  }
}

/** What nobody wrote lies beyond the end, or is a hole: it is not marked. */
function readAll(fd: number | undefined, into: Buffer, position: number): boolean {
  if (fd === undefined) return false;
  try {
    for (let done = 0; done < into.length; ) {
      const read = readSync(fd, into, done, into.length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return true;
  } catch {
    return false;
  }
}
