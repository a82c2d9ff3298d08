import type { Database } from './database.ts';

/** When the next thing happens to each restored object. Methods that change something need a transaction. */
export class RestoreAgenda {
  readonly #statements;

  constructor({ sql }: Database) {
    this.#statements = {
      set: sql.prepare('INSERT OR REPLACE INTO restores(seq, due) VALUES (?, ?)'),
      remove: sql.prepare('DELETE FROM restores WHERE seq = ?'),
      due: sql.prepare('SELECT seq FROM restores WHERE due <= ? ORDER BY due LIMIT 1000'),
    };
  }

  set(seq: number, due: number): void {
    this.#statements.set.run(seq, due);
  }

  remove(seq: number): void {
    this.#statements.remove.run(seq);
  }

  /** The objects by their place in the order of changes, those that waited longest first. */
  due(now: number): number[] {
    return this.#statements.due.all(now).map((row) => Number(row.seq));
  }
}
