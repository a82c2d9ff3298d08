import {
  type ContentHash,
  plainHash,
  segmentBytes,
  segmentLength,
} from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { encodePieces, type ListedPiece, pieceDigestBytes } from '../baseline/content-list.ts';
import { type CutTable, cutByContent, cutContextBytes, mostPieceBytes } from './content-cuts.ts';

/** A window of a file whose pieces of content are looked for. */
export interface ScannedStretch {
  readonly fd: number;
  readonly offset: number;
  readonly length: number;
  readonly fileBytes: number;
}

type ReadAt = (fd: number, into: Buffer, offset: number) => Buffer | undefined;

/** Held once a thread, and only by threads that scan. */
let memory: Buffer | undefined;

/** The list of the pieces that begin in the stretch, by their places in its segment; undefined when the file ended. */
export function scanContent(
  { fd, offset, length, fileBytes }: ScannedStretch,
  read: ReadAt,
  { table, hashPiece = plainHash }: { readonly table?: CutTable; readonly hashPiece?: ContentHash } = {},
) {
  memory ??= Buffer.allocUnsafeSlow(cutContextBytes + frameBytes + mostPieceBytes);
  const segment = Math.floor(offset / segmentBytes);
  const segmentStart = segment * segmentBytes;
  const segmentEnd = segmentStart + segmentLength(fileBytes, segment);
  const start = Math.max(segmentStart, offset - cutContextBytes);
  const end = Math.min(segmentEnd, offset + length + mostPieceBytes);
  const bytes = read(fd, memory.subarray(0, end - start), start);
  if (!bytes) return undefined;
  const pieces = cutByContent({
    bytes,
    from: offset - start,
    to: offset - start + length,
    beginsFile: start === 0,
    endsFile: end === fileBytes,
    table,
  });
  return encodePieces(
    pieces.map(
      ({ at, length: pieceBytes }): ListedPiece => ({
        at: start + at - segmentStart,
        length: pieceBytes,
        digest: hashPiece(bytes.subarray(at, at + pieceBytes)).subarray(0, pieceDigestBytes),
      }),
    ),
  );
}
