import type { ServiceDatabase } from '../endpoint/service-database.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import type { DeliveryTarget } from './delivery-target.ts';

/** Something that a target has still to receive. */
export interface Delivery {
  readonly id: string;
  readonly target: DeliveryTarget;
  readonly payload: string;
  /** Of a message for a queue or topic. */
  readonly attributes: MessageAttributes;
  readonly acceptedAt: number;
  /** Attempts that failed. */
  readonly attempts: number;
}

export const DELIVERIES_SCHEMA = `
  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY, target TEXT NOT NULL, payload TEXT NOT NULL, attributes TEXT NOT NULL,
    accepted_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_due ON deliveries(due_at);
`;

/** Deliveries in the database of the service that makes them, so that both are stored in one transaction. */
export class DeliveryStore {
  readonly #database: ServiceDatabase;

  constructor(database: ServiceDatabase) {
    this.#database = database;
  }

  transaction(write: () => void): void {
    this.#database.transaction(write);
  }

  add({ id, target, payload, attributes, acceptedAt }: Omit<Delivery, 'attempts'>, dueAt: number): void {
    this.#database.sql
      .prepare(
        `INSERT INTO deliveries(id, target, payload, attributes, accepted_at, due_at) VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(id, JSON.stringify(target), payload, JSON.stringify(attributes), acceptedAt, dueAt);
  }

  due(nowMs: number, limit: number): readonly Delivery[] {
    return this.#database.sql
      .prepare('SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at, rowid LIMIT ?')
      .all(nowMs, limit)
      .map((row) => ({
        id: String(row.id),
        target: JSON.parse(String(row.target)) as DeliveryTarget,
        payload: String(row.payload),
        attributes: JSON.parse(String(row.attributes)) as MessageAttributes,
        acceptedAt: Number(row.accepted_at),
        attempts: Number(row.attempts),
      }));
  }

  postpone(id: string, attempts: number, dueAt: number): void {
    this.#database.sql
      .prepare('UPDATE deliveries SET attempts = ?, due_at = ? WHERE id = ?')
      .run(attempts, dueAt, id);
  }

  /** Targets may be called twice, so this need not wait for the disk. */
  remove(id: string): void {
    const statement = this.#database.sql.prepare('DELETE FROM deliveries WHERE id = ?');
    this.#database.withoutSync(() => statement.run(id));
  }
}
