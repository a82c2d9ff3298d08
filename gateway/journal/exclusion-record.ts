import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { instant } from '../../shared/contracts/primitives.ts';
import { prepareQuery, type Query } from './query.ts';

const exclusion = z.object({
  /** forked: the service saw another gateway with this token. The others: the token is not in force any more. */
  kind: z.enum(['forked', 'replaced', 'revoked']),
  reason: z.string(),
  since: instant,
});
export type Exclusion = z.output<typeof exclusion>;

/** Why the service does not deal with this gateway any more; it holds until the gateway is activated again. */
export class ExclusionRecord {
  readonly #database: DatabaseSync;
  readonly #row: Query<Exclusion>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#row = prepareQuery(database, 'SELECT kind, reason, since FROM exclusion', exclusion);
  }

  find(): Exclusion | undefined {
    return this.#row.find();
  }

  set({ kind, reason, since }: Exclusion): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO exclusion (id, kind, reason, since) VALUES (1, ?, ?, ?)')
      .run(kind, reason, since);
  }

  end(): void {
    this.#database.exec('DELETE FROM exclusion');
  }
}
