import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type * as z from 'zod';

/** A prepared query. Rows are checked as they are read: a journal is a file, and files get damaged. */
export interface Query<T> {
  all(...values: SQLInputValue[]): T[];
  find(...values: SQLInputValue[]): T | undefined;
}

export function prepareQuery<T>(database: DatabaseSync, sql: string, row: z.ZodType<T>): Query<T> {
  const statement = database.prepare(sql);
  return {
    all: (...values) => statement.all(...values).map((found) => row.parse(found)),
    find: (...values) => {
      const found = statement.get(...values);
      return found && row.parse(found);
    },
  };
}
