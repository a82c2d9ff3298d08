import type { FileHandle } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { FileEntry } from '../../shared/domain/vault/manifest-rows.ts';
import { type ObjectRef, refKey } from '../../shared/domain/vault/pack-ref.ts';

export interface WorkFile {
  readonly id: number;
  readonly path: Buffer;
  readonly size: number;
  readonly leafBytes: number;
  readonly digest: string;
}

/** Gives `work` the file open for reading and writing. */
export type UseFile = <T>(file: WorkFile, work: (handle: FileHandle) => Promise<T>) => Promise<T>;

export interface WorkSegment {
  readonly file: WorkFile;
  /** Its place in the file. */
  readonly ordinal: number;
  /** Its place in the bundle. */
  readonly item: number;
  readonly sha256: string;
}

/** Bytes of a frame and where they go. */
export interface WorkExtent {
  readonly pack: number;
  readonly frame: number;
  readonly frameOffset: number;
  readonly length: number;
  readonly file: number;
  readonly fileOffset: number;
}

const schema = `
  CREATE TABLE file (id INTEGER PRIMARY KEY, path BLOB, size INTEGER, leaf_bytes INTEGER, digest TEXT, holes TEXT,
    is_whole INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE segment (bundle TEXT, item INTEGER, file INTEGER, ordinal INTEGER, sha256 TEXT,
    PRIMARY KEY (bundle, item, file, ordinal)) WITHOUT ROWID;
  CREATE TABLE digest (file INTEGER, ordinal INTEGER, digest BLOB, PRIMARY KEY (file, ordinal)) WITHOUT ROWID;
  CREATE TABLE extent (pack INTEGER, frame INTEGER, frame_offset INTEGER, length INTEGER, file INTEGER,
    file_offset INTEGER);
`;

const statements = {
  addFile: 'INSERT INTO file (path, size, leaf_bytes, digest, holes) VALUES (?, ?, ?, ?, ?)',
  addSegment: 'INSERT INTO segment VALUES (?, ?, ?, ?, ?)',
  addDigest: 'INSERT INTO digest VALUES (?, ?, ?)',
  addExtent: 'INSERT INTO extent VALUES (?, ?, ?, ?, ?, ?)',
  markIncomplete: 'UPDATE file SET is_whole = 0 WHERE id = ?',
  file: 'SELECT id, path, size, leaf_bytes, digest FROM file WHERE id = ?',
  holesOf: 'SELECT holes FROM file WHERE id = ?',
  files: 'SELECT id, is_whole FROM file ORDER BY id',
  segmentsIn: 'SELECT * FROM segment WHERE bundle = ? ORDER BY item',
  digests: 'SELECT digest FROM digest WHERE file = ? ORDER BY ordinal',
  packs: 'SELECT pack, SUM(length) AS bytes FROM extent GROUP BY pack ORDER BY pack',
  extentsOf: 'SELECT * FROM extent WHERE pack = ? ORDER BY frame, file, file_offset',
} as const;

/**
 * What a restore has to do, turned from file order into pack order. It lies on disk, because a snapshot of 10 TB has
 * 10^7 extents; it is made anew by each attempt, so it needs neither journal nor syncs.
 */
export class RestoreWork {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof statements, StatementSync>>;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000');
    this.#database.exec(`${schema} BEGIN`);
    const prepared = Object.entries(statements).map(([name, sql]) => [name, this.#database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
  }

  addFile({ path, size, leafBytes, digest, holes, segments }: FileEntry): void {
    const { lastInsertRowid } = this.#statements.addFile.run(
      path,
      size,
      leafBytes,
      digest,
      JSON.stringify(holes),
    );
    segments.forEach((segment, ordinal) => {
      this.#statements.addSegment.run(
        refKey(segment),
        segment.index,
        lastInsertRowid,
        ordinal,
        segment.sha256,
      );
    });
  }

  /** The segments that lie in a bundle, in the bundle's order. */
  *segmentsIn(bundle: ObjectRef): Generator<WorkSegment> {
    for (const row of this.#statements.segmentsIn.all(refKey(bundle))) {
      const file = this.file(Number(row.file));
      yield { file, ordinal: Number(row.ordinal), item: Number(row.item), sha256: String(row.sha256) };
    }
  }

  file(id: number): WorkFile {
    const row = this.#statements.file.get(id);
    if (!row || !(row.path instanceof Uint8Array)) throw new Error(`file ${id} is not part of this restore`);
    return {
      id,
      path: Buffer.from(row.path),
      size: Number(row.size),
      leafBytes: Number(row.leaf_bytes),
      digest: String(row.digest),
    };
  }

  /** Apart from the rest of a file, for there may be very many. */
  holesOf(file: number): FileEntry['holes'] {
    return JSON.parse(String(this.#statements.holesOf.get(file)?.holes ?? '[]'));
  }

  addSegmentDigest(file: number, ordinal: number, digest: Buffer): void {
    this.#statements.addDigest.run(file, ordinal, digest);
  }

  /** The digests of a file's segments in order. */
  segmentDigests(file: number): Uint8Array[] {
    const rows = this.#statements.digests.all(file);
    return rows.map((row) => (row.digest instanceof Uint8Array ? row.digest : Buffer.alloc(0)));
  }

  /** The file is not on the disk as it should be: it will be written, and must be verified. */
  markIncomplete(file: number): void {
    this.#statements.markIncomplete.run(file);
  }

  addExtent({ pack, frame, frameOffset, length, file, fileOffset }: WorkExtent): void {
    this.#statements.addExtent.run(pack, frame, frameOffset, length, file, fileOffset);
  }

  /** Call between adding extents and asking for them. */
  sortExtents(): void {
    this.#database.exec('CREATE INDEX extent_order ON extent (pack, frame, file, file_offset)');
  }

  /** The packs needed, ascending, each with the bytes needed of it. */
  packs(): { readonly pack: number; readonly bytes: number }[] {
    const rows = this.#statements.packs.all();
    return rows.map((row) => ({ pack: Number(row.pack), bytes: Number(row.bytes) }));
  }

  /** What is needed of a pack, frame by frame. */
  extentsOf(pack: number): WorkExtent[] {
    return this.#statements.extentsOf.all(pack).map((row) => ({
      pack,
      frame: Number(row.frame),
      frameOffset: Number(row.frame_offset),
      length: Number(row.length),
      file: Number(row.file),
      fileOffset: Number(row.file_offset),
    }));
  }

  /** Files in the order of the manifest, each with whether it was on the disk as it should be. */
  *files(): Generator<WorkFile & { readonly isWhole: boolean }> {
    for (const row of this.#statements.files.iterate()) {
      yield { ...this.file(Number(row.id)), isWhole: row.is_whole === 1 };
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
