import * as z from 'zod';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import { formatCursor, parseCursor } from '../../page-cursor.ts';

const position = z.string().min(1);

/** A keyset page of rows in order of `keyOf`, or against it. */
export function pageOf<Row>(
  rows: Iterable<Row>,
  list: { readonly name: string; readonly keyOf: (row: Row) => string; readonly isDescending?: boolean },
  { limit, cursor }: PageRequest,
): Page<Row> {
  const paged = { name: list.name, position };
  const after = cursor === undefined ? undefined : parseCursor(paged, cursor);
  const direction = list.isDescending ? -1 : 1;
  const compare = (a: string, b: string) => direction * (a < b ? -1 : Number(a > b));
  const rest = [...rows]
    .filter((row) => after === undefined || compare(list.keyOf(row), after) > 0)
    .sort((a, b) => compare(list.keyOf(a), list.keyOf(b)));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || rest.length <= limit) return { items };
  return { items, cursor: formatCursor(paged, list.keyOf(last)) };
}
