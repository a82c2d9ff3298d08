/** What the six fields of an EventBridge cron expression allow. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  /** Day-of-month or day-of-week, whichever is not `?`. */
  readonly matchesDay: DayRule;
}

export interface CalendarDay {
  readonly day: number;
  /** 1 is Sunday, 7 is Saturday. */
  readonly weekday: number;
  readonly daysInMonth: number;
}

type DayRule = (day: CalendarDay) => boolean;

interface FieldRange {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Names of the values, from `first` on. */
  readonly names?: readonly string[];
}

const MINUTES: FieldRange = { name: 'minutes', first: 0, last: 59 };
const HOURS: FieldRange = { name: 'hours', first: 0, last: 23 };
const DAYS: FieldRange = { name: 'day-of-month', first: 1, last: 31 };
const MONTHS: FieldRange = {
  ...{ name: 'month', first: 1, last: 12 },
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const WEEKDAYS: FieldRange = {
  ...{ name: 'day-of-week', first: 1, last: 7 },
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
const YEARS: FieldRange = { name: 'year', first: 1970, last: 2199 };

/**
 * Reads `minutes hours day-of-month month day-of-week year`, as in
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based.
 * @throws Error for what AWS refuses.
 */
export const parseCronFields = (text: string): CronFields => {
  const fields = text.trim().split(/\s+/);
  const [minutes = '', hours = '', days = '', months = '', weekdays = '', years = ''] = fields;
  if (fields.length !== 6) throw new Error(`cron(${text}) has ${fields.length} fields instead of 6`);
  if ((days === '?') === (weekdays === '?')) {
    throw new Error(`cron(${text}): one of day-of-month and day-of-week must be ?, the other not`);
  }
  return {
    minutes: parseValues(minutes, MINUTES),
    hours: parseValues(hours, HOURS),
    months: new Set(parseValues(months, MONTHS)),
    years: new Set(parseValues(years, YEARS)),
    matchesDay: weekdays === '?' ? parseDays(days) : parseWeekdays(weekdays),
  };
};

const parseDays = (field: string): DayRule => {
  if (field === 'L') return ({ day, daysInMonth }) => day === daysInMonth;
  const nearest = /^(\d+)W$/.exec(field);
  if (nearest !== null) return nearestWeekday(parseValue(nearest[1] ?? '', DAYS));
  const values = new Set(parseValues(field, DAYS));
  return ({ day }) => values.has(day);
};

const SUNDAY = 1;
const SATURDAY = 7;

/** `15W`: the day itself, or the Friday or Monday beside it, in the same month. */
const nearestWeekday =
  (wanted: number): DayRule =>
  ({ day, weekday, daysInMonth }) => {
    if (wanted > daysInMonth) return false;
    const wantedWeekday = ((weekday - 1 + wanted - day + 35) % 7) + 1;
    if (wantedWeekday === SATURDAY) return day === (wanted > 1 ? wanted - 1 : wanted + 2);
    if (wantedWeekday === SUNDAY) return day === (wanted < daysInMonth ? wanted + 1 : wanted - 2);
    return day === wanted;
  };

const parseWeekdays = (field: string): DayRule => {
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth !== null) {
    const wanted = parseValue(nth[1] ?? '', WEEKDAYS);
    return ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(nth[2]);
  }
  const last = /^(\w+)L$/.exec(field);
  if (last !== null) {
    const wanted = parseValue(last[1] ?? '', WEEKDAYS);
    return ({ day, weekday, daysInMonth }) => weekday === wanted && day > daysInMonth - 7;
  }
  const values = new Set(parseValues(field, WEEKDAYS));
  return ({ weekday }) => values.has(weekday);
};

/** `*`, `5`, `1-5`, `MON-FRI`, `0/15`, `10-30/5`, and lists of them: the values in ascending order. */
const parseValues = (field: string, range: FieldRange): readonly number[] => {
  const values = field.split(',').flatMap((part) => parsePart(part, range));
  return [...new Set(values)].sort((a, b) => a - b);
};

const parsePart = (part: string, range: FieldRange): readonly number[] => {
  const [span = '', stepText] = part.split('/');
  const [from = '', to] = span.split('-');
  const isAny = span === '*';
  const first = isAny ? range.first : parseValue(from, range);
  const openEnd = stepText === undefined && !isAny ? first : range.last;
  const last = to === undefined ? openEnd : parseValue(to, range);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (!Number.isInteger(step) || step < 1 || last < first) throw invalid(part, range);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
};

const parseValue = (text: string, range: FieldRange): number => {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? range.first + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.first && value <= range.last)) throw invalid(text, range);
  return value;
};

const invalid = (text: string, { name, first, last }: FieldRange): Error =>
  new Error(`"${text}" is not supported as ${name} of a cron expression (${first} to ${last})`);
