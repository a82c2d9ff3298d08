import * as z from 'zod';
import { refuse } from './errors.ts';

/** What every list takes; AWS treats 0 as not given. */
export const pageFields = {
  maxResults: z.int().min(0).max(1000).optional(),
  nextToken: z.string().min(1).max(1024).optional(),
};

export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

const DEFAULT_PAGE_SIZE = 100;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

const tokenContent = z.tuple([z.string(), z.string()]);

/**
 * Cuts a list into pages. `list` is asked for one item more than fits, after the given position; a token holds
 * the position of its page's last item and is good for the same list only.
 */
export function paginate<Item>(
  request: PageRequest,
  listName: string,
  source: {
    readonly list: (after: string | undefined, limit: number) => readonly Item[];
    readonly position: (item: Item) => string;
  },
): Page<Item> {
  const size = request.maxResults || DEFAULT_PAGE_SIZE;
  const after = request.nextToken === undefined ? undefined : readToken(request.nextToken, listName);
  const found = source.list(after, size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  if (found.length <= size || last === undefined) {
    return { items };
  }
  const token = Buffer.from(JSON.stringify([listName, source.position(last)])).toString('base64url');
  return { items, nextToken: token };
}

function readToken(token: string, listName: string): string {
  try {
    const [name, position] = tokenContent.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    if (name === listName) {
      return position;
    }
  } catch {
    // Not one of our tokens: answered below like one of another list.
  }
  throw refuse('InvalidToken', 'Invalid token');
}
