import { ServiceError } from '../../errors.ts';

const minutesOfDay = 24 * 60;
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const longNames =
  /^(?:sun|mon|tues|wednes|thurs|fri|satur)day$|^(?:january|february|march|april|june|july|august|september|october|november|december)$/i;

interface Field {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
  /** What is said beside numbers, and nowhere else. */
  readonly special?: RegExp;
}

const fields = [
  { title: 'minute', from: 0, to: 59 },
  { title: 'hour', from: 0, to: 23 },
  { title: 'day', from: 1, to: 31, special: /^L$/ },
  { title: 'month', from: 1, to: 12, names: months },
  {
    title: 'weekday',
    from: 0,
    to: 7,
    names: weekdays,
    special: /^(?:[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]$/,
  },
] as const satisfies readonly Field[];

/** A cron expression that was checked. */
export interface Cron {
  /** Five fields with one blank between, names short and in capitals. */
  readonly text: string;
  /**
   * The times of a day, as hour and minute, where both fields name their times one by one; absent where one has a `*`: then the
   * times are an interval, which goes on through a change of the clock.
   */
  readonly timesOfDay?: readonly { readonly hour: number; readonly minute: number }[];
  /** The shortest time between two of its times, in minutes. */
  readonly shortestGapMinutes: number;
}

const refuse = (text: string, why: string): never => {
  throw new ServiceError('SCHEDULE_INVALID', `cron "${text}" ${why}`, { details: { cron: text } });
};

/**
 * Reads `minute hour day month weekday`: numbers, names, lists, ranges, steps; `L` for the last day of the month and `SUN#1` for its first
 * Sunday. Day and weekday both given mean either. What may change its meaning from run to run (`?`, nicknames, seconds, years) is
 * refused. Throws SCHEDULE_INVALID, which names the field.
 */
export function readCron(text: string): Cron {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    refuse(
      text,
      `has ${text.trim() === '' ? 0 : parts.length} fields: it needs five, minute hour day month weekday`,
    );
  }
  const read = fields.map((field, index) => readField(text, field, parts[index] ?? ''));
  const [minutes = [], hours = []] = read.map(({ values }) => values);
  const [minuteText = '', hourText = ''] = parts;
  const times = hours.flatMap((hour) => minutes.map((minute) => ({ hour, minute })));
  const shortestGapMinutes = Math.min(
    ...times.map(({ hour, minute }, index) => {
      const next = times[index + 1];
      const end = next ?? { hour: 24 + (times[0]?.hour ?? 0), minute: times[0]?.minute ?? 0 };
      return end.hour * 60 + end.minute - hour * 60 - minute;
    }),
    minutesOfDay,
  );
  const isInterval = minuteText.includes('*') || hourText.includes('*');
  return {
    text: read.map(({ words }) => words).join(' '),
    ...(!isInterval && { timesOfDay: times }),
    shortestGapMinutes,
  };
}

function readField(text: string, field: Field, part: string): { words: string; values: number[] } {
  const values = new Set<number>();
  const words = part.split(',').map((item) => {
    const word = shortNames(item.toUpperCase());
    if (field.special?.test(word)) return word;
    for (const value of readItem(text, field, word)) values.add(value);
    return word;
  });
  return { words: words.join(','), values: [...values].sort((one, other) => one - other) };
}

/** English names of days and months, whole or by their first three letters. */
const shortNames = (word: string): string =>
  word.replace(/[A-Z]{4,}/g, (name) => (longNames.test(name) ? name.slice(0, 3) : name));

function readItem(text: string, field: Field, word: string): number[] {
  const { title, from, to } = field;
  const [, range = '', step] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  if (range === '') refuse(text, `has a ${title} "${word}", which is none`);
  if (range === '*') return steps(text, field, { low: from, high: to, step });
  const [lowText = '', highText, ...others] = range.split('-');
  if (others.length > 0) refuse(text, `has a ${title} "${word}", which is no range`);
  const low = readNumber(text, field, lowText);
  if (highText === undefined) {
    if (step !== undefined)
      refuse(text, `has a ${title} "${word}": write a step as */${step} or ${low}-${to}/${step}`);
    return [low];
  }
  const high = readNumber(text, field, highText);
  if (high < low)
    refuse(
      text,
      `has a ${title} "${word}", which goes backwards: write it as two, "${lowText}-${to},${from}-${highText}"`,
    );
  return steps(text, field, { low, high, step });
}

function steps(
  text: string,
  { title }: Field,
  { low, high, step }: { low: number; high: number; step: string | undefined },
): number[] {
  const by = Number(step ?? 1);
  if (by === 0 || by > high - low + 1)
    refuse(text, `has a step of ${by} in its ${title}, which is none of its range`);
  return Array.from({ length: Math.floor((high - low) / by) + 1 }, (_, index) => low + index * by);
}

function readNumber(text: string, { title, from, to, names }: Field, word: string): number {
  const named = names?.indexOf(word) ?? -1;
  if (named >= 0) return named + from;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  if (value >= from && value <= to) return value;
  const orName = names === undefined ? '' : ', or an English name';
  return refuse(text, `has the ${title} "${word}": it is ${from} to ${to}${orName}`);
}
