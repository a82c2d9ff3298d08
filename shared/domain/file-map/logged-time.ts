import type { LoggedTime } from './source.ts';

const isoLike = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})$/;
/** DD-MON-YYYY with the English names of months, which no other order of day and month looks like. */
const withMonthName = /^(\d{2})-([A-Z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})$/i;
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/**
 * A date as RMAN printed it, decoded where it cannot mean anything else: year first, or the month by its English name, with
 * four digits of year and a time. `20-11-24` and `04/05/2024` depend on settings that no log has.
 */
export function readLoggedTime(text: string): LoggedTime {
  const [, year, month = '', day, hour, minute, second] = isoLike.exec(text) ?? fromMonthName(text);
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return year !== undefined && isTime(local) ? { text, local } : { text };
}

function fromMonthName(text: string): readonly (string | undefined)[] {
  const [, day, name = '', year, ...time] = withMonthName.exec(text) ?? [];
  const month = months.indexOf(name.toUpperCase()) + 1;
  return month === 0 ? [] : [text, year, String(month).padStart(2, '0'), day, ...time];
}

/** The 31st of a shorter month comes back as another day. */
function isTime(local: string): boolean {
  const time = Date.parse(`${local}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(local);
}
