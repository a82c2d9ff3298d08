const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const elements: Readonly<Record<string, (date: Date) => string>> = {
  YYYY: (date) => String(date.getFullYear()),
  RRRR: (date) => String(date.getFullYear()),
  YY: (date) => twoDigits(date.getFullYear() % 100),
  RR: (date) => twoDigits(date.getFullYear() % 100),
  MON: (date) => monthName(date),
  MM: (date) => twoDigits(date.getMonth() + 1),
  DD: (date) => twoDigits(date.getDate()),
  HH24: (date) => twoDigits(date.getHours()),
  MI: (date) => twoDigits(date.getMinutes()),
  SS: (date) => twoDigits(date.getSeconds()),
};

const monthName = (date: Date): string => months[date.getMonth()] ?? '';

/** A date as NLS_DATE_FORMAT wants it, in the host's time zone. Elements we do not know are refused. */
export const formatOracleDate = (date: Date, format: string): string =>
  format.replace(/YYYY|RRRR|HH24|MON|YY|RR|MM|DD|MI|SS|[A-Z0-9]+/gi, (element) => {
    const write = elements[element.toUpperCase()];
    if (!write) throw new Error(`NLS_DATE_FORMAT: the stand-in does not know the element ${element}`);
    return write(date);
  });

/** The date of the banner, e.g. Thu Apr 9 01:30:00 2026. */
export const formatBannerDate = (date: Date): string => {
  const month = monthName(date);
  const time = formatOracleDate(date, 'HH24:MI:SS');
  return `${weekdays[date.getDay()]} ${month.charAt(0)}${month.slice(1).toLowerCase()} ${date.getDate()} ${time} ${date.getFullYear()}`;
};

/** RMAN's STAMP: seconds since 1988 in a calendar in which every month has 31 days. */
export const stampOf = (date: Date): number =>
  ((((date.getFullYear() - 1988) * 12 + date.getMonth()) * 31 + date.getDate() - 1) * 24 + date.getHours()) *
    3600 +
  date.getMinutes() * 60 +
  date.getSeconds();

/** hh:mm:ss of an elapsed time. */
export const formatElapsed = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
