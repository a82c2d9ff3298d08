import type { EventEnvelope } from '../../services.ts';
import type { Statements } from './database.ts';

/** Events that nobody has taken yet, stored in the transaction of the change that they report. */
export class StatusEventStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  add(event: EventEnvelope): void {
    this.#sql.run('INSERT INTO status_events (envelope) VALUES (?)', JSON.stringify(event));
  }

  oldest(): { readonly id: number; readonly event: EventEnvelope } | undefined {
    const row = this.#sql.row('SELECT id, envelope FROM status_events ORDER BY id LIMIT 1');
    return row && { id: Number(row.id), event: JSON.parse(String(row.envelope)) as EventEnvelope };
  }

  remove(id: number): void {
    this.#sql.run('DELETE FROM status_events WHERE id = ?', id);
  }
}
