import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { SCHEMA_STEPS } from './schema.ts';

/** Throws when the store was written by a later release, which this one cannot read. */
export function openDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
  // FULL: a commit in WAL mode is on the disk when it returns, so an effect never outlives its cause.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  bringUpToDate(database);
  return database;
}

function bringUpToDate(database: DatabaseSync): void {
  const taken = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (taken > SCHEMA_STEPS.length) {
    throw new Error(
      `The Step Functions store has schema ${taken}, but this release knows only ${SCHEMA_STEPS.length}: start the release that wrote it, or use another folder`,
    );
  }
  for (const [index, step] of SCHEMA_STEPS.entries()) {
    if (index >= taken) {
      transact(database, () => database.exec(`${step} PRAGMA user_version = ${index + 1};`));
    }
  }
}

/** As `transact`, but on the disk with the next transaction only. */
export function transactLater<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('PRAGMA synchronous = NORMAL');
  try {
    return transact(database, work);
  } finally {
    database.exec('PRAGMA synchronous = FULL');
  }
}

export function transact<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

export type Row = Record<string, SQLOutputValue>;

/** Runs SQL texts, each of which is prepared once. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  row(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Returns the id of the row that was inserted last. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#prepared.get(sql) ?? this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
