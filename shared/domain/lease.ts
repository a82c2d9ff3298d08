import { ServiceError } from '../errors.ts';
import { parseExpire } from './expire.ts';
import { addMillis, type Instant } from './instant.ts';

/** Of files that somebody staged and nobody said how long. */
export const defaultLease = '7d';

const dayMillis = 86_400_000;
/** A clone keeps its point from being deleted: nobody shall find out after years. It can be renewed. */
const longestMillis = 366 * dayMillis;
/** A store that is away comes back, or is given up, by then. */
const removalMillis = 30 * dayMillis;

const refuse = (text: string, why: string): never => {
  throw new ServiceError('LEASE_INVALID', `lease "${text}" ${why}`, { details: { lease: text } });
};

/** Milliseconds of `#w #d #h #m`. Throws LEASE_INVALID. */
export function parseLease(text: string): number {
  const millis = readExpire(text);
  if (millis === 'never') return refuse(text, 'has no end');
  return millis > longestMillis ? refuse(text, 'is longer than a year') : millis;
}

function readExpire(text: string): ReturnType<typeof parseExpire> {
  try {
    return parseExpire(text);
  } catch {
    return refuse(text, 'is none');
  }
}

/** Until when the files stay, and by when they are gone. */
export const leaseFrom = (
  now: Instant,
  millis: number,
): { readonly until: Instant; readonly removeBy: Instant } => {
  const until = addMillis(now, millis);
  return { until, removeBy: addMillis(until, removalMillis) };
};
