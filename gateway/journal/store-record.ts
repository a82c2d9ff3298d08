import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { prepareQuery, type Query } from './query.ts';

export const storeStates = ['active', 'decommissioning', 'decommissioned'] as const;
export type StoreState = (typeof storeStates)[number];

const row = z.object({ state: z.enum(storeStates) });

/** What the service last said of this store; it holds also while the service cannot be reached. */
export class StoreRecord {
  readonly #database: DatabaseSync;
  readonly #row: Query<z.output<typeof row>>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#row = prepareQuery(database, 'SELECT state FROM store', row);
  }

  get state(): StoreState {
    return this.#row.find()?.state ?? 'active';
  }

  set state(state: StoreState) {
    this.#database.prepare('INSERT OR REPLACE INTO store (id, state) VALUES (1, ?)').run(state);
  }
}
