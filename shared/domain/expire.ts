import { ServiceError } from '../errors.ts';
import { addMillis, type Instant } from './instant.ts';

const minute = 60_000;
const unitMillis = { w: 7 * 24 * 60 * minute, d: 24 * 60 * minute, h: 60 * minute, m: minute } as const;
const unitOrder = 'wdhm';
type Unit = keyof typeof unitMillis;

/** How long a recovery point is kept: milliseconds, or for ever. */
export type ExpireAfter = number | 'never';

const refuse = (text: string, why: string): never => {
  throw new ServiceError('EXPIRE_INVALID', `expire "${text}" ${why}`, { details: { expire: text } });
};

/**
 * Reads `never` or `#w #d #h #m`: weeks, days, hours, minutes, each at most once and in this order, blanks between
 * them optional. `m` is minutes, never months. Refuses empty, zero and malformed text and anything over 1,000 years
 * (`EXPIRE_INVALID`), because a mistyped retention must not delete early or keep for ever by accident.
 */
export function parseExpire(text: string): ExpireAfter {
  if (text === 'never') return 'never';
  const match = /^(?:\d{1,9}[wdhm]\s{0,9}){1,4}$/.test(text)
    ? text.matchAll(/(\d+)([wdhm])/g)
    : refuse(text, 'is malformed');
  let total = 0;
  let last = -1;
  for (const [, count = '', unit = ''] of match) {
    const position = unitOrder.indexOf(unit);
    if (position <= last) refuse(text, 'names a unit twice or out of the order w d h m');
    last = position;
    total += Number(count) * unitMillis[unit as Unit];
  }
  if (total === 0) refuse(text, 'is zero');
  if (total > 1000 * 365 * unitMillis.d)
    refuse(text, 'is longer than 1,000 years; write "never" to keep for ever');
  return total;
}

/** When something taken at `from` expires: the instant from which a clean-up may consider it. */
export const expiresAt = (from: Instant, expire: ExpireAfter): Instant | 'never' =>
  expire === 'never' ? 'never' : addMillis(from, expire);
