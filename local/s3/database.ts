import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Keys are BLOBs: their bytes are UTF-8, which SQLite compares byte by byte as S3 orders keys, and the byte
 * 0xFF, which no UTF-8 text holds, bounds every prefix. `seq` grows with each change, so the newest version
 * of a key has the highest.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets(
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, versioning TEXT NOT NULL, config TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions(
    seq INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, version_id TEXT NOT NULL,
    is_current INTEGER NOT NULL, is_delete_marker INTEGER NOT NULL, last_modified INTEGER NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, body_id TEXT UNIQUE, attributes TEXT NOT NULL,
    UNIQUE(bucket, key, version_id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS versions_by_key ON versions(bucket, key, seq DESC);
  CREATE UNIQUE INDEX IF NOT EXISTS current_versions ON versions(bucket, key) WHERE is_current = 1;
  CREATE TABLE IF NOT EXISTS uploads(
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, initiated INTEGER NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parts(
    upload_id TEXT NOT NULL, number INTEGER NOT NULL, body_id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
    etag TEXT NOT NULL, checksum TEXT NOT NULL, last_modified INTEGER NOT NULL, PRIMARY KEY(upload_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events(id INTEGER PRIMARY KEY AUTOINCREMENT, envelope TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS restores(seq INTEGER PRIMARY KEY, due INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS restores_by_time ON restores(due);
  CREATE TABLE IF NOT EXISTS counter(value INTEGER NOT NULL) STRICT;
  INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
`;

const SQLITE_BUSY = 5;

/** The metadata of all buckets. Node is single-threaded and so is this: each method runs to its end. */
export class Database {
  readonly sql: DatabaseSync;
  readonly #nextSeq;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.sql = new DatabaseSync(join(directory, 'metadata.sqlite'));
    try {
      // Exclusive: a second server would take the first one's unfinished bodies for a crash's leftovers.
      this.sql.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      this.transaction(() => this.sql.exec(SCHEMA));
    } catch (cause) {
      this.sql.close();
      if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
        throw new Error(`The S3 directory ${directory} is in use by another process; stop that one first.`, {
          cause,
        });
      }
      throw cause;
    }
    this.#nextSeq = this.sql.prepare('UPDATE counter SET value = value + 1 RETURNING value');
  }

  /** Runs the change as a whole or not at all; it is on the disk when this returns. */
  transaction<T>(change: () => T): T {
    this.sql.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.sql.exec('COMMIT');
      return result;
    } catch (cause) {
      this.sql.exec('ROLLBACK');
      throw cause;
    }
  }

  /**
   * Runs one statement that is on the disk with the next transaction only: for what may come again after a power cut.
   * Not within a transaction.
   */
  withoutSync(statement: () => void): void {
    this.sql.exec('PRAGMA synchronous = NORMAL');
    try {
      statement();
    } finally {
      this.sql.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Next number of the order of all changes. Only within a transaction. */
  nextSeq(): number {
    return Number(this.#nextSeq.get()?.value);
  }

  close(): void {
    this.sql.close();
  }
}
