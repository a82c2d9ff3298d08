/** Bytes of a piece's digest that are kept, as of a leaf's. */
export const pieceDigestBytes = 16;
const recordBytes = 8 + pieceDigestBytes;

/** A piece of content of a segment of a file (see content-cuts.ts). */
export interface ListedPiece {
  /** In the segment. */
  readonly at: number;
  readonly length: number;
  readonly digest: Buffer;
}

/** Pieces as they are kept: offset, length and digest of each, ascending. Lists of neighbours are simply joined. */
export function encodePieces(pieces: readonly ListedPiece[]): Buffer {
  const list = Buffer.allocUnsafeSlow(pieces.length * recordBytes);
  pieces.forEach(({ at, length, digest }, index) => {
    const start = list.writeUInt32BE(length, list.writeUInt32BE(at, index * recordBytes));
    list.set(digest, start);
  });
  return list;
}

export function* decodePieces(list: Buffer): Generator<ListedPiece> {
  for (let start = 0; start + recordBytes <= list.length; start += recordBytes) {
    yield {
      at: list.readUInt32BE(start),
      length: list.readUInt32BE(start + 4),
      digest: list.subarray(start + 8, start + recordBytes),
    };
  }
}

/** The pieces that lie within stretches of the segment, which are ascending. */
export function piecesWithin(
  list: Buffer,
  stretches: readonly { readonly at: number; readonly length: number }[],
): Buffer {
  const kept: ListedPiece[] = [];
  let index = 0;
  for (const piece of decodePieces(list)) {
    const end = piece.at + piece.length;
    for (let one = stretches[index]; one && one.at + one.length <= piece.at; one = stretches[++index]);
    const stretch = stretches[index];
    if (stretch && stretch.at <= piece.at && end <= stretch.at + stretch.length) kept.push(piece);
  }
  return encodePieces(kept);
}
