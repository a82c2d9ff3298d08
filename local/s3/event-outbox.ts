import type { EventEnvelope } from '../services.ts';
import type { Database } from './database.ts';

type Deliver = (event: EventEnvelope) => Promise<void>;

const MAX_IN_FLIGHT = 16;
/** 0.1 s, 0.2 s, … up to 30 s between two attempts of one event. */
const FIRST_RETRY_MILLISECONDS = 100;
const MAX_RETRY_MILLISECONDS = 30_000;

/**
 * Events that are stored in the transaction of the change they report and go out from there until they are
 * taken: a crash can repeat an event, but not lose it. One that keeps failing does not hold up the others.
 */
export class EventOutbox {
  readonly #database: Database;
  readonly #deliver: Deliver | undefined;
  readonly #statements;
  /** Events that are being delivered or wait for their next attempt. */
  readonly #started = new Set<number>();
  #running = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(database: Database, deliver: Deliver | undefined) {
    this.#database = database;
    this.#deliver = deliver;
    const { sql } = database;
    this.#statements = {
      insert: sql.prepare('INSERT INTO events(envelope) VALUES (?)'),
      // Older ones that wait for a retry stand before the new ones: hence as many more rows as have started.
      oldest: sql.prepare('SELECT id, envelope FROM events ORDER BY id LIMIT ?'),
      remove: sql.prepare('DELETE FROM events WHERE id = ?'),
    };
  }

  /** Within the transaction of the change. Nobody listens: nothing is stored. */
  add(event: EventEnvelope): void {
    if (this.#deliver !== undefined) this.#statements.insert.run(JSON.stringify(event));
  }

  /** To be called after each commit, and at start for what the last run left. */
  wake(): void {
    if (this.#deliver === undefined || this.#isClosed || this.#running >= MAX_IN_FLIGHT) return;
    for (const row of this.#statements.oldest.all(this.#started.size + MAX_IN_FLIGHT)) {
      const id = Number(row.id);
      if (this.#started.has(id) || this.#running >= MAX_IN_FLIGHT) continue;
      this.#started.add(id);
      void this.#attempt(id, String(row.envelope), FIRST_RETRY_MILLISECONDS, this.#deliver);
    }
  }

  /** Deliveries under way are not waited for: what they report stays stored, and comes again. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #attempt(id: number, envelope: string, retryMilliseconds: number, deliver: Deliver): Promise<void> {
    this.#running++;
    let isTaken = true;
    try {
      await deliver(JSON.parse(envelope) as EventEnvelope);
    } catch {
      // The receiver reports its own failures; here an event is either taken or tried again.
      isTaken = false;
    }
    this.#running--;
    if (this.#isClosed) return;
    if (isTaken) {
      // Events may come twice: that one was taken need not wait for the disk, and nobody for that.
      this.#database.withoutSync(() => this.#statements.remove.run(id));
      this.#started.delete(id);
    } else {
      this.#retry(id, envelope, retryMilliseconds, deliver);
    }
    this.wake();
  }

  #retry(id: number, envelope: string, milliseconds: number, deliver: Deliver): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const next = Math.min(milliseconds * 2, MAX_RETRY_MILLISECONDS);
      void this.#attempt(id, envelope, next, deliver);
    }, milliseconds);
    this.#timers.add(timer.unref());
  }
}
