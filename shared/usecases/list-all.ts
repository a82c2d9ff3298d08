import type { Page, PageRequest } from '../ports/catalog/page.ts';

/** Every row of a list, page by page. Only for lists bounded by one store or by what is running. */
export async function listAll<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await list({ limit: 500, ...(cursor !== undefined && { cursor }) });
    rows.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return rows;
}
