import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DeliveryHistory } from './delivery-target.ts';

/** Something that a target has still to receive. */
export interface Delivery extends DeliveryHistory {
  readonly id: string;
  readonly targetKey: string;
  readonly payload: string;
}

/** A message that stands in a dead-letter queue. */
export interface DeadLetter {
  readonly queueArn: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: number;
}

export interface StoredSchedule {
  readonly key: string;
  /** Expression and zone: when they change, the schedule starts anew. */
  readonly definition: string;
  readonly anchorMs: number;
  /** Absent when it will never fire again. */
  readonly nextMs?: number;
}

/** Bumped when a table changes; a store of another version is not opened. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY, target_key TEXT NOT NULL, payload TEXT NOT NULL, accepted_at INTEGER NOT NULL,
    refusals INTEGER NOT NULL DEFAULT 0, function_errors INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_due ON deliveries(due_at);
  CREATE TABLE schedules (
    key TEXT PRIMARY KEY, definition TEXT NOT NULL, anchor_at INTEGER NOT NULL, next_at INTEGER
  ) STRICT;
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY, queue_arn TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
`;

/** Events that were accepted and not delivered yet, schedules with their next times, and dead letters. */
export class EventStore {
  readonly #database: DatabaseSync;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#database = new DatabaseSync(join(directory, 'events.sqlite'));
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0)
      this.#database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    else if (version !== SCHEMA_VERSION) {
      this.#database.close();
      throw new Error(
        `The events in ${directory} were stored by another version (${version}): delete the folder`,
      );
    }
  }

  /** Runs writes that belong together: all are stored, or none. */
  transaction(write: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  addDelivery(id: string, targetKey: string, payload: string, nowMs: number): void {
    this.#database
      .prepare('INSERT INTO deliveries(id, target_key, payload, accepted_at, due_at) VALUES (?, ?, ?, ?, ?)')
      .run(id, targetKey, payload, nowMs, nowMs);
  }

  dueDeliveries(nowMs: number, limit: number): readonly Delivery[] {
    return this.#database
      .prepare('SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at LIMIT ?')
      .all(nowMs, limit)
      .map((row) => ({
        id: String(row.id),
        targetKey: String(row.target_key),
        payload: String(row.payload),
        acceptedAt: Number(row.accepted_at),
        refusals: Number(row.refusals),
        functionErrors: Number(row.function_errors),
      }));
  }

  postponeDelivery(delivery: Delivery, dueMs: number): void {
    this.#database
      .prepare('UPDATE deliveries SET refusals = ?, function_errors = ?, due_at = ? WHERE id = ?')
      .run(delivery.refusals, delivery.functionErrors, dueMs, delivery.id);
  }

  removeDelivery(id: string): void {
    this.#database.prepare('DELETE FROM deliveries WHERE id = ?').run(id);
  }

  addDeadLetter({ queueArn, body, attributes, at }: DeadLetter): void {
    this.#database
      .prepare('INSERT INTO dead_letters(queue_arn, body, attributes, at) VALUES (?, ?, ?, ?)')
      .run(queueArn, body, JSON.stringify(attributes), at);
  }

  deadLetters(queueArn: string): readonly DeadLetter[] {
    return this.#database
      .prepare('SELECT * FROM dead_letters WHERE queue_arn = ? ORDER BY id')
      .all(queueArn)
      .map((row) => ({
        queueArn,
        body: String(row.body),
        attributes: JSON.parse(String(row.attributes)) as Record<string, string>,
        at: Number(row.at),
      }));
  }

  schedules(): readonly StoredSchedule[] {
    return this.#database
      .prepare('SELECT * FROM schedules')
      .all()
      .map((row) => ({
        key: String(row.key),
        definition: String(row.definition),
        anchorMs: Number(row.anchor_at),
        ...(row.next_at !== null && { nextMs: Number(row.next_at) }),
      }));
  }

  putSchedule({ key, definition, anchorMs, nextMs }: StoredSchedule): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO schedules(key, definition, anchor_at, next_at) VALUES (?, ?, ?, ?)')
      .run(key, definition, anchorMs, nextMs ?? null);
  }

  removeSchedule(key: string): void {
    this.#database.prepare('DELETE FROM schedules WHERE key = ?').run(key);
  }

  close(): void {
    this.#database.close();
  }
}
