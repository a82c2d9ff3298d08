import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import { formatCursor, type PagedList, parseCursor } from '../../page-cursor.ts';

/** What ElectroDB is asked for beside the query itself. */
export interface QueryOptions {
  readonly limit: number;
  readonly cursor: string | null;
}

/** How one list is read. */
export interface PageQuery<Row, Position> {
  readonly list: PagedList<Position>;
  readonly positionOf: (row: Row) => Position;
  /** ElectroDB's cursor of a position, which is the full key of its row. */
  readonly startAfter: (position: Position) => string;
  readonly run: (
    options: QueryOptions,
  ) => Promise<{ readonly data: readonly Row[]; readonly cursor: string | null }>;
}

/**
 * One page of a query. Asks for one row more than wanted, to know whether another page follows. The cursor that a
 * caller sees holds the place of the last row, never DynamoDB's own key, which would let it start anywhere.
 */
export async function readPage<Row, Position>(
  { list, positionOf, startAfter, run }: PageQuery<Row, Position>,
  { limit, cursor }: PageRequest,
): Promise<Page<Row>> {
  const start = cursor === undefined ? null : startAfter(parseCursor(list, cursor));
  const { data, cursor: rest } = await run({ limit: limit + 1, cursor: start });
  const items = data.slice(0, limit);
  const last = items.at(-1);
  // A page also ends at 1 MB: then there may be fewer rows than asked for, and more to come.
  const hasMore = data.length > limit || rest !== null;
  return last !== undefined && hasMore ? { items, cursor: formatCursor(list, positionOf(last)) } : { items };
}
