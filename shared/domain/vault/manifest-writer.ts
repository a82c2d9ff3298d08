import { once } from 'node:events';
import { createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { sha256Hex } from './digest.ts';
import type { MountKeys } from './encryption/mount-keys.ts';
import { ManifestChecks } from './manifest-checks.ts';
import { encodeRow } from './manifest-json.ts';
import type {
  LogRow,
  ManifestEntry,
  ManifestHeader,
  ManifestRow,
  ManifestTotals,
  ObjectRow,
} from './manifest-rows.ts';
import { releaseMemory } from './release-memory.ts';

/** Rows that are kept as one compressed piece until the tables before them are known. */
const pieceCharacters = 2 ** 20;
const rowsAtOnce = 1000;

/** Where compressed rows wait until the tables before them are known. */
export interface PieceStore {
  add(piece: Buffer): void;
  /** Each may be gone when the next is asked for. */
  pieces(): Iterable<Buffer>;
}

function inMemory(): PieceStore {
  const kept: Buffer[] = [];
  return { add: (piece) => void kept.push(piece), pieces: () => kept };
}

/**
 * Collects the entries, which are known first but come last, in little memory (about 100 bytes for a small file), and
 * counts what the header says of them.
 */
export class EntryCollector {
  readonly #store: PieceStore;
  #rows: string[] = [];
  #characters = 0;
  readonly #counted = { entries: 0, files: 0, bytes: 0, skipped: 0 };

  constructor(store: PieceStore = inMemory()) {
    this.#store = store;
  }

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
    for (const piece of this.#store.pieces()) yield zstdDecompressSync(piece);
    yield Buffer.from(this.#rows.join(''));
  }

  #compress(): void {
    this.#store.add(zstdCompressSync(Buffer.from(this.#rows.join(''))));
    this.#rows = [];
    this.#characters = 0;
  }
}

export interface ManifestTables {
  readonly header: Omit<ManifestHeader, 'totals'>;
  /** Ascending by kind, owner, number; gone through several times. */
  readonly objects: Iterable<ObjectRow>;
  readonly logs: readonly LogRow[];
}

/** The manifest's bytes and hash. Equal rows give equal bytes. */
export async function encodeManifest(
  tables: ManifestTables,
  entries: EntryCollector,
  keys?: MountKeys,
): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
  const bytes = await compressInOneFrame(manifestPieces(tables, entries, keys));
  return { bytes, sha256: sha256Hex(bytes) };
}

/** The manifest before its compression; throws when the tables are not as they should be. */
export function* manifestPieces(
  tables: ManifestTables,
  entries: EntryCollector,
  keys?: MountKeys,
): Generator<Buffer> {
  const mac = keys?.startManifestMac();
  const totals = yield* rowsBeforeEnd(tables, entries, (piece) => void mac?.update(piece));
  yield Buffer.from(encodeRow({ row: 'end', totals, ...(mac && { mac: mac.digest('hex') }) }));
}

function* rowsBeforeEnd(
  { header, objects, logs }: ManifestTables,
  entries: EntryCollector,
  note: (piece: Buffer) => void,
): Generator<Buffer, ManifestTotals> {
  const noted = (piece: Buffer): Buffer => {
    note(piece);
    return piece;
  };
  let objectCount = 0;
  for (const _ of objects) objectCount++;
  const totals = { objects: objectCount, logs: logs.length, ...entries.counted };
  const checks = new ManifestChecks(`manifest of ${header.uploadId}`);
  const encode = (row: ManifestRow): string => {
    checks.accept(row);
    return encodeRow(row);
  };
  yield noted(Buffer.from(encode({ row: 'manifest', header: { ...header, totals } })));
  let rows: string[] = [];
  for (const object of objects) {
    if (rows.push(encode({ row: 'object', object })) < rowsAtOnce) continue;
    yield noted(Buffer.from(rows.join('')));
    rows = [];
  }
  for (const log of logs) rows.push(encode({ row: 'log', log }));
  yield noted(Buffer.from(rows.join('')));
  for (const piece of entries.pieces()) yield noted(piece);
  return totals;
}

/** One frame, for readers of zstd (Node's among them) may stop after the first and not say so. */
export async function compressInOneFrame(pieces: Iterable<Buffer>): Promise<Buffer> {
  const compressed: Buffer[] = [];
  await compressTo(pieces, (chunk) => void compressed.push(chunk));
  return Buffer.concat(compressed);
}

/** The same for more than fits into memory. Takes the pieces over: 64 MiB of dead ones gather before V8 looks for them. */
export async function compressTo(pieces: Iterable<Buffer>, take: (chunk: Buffer) => void): Promise<void> {
  const stream = createZstdCompress();
  stream.on('data', take);
  for (const piece of pieces) {
    if (stream.write(piece)) continue;
    // All that was written has been compressed by then.
    await once(stream, 'drain');
    releaseMemory(piece);
  }
  stream.end();
  await once(stream, 'end');
}
