import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface StoreOptions {
  readonly directory: string;
  /** The file is `<name>.sqlite`. */
  readonly name: string;
  readonly schema: string;
  /** Bumped when a table changes; a store of another version is not opened. */
  readonly version: number;
}

/** A database whose commits survive a power cut, opened by one process at a time. */
export class ServiceDatabase {
  readonly sql: DatabaseSync;
  #isInTransaction = false;

  /** @throws Error when the folder holds the data of another version. */
  constructor({ directory, name, schema, version }: StoreOptions) {
    mkdirSync(directory, { recursive: true });
    this.sql = new DatabaseSync(join(directory, `${name}.sqlite`));
    this.sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const stored = Number(this.sql.prepare('PRAGMA user_version').get()?.user_version);
    if (stored === 0) this.sql.exec(`BEGIN; ${schema} PRAGMA user_version = ${version}; COMMIT`);
    else if (stored !== version) {
      this.sql.close();
      throw new Error(
        `${directory} was written by another version (${stored}, this one has ${version}): delete the folder`,
      );
    }
  }

  /** Runs writes that belong together: all are stored, or none. Within another transaction it is part of that. */
  transaction<Result>(write: () => Result): Result {
    if (this.#isInTransaction) return write();
    this.sql.exec('BEGIN IMMEDIATE');
    this.#isInTransaction = true;
    try {
      const result = write();
      this.sql.exec('COMMIT');
      return result;
    } catch (error) {
      this.sql.exec('ROLLBACK');
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /**
   * Runs one statement that is on the disk with the next transaction only: for what may come again after a power cut.
   * Within a transaction it is part of that.
   */
  withoutSync(statement: () => void): void {
    if (this.#isInTransaction) {
      statement();
      return;
    }
    this.sql.exec('PRAGMA synchronous = NORMAL');
    try {
      statement();
    } finally {
      this.sql.exec('PRAGMA synchronous = FULL');
    }
  }

  close(): void {
    this.sql.close();
  }
}
