import type { Ids } from '../../shared/ports/ids.ts';

/**
 * Well-formed ids, the same in every run, whose order has nothing to do with their age: the clocks that real ones carry
 * go back as well, and nothing may rest on them.
 */
export function countingIds(): Ids {
  let count = 0;
  const ulid = () => {
    count++;
    return `01J${String((count * 7919) % 100_003).padStart(6, '0')}${String(count).padStart(17, '0')}`;
  };
  const id = (prefix: string) => () => `${prefix}${ulid()}` as never;
  const prefixed = {
    ...{ store: 'sto-', mount: 'mnt-', upload: '', restore: 'rst-', command: 'cmd-', credential: 'key-' },
    ...{ hold: 'hld-', request: 'bkr-', plan: 'pln-' },
  };
  return {
    ...(Object.fromEntries(
      Object.entries(prefixed).map(([name, prefix]) => [name, id(prefix)]),
    ) as unknown as Ids),
    secret: () => `secret-${String(++count).padStart(36, '0')}`,
  };
}
