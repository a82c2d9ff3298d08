import { createHash } from 'node:crypto';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import {
  compressTo,
  type EntryCollector,
  type ManifestTables,
  manifestPieces,
  type PieceStore,
} from '../../../shared/domain/vault/manifest-writer.ts';
import { SpillFile, type SpillPlace } from '../spill-file.ts';

/** Rows of entries in a file, for an EntryCollector. */
export class SpilledPieces implements PieceStore {
  readonly #file: SpillFile;
  readonly #places: SpillPlace[] = [];

  constructor(folder?: string) {
    this.#file = new SpillFile(folder);
  }

  add(piece: Buffer): void {
    this.#places.push({ at: this.#file.append(piece), length: piece.length });
  }

  pieces(): Iterable<Buffer> {
    return this.#file.readInTurn(this.#places);
  }

  close(): void {
    this.#file.close();
  }
}

/** encodeManifest for manifests that may not fit into memory; the file is the caller's to close. */
export async function writeManifest(
  tables: ManifestTables,
  entries: EntryCollector,
  folder?: string,
  keys?: MountKeys,
): Promise<{ readonly file: SpillFile; readonly sha256: string }> {
  const file = new SpillFile(folder);
  const hash = createHash('sha256');
  try {
    await compressTo(manifestPieces(tables, entries, keys), (chunk) => {
      hash.update(chunk);
      file.append(chunk);
    });
  } catch (error) {
    file.close();
    throw error;
  }
  return { file, sha256: hash.digest('hex') };
}
