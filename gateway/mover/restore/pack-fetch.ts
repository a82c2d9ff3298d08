import type { ContainerKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import {
  type Frame,
  openWholePack,
  packHeaderBytes,
  packTailBytes,
  readFrameTable,
  readPackSalt,
  readPackTrailer,
} from '../../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import { ServiceError } from '../../../shared/errors.ts';
import type { ObjectSource } from '../ports.ts';
import type { WorkObject } from './restore-work.ts';

/** Frames of a pack: their facts, and their stored bytes by number. */
export interface FetchedFrames {
  readonly key: string;
  readonly frames: readonly Frame[];
  /** Of an encrypted pack. */
  readonly frameKey?: Uint8Array | undefined;
  readonly stored: (frame: number) => Buffer;
  /** Gives the memory back; call when all frames are in their places. */
  readonly release: () => void;
}

/** From this share of a pack on, one request for all of it is cheaper than several for parts. */
const wholeShare = 0.5;
/** Skipping less than this costs more time than fetching it. */
const gapBytes = 256 * 2 ** 10;
/** Trailer and table of a usual pack of 32 MiB. */
const usualTailBytes = packTailBytes(256);

type Range = { readonly from: number; readonly to: number };

/** A pack as the manifest lists it. */
type Pack = WorkObject & { readonly rawBytes: number };

export interface PackSource {
  readonly source: ObjectSource;
  readonly keyOf: (pack: WorkObject) => string;
  /** Where to put it, as far as it has room there. */
  readonly memory: Buffer;
  /** Of an encrypted snapshot. */
  readonly keysOf?: (pack: WorkObject) => ContainerKeys | undefined;
}

/**
 * Fetches what is needed of a pack, all of it at once when that is much of it. Its table is verified; the frames are to be
 * verified when they are opened, each for itself, so that one that is damaged does not cost the others.
 */
export async function fetchFrames(
  pack: Pack,
  needed: { readonly frames: readonly number[]; readonly bytes: number },
  { source, keyOf, keysOf, memory }: PackSource,
): Promise<FetchedFrames> {
  const key = keyOf(pack);
  const keys = keysOf?.(pack);
  const fetching = new Fetching(source, key, memory);
  const release = () => fetching.release();
  try {
    if (needed.bytes >= pack.rawBytes * wholeShare)
      return { key, release, ...(await fetchWhole(pack, fetching, keys)) };
    return { key, release, ...(await fetchRanges(pack, needed.frames, fetching, keys)) };
  } catch (error) {
    release();
    throw error;
  }
}

/** Fetches one range of an object after the other into memory that was given, or of their own where that is too small. */
class Fetching {
  readonly key: string;
  readonly #source: ObjectSource;
  readonly #memory: Buffer;
  readonly #own: Buffer[] = [];
  #used = 0;

  constructor(source: ObjectSource, key: string, memory: Buffer) {
    this.#source = source;
    this.key = key;
    this.#memory = memory;
  }

  async get(range?: Range): Promise<Buffer> {
    const bytes = await this.#source.get(this.key, range, this.#memory.subarray(this.#used));
    if (bytes.buffer === this.#memory.buffer) this.#used += bytes.length;
    else this.#own.push(bytes);
    if (range && bytes.length !== range.to - range.from)
      throw wrongSize(this.key, range.from + bytes.length, range.to);
    return bytes;
  }

  release(): void {
    for (const bytes of this.#own) releaseMemory(bytes);
  }
}

type Facts = Pick<FetchedFrames, 'frameKey' | 'frames' | 'stored'>;

async function fetchWhole(pack: Pack, fetching: Fetching, keys: ContainerKeys | undefined): Promise<Facts> {
  const { key } = fetching;
  const bytes = await fetching.get();
  if (bytes.length !== pack.storedBytes) throw wrongSize(key, bytes.length, pack.storedBytes);
  const { frames, salt } = openWholePack(bytes, key, pack.tableSha256, keys);
  return { frames, frameKey: keys?.frameKey(salt), stored: (number) => slice(bytes, frames[number]) };
}

/** Shorter or longer than what was stored. */
export const wrongSize = (key: string, found: number, expected: number): ServiceError =>
  new ServiceError('VAULT_OBJECT_WRONG_SIZE', `${key}: has ${found} bytes where ${expected} were stored`, {
    details: { object: key },
  });

const slice = (bytes: Buffer, frame: Frame | undefined, start = 0): Buffer =>
  frame ? bytes.subarray(frame.offset - start, frame.offset - start + frame.storedBytes) : Buffer.alloc(0);

async function fetchRanges(
  pack: Pack,
  needed: readonly number[],
  fetching: Fetching,
  keys: ContainerKeys | undefined,
): Promise<Facts> {
  const { frames, frameKey } = await fetchTable(pack, fetching, keys);
  const pieces: (Range & { readonly bytes: Buffer })[] = [];
  for (const range of rangesOf(needed, frames)) pieces.push({ ...range, bytes: await fetching.get(range) });
  const stored = (number: number): Buffer => {
    const frame = frames[number];
    const piece = pieces.find(({ from, to }) => frame && from <= frame.offset && frame.offset < to);
    return piece ? slice(piece.bytes, frame, piece.from) : Buffer.alloc(0);
  };
  return { frames, frameKey, stored };
}

/**
 * The frame table by one request for the pack's end, or two when the table is long; of an encrypted pack its beginning as
 * well, with the salt.
 */
async function fetchTable(
  pack: Pack,
  fetching: Fetching,
  keys: ContainerKeys | undefined,
): Promise<{ readonly frames: Frame[]; readonly frameKey: Uint8Array | undefined }> {
  const { key } = fetching;
  const size = pack.storedBytes;
  const tailFrom = Math.max(0, size - usualTailBytes);
  const tail = await fetching.get({ from: tailFrom, to: size });
  const trailer = readPackTrailer(tail, size, key, keys);
  const { indexOffset, indexBytes } = trailer;
  const table =
    indexOffset >= tailFrom
      ? tail.subarray(indexOffset - tailFrom, indexOffset - tailFrom + indexBytes)
      : await fetching.get({ from: indexOffset, to: indexOffset + indexBytes });
  const frames = readFrameTable(trailer, table, key, pack.tableSha256);
  if (!keys) return { frames, frameKey: undefined };
  const header = await fetching.get({ from: 0, to: packHeaderBytes });
  return { frames, frameKey: keys.frameKey(readPackSalt(header, { trailer, table }, key)) };
}

function rangesOf(needed: readonly number[], frames: readonly Frame[]): Range[] {
  const ranges: { from: number; to: number }[] = [];
  for (const number of needed) {
    const frame = frames[number];
    // Whoever places it says that it is missing; the others are there.
    if (!frame) continue;
    const to = frame.offset + frame.storedBytes;
    const last = ranges.at(-1);
    if (last && frame.offset - last.to <= gapBytes) last.to = to;
    else ranges.push({ from: frame.offset, to });
  }
  return ranges;
}
