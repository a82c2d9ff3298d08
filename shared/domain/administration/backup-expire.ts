import { ServiceError } from '../../errors.ts';
import { parseExpire } from '../expire.ts';
import { type Instant, toMillis } from '../instant.ts';

const daysOfMonth = 30;

/**
 * Checks an expire of the administration API. Its documents write `m` both last, where it is minutes, and first, where a reader
 * takes it for months: what can be read both ways is refused, for one of the two would delete a backup within minutes. Throws
 * EXPIRE_INVALID that says what to write instead.
 */
export function requireClearExpire(text: string): string {
  const [, count] = /^\s*(\d{1,9})m(?=\s|\d|$)/.exec(text) ?? [];
  if (count !== undefined) {
    const instead = `"0h ${count}m" for ${count} minutes, or "${Number(count) * daysOfMonth}d" for ${count} months`;
    throw new ServiceError('EXPIRE_INVALID', `expire "${text}" may mean minutes or months`, {
      details: { expire: text },
      hint: `Write ${instead}; m is minutes and comes last: #w #d #h #m.`,
    });
  }
  parseExpire(text);
  return text;
}

const minuteMillis = 60_000;
const units = [
  ['w', 7 * 24 * 60],
  ['d', 24 * 60],
  ['h', 60],
  ['m', 1],
] as const;

/**
 * The expire that ends at `YYYY-MM-DD hh:mm:ss` in UTC, never earlier and less than a minute later; blank is `never`. It counts from
 * the commit, as every expire does. Throws EXPIRE_INVALID for what is no time, and for a time that is not after the commit.
 */
export function expireUntil(committedAt: Instant, text: string): string {
  if (text.trim() === '') return 'never';
  const refuse = (why: string) =>
    new ServiceError('EXPIRE_INVALID', `expire time "${text}" ${why}`, {
      details: { expireTime: text },
      hint: 'Write it in UTC as YYYY-MM-DD hh:mm:ss, after the backup; blank means never.',
    });
  const [, date, hour = '', rest] =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2}(?::\d{2})?)$/.exec(text.trim()) ?? [];
  const iso = `${date}T${hour.padStart(2, '0')}:${rest}${rest?.length === 2 ? ':00' : ''}.000Z`;
  const end = Date.parse(iso);
  // Date.parse takes the 31st of a short month for the 1st of the next.
  if (date === undefined || Number.isNaN(end) || new Date(end).toISOString() !== iso) {
    throw refuse('is no time');
  }
  const minutes = Math.ceil((end - toMillis(committedAt)) / minuteMillis);
  if (minutes <= 0) throw refuse(`is not after the backup, which was committed at ${committedAt}`);
  const expire = inUnits(minutes);
  parseExpire(expire);
  return expire;
}

function inUnits(minutes: number): string {
  let left = minutes;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ');
}
