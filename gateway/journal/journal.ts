import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { DeletionRecords } from './deletion-records.ts';
import { ExclusionRecord } from './exclusion-record.ts';
import { KeptSnapshotRecords } from './kept-snapshot-records.ts';
import { LinkRecord } from './link-record.ts';
import { LogRecords } from './log-records.ts';
import { MountRecords } from './mount-records.ts';
import { ObjectRecords } from './object-records.ts';
import { prepareQuery } from './query.ts';
import { RequestRecords } from './request-records.ts';
import { RestoreRecords } from './restore-records.ts';
import { journalTables, journalUpgrades, journalVersion } from './schema.ts';
import { SnapshotRecords } from './snapshot-records.ts';
import { SpaceRecords } from './space-records.ts';
import { StoreRecord } from './store-record.ts';

/** The journal cannot be used; the message says why and what to do. */
export class JournalError extends Error {}

/** What the gateway must remember over a crash. Every method is on disk when it returns. */
export class Journal {
  readonly store: StoreRecord;
  readonly link: LinkRecord;
  readonly exclusion: ExclusionRecord;
  readonly mounts: MountRecords;
  readonly snapshots: SnapshotRecords;
  readonly kept: KeptSnapshotRecords;
  readonly logs: LogRecords;
  readonly objects: ObjectRecords;
  readonly requests: RequestRecords;
  readonly restores: RestoreRecords;
  readonly space: SpaceRecords;
  readonly deletions: DeletionRecords;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.store = new StoreRecord(database);
    this.link = new LinkRecord(database);
    this.exclusion = new ExclusionRecord(database);
    this.mounts = new MountRecords(database);
    this.snapshots = new SnapshotRecords(database);
    this.kept = new KeptSnapshotRecords(database);
    this.logs = new LogRecords(database);
    this.objects = new ObjectRecords(database);
    this.requests = new RequestRecords(database);
    this.restores = new RestoreRecords(database);
    this.space = new SpaceRecords(database);
    this.deletions = new DeletionRecords(database);
  }

  /** All of `work` or nothing; `work` must not wait for anything. */
  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite ends it by itself where the disk is full.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Opens the journal of a data directory and keeps it locked: the lock is the kernel's, so it ends with the process
 * however that ends, and no stale lock file can stop a start. Throws JournalError.
 */
export function openJournal(dataDirectory: string): Journal {
  const file = join(dataDirectory, 'journal.sqlite');
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    prepareTables(database, file);
    return new Journal(database);
  } catch (error) {
    database.close();
    throw isLocked(error)
      ? new JournalError(`another gateway process uses the data directory ${dataDirectory}: stop it first`)
      : error;
  }
}

function prepareTables(database: DatabaseSync, file: string): void {
  // Also takes the lock that EXCLUSIVE then keeps.
  database.exec('BEGIN IMMEDIATE');
  const version = prepareQuery(database, 'PRAGMA user_version', z.object({ user_version: z.int() }));
  const found = version.find()?.user_version ?? 0;
  if (found === 0) database.exec(journalTables);
  else if (found < journalVersion) upgradeTables(database, found);
  else if (found > journalVersion) {
    throw new JournalError(
      `${file} has version ${found}, this gateway reads version ${journalVersion}: use the gateway that wrote it`,
    );
  }
  database.exec(`PRAGMA user_version = ${journalVersion}; COMMIT`);
}

function upgradeTables(database: DatabaseSync, found: number): void {
  for (let version = found; version < journalVersion; version++) {
    database.exec(journalUpgrades.get(version) ?? '');
  }
}

const isLocked = (error: unknown): boolean => {
  const sqliteBusy = 5;
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
};
