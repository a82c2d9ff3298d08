import type { Page, PageRequest } from '../../../shared/ports/catalog/page.ts';

type List<T> = (page: PageRequest) => Promise<Page<T>>;

/** All pages of a list; `between` runs after each page but the last. */
export async function readPages<T>(
  list: List<T>,
  limit: number,
  between: (page: readonly T[]) => Promise<void> = async () => {},
): Promise<T[][]> {
  const pages: T[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list({ limit, cursor });
    pages.push([...page.items]);
    if (page.cursor === undefined) return pages;
    cursor = page.cursor;
    await between(page.items);
  }
}

/** `count` calls at the same time. */
export const atOnce = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)));
