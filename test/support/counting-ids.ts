import type { Ids } from '../../shared/ports/ids.ts';

/** Ids and secrets that count up: well-formed, and the same in every run. */
export function createCountingIds(): Ids {
  let count = 0;
  const ulid = () => `01J${String(++count).padStart(23, '0')}`;
  const id = (prefix: string) => () => `${prefix}${ulid()}` as never;
  return {
    store: id('sto-'),
    mount: id('mnt-'),
    upload: id(''),
    restore: id('rst-'),
    request: id('bkr-'),
    schedule: id('sch-'),
    hold: id('hld-'),
    alert: id('alr-'),
    command: id('cmd-'),
    credential: id('key-'),
    secret: () => `secret-${String(++count).padStart(36, '0')}`,
  };
}
