import type { ServiceDatabase } from '../endpoint/service-database.ts';
import { type QueueAttributes, type QueueSettings, readSettings } from './queue-attributes.ts';
import { noSuchQueue } from './sqs-error.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly attributes: QueueAttributes;
  readonly settings: QueueSettings;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly purgedAt?: number;
}

export interface Home {
  readonly region: string;
  readonly accountId: string;
}

/** The queues: in the database, and in memory, where every request looks for them. */
export class QueueRegistry {
  readonly #database: ServiceDatabase;
  readonly #arnPrefix: string;
  readonly #queues = new Map<string, Queue>();

  constructor(database: ServiceDatabase, { region, accountId }: Home) {
    this.#database = database;
    this.#arnPrefix = `arn:aws:sqs:${region}:${accountId}:`;
    this.#load();
  }

  /** Changes that belong together: all are made, or none. */
  transaction<Result>(change: () => Result): Result {
    try {
      return this.#database.transaction(change);
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  #load(): void {
    this.#queues.clear();
    for (const row of this.#database.sql.prepare('SELECT * FROM queues').all()) {
      const attributes = JSON.parse(String(row.attributes)) as QueueAttributes;
      this.#queues.set(String(row.name), {
        name: String(row.name),
        arn: `${this.#arnPrefix}${row.name}`,
        attributes,
        settings: readSettings(attributes),
        createdAt: Number(row.created_at),
        modifiedAt: Number(row.modified_at),
        ...(row.purged_at !== null && { purgedAt: Number(row.purged_at) }),
      });
    }
  }

  /** By name. */
  all(): readonly Queue[] {
    return [...this.#queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  findByArn(arn: string): Queue | undefined {
    return arn.startsWith(this.#arnPrefix) ? this.#queues.get(arn.slice(this.#arnPrefix.length)) : undefined;
  }

  /** @throws QueueDoesNotExist */
  get(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }

  /** The queues whose dead letters go to this one. */
  sourcesOf(arn: string): readonly Queue[] {
    return this.all().filter(({ settings }) => settings.redrive?.deadLetterTargetArn === arn);
  }

  put(name: string, attributes: QueueAttributes, nowMs: number): Queue {
    const known = this.#queues.get(name);
    const queue: Queue = {
      name,
      arn: `${this.#arnPrefix}${name}`,
      attributes,
      settings: readSettings(attributes),
      createdAt: known?.createdAt ?? nowMs,
      modifiedAt: nowMs,
      ...(known?.purgedAt !== undefined && { purgedAt: known.purgedAt }),
    };
    this.#database.sql
      .prepare(
        `INSERT INTO queues(name, attributes, created_at, modified_at) VALUES (?, ?, ?, ?)
         ON CONFLICT(name) DO UPDATE SET attributes = excluded.attributes, modified_at = excluded.modified_at`,
      )
      .run(name, JSON.stringify(attributes), queue.createdAt, nowMs);
    this.#queues.set(name, queue);
    return queue;
  }

  notePurge(queue: Queue, nowMs: number): void {
    this.#database.sql.prepare('UPDATE queues SET purged_at = ? WHERE name = ?').run(nowMs, queue.name);
    this.#queues.set(queue.name, { ...queue, purgedAt: nowMs });
  }

  /** The queue and its messages. */
  remove(name: string): void {
    this.#database.sql.prepare('DELETE FROM queues WHERE name = ?').run(name);
    this.#queues.delete(name);
  }
}
