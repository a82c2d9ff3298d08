import { createHmac, hash } from 'node:crypto';

/**
 * New content is cut where the content itself says so, about every 64 KiB: bytes that were inserted in front of it move
 * the cuts along, and so the pieces between them are found again wherever they lie.
 *
 * Whether there is a cut depends on the bytes just before it and on nothing else, so that windows of a file can be cut
 * by several threads at once, and shifted windows alike.
 */
interface CutSearch {
  /** Bytes of one segment of the file. */
  readonly bytes: Uint8Array;
  /** Pieces that begin from here … */
  readonly from: number;
  /** … up to here are answered; they may end behind it. */
  readonly to: number;
  /** Whether the bytes begin where the file does, and end where it does: there are cuts as well. */
  readonly beginsFile: boolean;
  readonly endsFile: boolean;
  readonly table?: CutTable | undefined;
}

/** The 32 bits of the rolling hash forget a byte after 32 more. */
const hashedBytes = 32;
/** 16 bits of it are zero at one place in 65,536. */
const cutShift = 16;
/** Of several places that are close together the first is a cut: tiny pieces would cost more than they save. */
const leastBytes = 8192;
/** What has no cut for so long, one byte in three hundred, is not looked up. */
export const mostPieceBytes = 512 * 2 ** 10;
/** How much before the first piece has to be there to tell where it begins. */
export const cutContextBytes = leastBytes + hashedBytes;

/** Numbers by which content is cut; fixed for ever, for others would find nothing of what was cut by these. */
export type CutTable = Int32Array;

/** Under a key of an encrypted mount, whose block maps then do not tell known content by where it is cut. */
export const makeCutTable = (key?: Uint8Array): CutTable =>
  Int32Array.from({ length: 256 }, (_, byte) => {
    const text = `holdfast cut 1 ${byte}`;
    return (
      key ? createHmac('sha256', key).update(text).digest() : hash('sha256', text, 'buffer')
    ).readInt32BE(0);
  });

const plainTable = makeCutTable();

export interface ContentPiece {
  /** In the bytes given. */
  readonly at: number;
  readonly length: number;
}

/** The pieces that begin between `from` and `to`, in order. */
export function cutByContent(search: CutSearch): ContentPiece[] {
  const { from, to } = search;
  const pieces: ContentPiece[] = [];
  let begin: number | undefined;
  for (const cut of cutsOf(search)) {
    const length = begin === undefined ? 0 : cut - begin;
    if (begin !== undefined && begin >= from && length > 0 && length <= mostPieceBytes)
      pieces.push({ at: begin, length });
    if (cut >= to) break;
    begin = cut;
  }
  return pieces;
}

function* cutsOf({
  bytes,
  to,
  beginsFile,
  endsFile,
  table: gear = plainTable,
}: CutSearch): Generator<number> {
  if (beginsFile) yield 0;
  let last = beginsFile ? 0 : -leastBytes;
  const end = Math.min(bytes.length, to + mostPieceBytes);
  for (let at = findCandidate(bytes, gear, 0, end); at; at = findCandidate(bytes, gear, at, end)) {
    if (at < hashedBytes) continue;
    if (at - last >= leastBytes) yield at;
    last = at;
  }
  if (endsFile && end === bytes.length) yield end;
}

/**
 * The next place behind `from` where the hash allows a cut. Each search begins with the bytes that the hash remembers: so the
 * loop that runs over every byte is in a function of its own, that has nothing else, and is half again as fast as in a generator.
 */
function findCandidate(bytes: Uint8Array, gear: CutTable, from: number, end: number): number | undefined {
  let rolled = 0;
  for (let at = Math.max(0, from - hashedBytes); at < from; at++)
    rolled = ((rolled << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
  for (let at = from; at < end; ) {
    rolled = ((rolled << 1) + (gear[bytes[at++] ?? 0] ?? 0)) | 0;
    if (rolled >>> cutShift === 0) return at;
  }
  return undefined;
}
