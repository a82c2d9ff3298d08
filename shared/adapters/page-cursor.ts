import * as z from 'zod';
import { ServiceError } from '../errors.ts';

/** A list that is read in pages: its name, filter and order included, and the place of a row in it. */
export interface PagedList<Position> {
  readonly name: string;
  readonly position: z.ZodType<Position>;
}

/** The cursor of the page after the row at `position`. It names its list, so that no other list takes it. */
export const formatCursor = <Position>(list: PagedList<Position>, position: Position): string =>
  Buffer.from(JSON.stringify([list.name, position])).toString('base64url');

/** The position in a cursor. Throws PAGE_CURSOR_INVALID when it is not one of this list. */
export function parseCursor<Position>(list: PagedList<Position>, cursor: string): Position {
  const payload = z.tuple([z.literal(list.name), list.position]).safeParse(parseJson(cursor));
  if (payload.success) return payload.data[1];
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}

function parseJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
