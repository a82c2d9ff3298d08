import { once } from 'node:events';
import { createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { sha256Hex } from './digest.ts';
import { ManifestChecks } from './manifest-checks.ts';
import { encodeRow } from './manifest-json.ts';
import type { LogRow, ManifestEntry, ManifestHeader, ManifestRow, ObjectRow } from './manifest-rows.ts';

/** Rows that are kept as one compressed piece until the tables before them are known. */
const pieceCharacters = 2 ** 20;

/**
 * Collects the entries, which are known first but come last, in little memory (about 100 bytes for a small file), and
 * counts what the header says of them.
 */
export class EntryCollector {
  readonly #pieces: Buffer[] = [];
  #rows: string[] = [];
  #characters = 0;
  readonly #counted = { entries: 0, files: 0, bytes: 0, skipped: 0 };

  get counted(): Readonly<{ entries: number; files: number; bytes: number; skipped: number }> {
    return this.#counted;
  }

  add(entry: ManifestEntry): void {
    this.#counted.entries++;
    if (entry.type === 'skipped') this.#counted.skipped++;
    if (entry.type === 'file') {
      this.#counted.files++;
      this.#counted.bytes += entry.size;
    }
    const row = encodeRow({ row: 'entry', entry });
    this.#rows.push(row);
    this.#characters += row.length;
    if (this.#characters >= pieceCharacters) this.#compress();
  }

  /** The rows' bytes, piece by piece. */
  *pieces(): Generator<Buffer> {
    for (const piece of this.#pieces) yield zstdDecompressSync(piece);
    yield Buffer.from(this.#rows.join(''));
  }

  #compress(): void {
    this.#pieces.push(zstdCompressSync(Buffer.from(this.#rows.join(''))));
    this.#rows = [];
    this.#characters = 0;
  }
}

export interface ManifestTables {
  readonly header: Omit<ManifestHeader, 'totals'>;
  /** Ascending by kind, owner, number. */
  readonly objects: readonly ObjectRow[];
  readonly logs: readonly LogRow[];
}

/** The manifest's bytes and hash. Equal rows give equal bytes. */
export async function encodeManifest(
  { header, objects, logs }: ManifestTables,
  entries: EntryCollector,
): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
  const totals = { objects: objects.length, logs: logs.length, ...entries.counted };
  const tables: ManifestRow[] = [
    { row: 'manifest', header: { ...header, totals } },
    ...objects.map((object) => ({ row: 'object', object }) as const),
    ...logs.map((log) => ({ row: 'log', log }) as const),
  ];
  const checks = new ManifestChecks(`manifest of ${header.uploadId}`);
  for (const row of tables) checks.accept(row);
  const bytes = await compressInOneFrame(piecesOf(tables, entries, encodeRow({ row: 'end', totals })));
  return { bytes, sha256: sha256Hex(bytes) };
}

function* piecesOf(tables: readonly ManifestRow[], entries: EntryCollector, end: string): Generator<Buffer> {
  for (const row of tables) yield Buffer.from(encodeRow(row));
  yield* entries.pieces();
  yield Buffer.from(end);
}

/** One frame, for readers of zstd (Node's among them) may stop after the first and not say so. */
export async function compressInOneFrame(pieces: Iterable<Buffer>): Promise<Buffer> {
  const stream = createZstdCompress();
  const compressed: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => compressed.push(chunk));
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(compressed);
}
