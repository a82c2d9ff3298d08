import { ServiceDatabase } from '../endpoint/service-database.ts';
import type { CreatedFunction } from './created-function.ts';

/** An event that was accepted and is not done. */
export interface StoredEvent {
  readonly id: number;
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly dueAt: number;
  /** How often the function ran for it. */
  readonly invokeCount: number;
}

const SCHEMA = `
  CREATE TABLE functions (name TEXT PRIMARY KEY, description TEXT NOT NULL, code BLOB NOT NULL) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    function_name TEXT NOT NULL,
    request_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    invoke_count INTEGER NOT NULL
  ) STRICT;
`;

/** What outlives the process: functions made through the API with their packages, and events that wait. */
export class FunctionStore {
  readonly #database: ServiceDatabase;

  constructor(directory: string) {
    this.#database = new ServiceDatabase({ directory, name: 'lambda', schema: SCHEMA, version: 1 });
  }

  functions(): readonly CreatedFunction[] {
    const rows = this.#database.sql.prepare('SELECT description FROM functions ORDER BY name').all();
    return rows.map(({ description }) => JSON.parse(String(description)) as CreatedFunction);
  }

  codeOf(name: string): Uint8Array {
    const row = this.#database.sql.prepare('SELECT code FROM functions WHERE name = ?').get(name);
    if (row === undefined) throw new Error(`There is no stored function ${name}.`);
    return row.code as Uint8Array;
  }

  insertFunction(created: CreatedFunction, code: Uint8Array): void {
    this.#database.sql
      .prepare('INSERT INTO functions (name, description, code) VALUES (?, ?, ?)')
      .run(created.name, JSON.stringify(created), code);
  }

  updateFunction(created: CreatedFunction, code?: Uint8Array): void {
    this.#database.sql
      .prepare('UPDATE functions SET description = ?, code = coalesce(?, code) WHERE name = ?')
      .run(JSON.stringify(created), code ?? null, created.name);
  }

  deleteFunction(name: string): void {
    this.#database.sql.prepare('DELETE FROM functions WHERE name = ?').run(name);
  }

  events(): StoredEvent[] {
    return this.#database.sql
      .prepare(
        `SELECT id, function_name AS functionName, request_id AS requestId, payload, accepted_at AS acceptedAt,
           due_at AS dueAt, invoke_count AS invokeCount
         FROM events ORDER BY id`,
      )
      .all() as unknown as StoredEvent[];
  }

  insertEvent({
    functionName,
    requestId,
    payload,
    acceptedAt,
    dueAt,
    invokeCount,
  }: Omit<StoredEvent, 'id'>): number {
    return Number(
      this.#database.sql
        .prepare(
          `INSERT INTO events (function_name, request_id, payload, accepted_at, due_at, invoke_count)
           VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(functionName, requestId, payload, acceptedAt, dueAt, invokeCount).lastInsertRowid,
    );
  }

  updateEvent({ id, dueAt, invokeCount }: StoredEvent): void {
    this.#database.sql
      .prepare('UPDATE events SET due_at = ?, invoke_count = ? WHERE id = ?')
      .run(dueAt, invokeCount, id);
  }

  /** A function may run twice for an event, so this need not wait for the disk. */
  deleteEvent(id: number): void {
    const statement = this.#database.sql.prepare('DELETE FROM events WHERE id = ?');
    this.#database.withoutSync(() => statement.run(id));
  }

  close(): void {
    this.#database.close();
  }
}
