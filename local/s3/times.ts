export const DAY_MILLISECONDS = 86_400_000;

/** S3's own times have whole seconds: in headers, in lists and in conditions. */
export function wholeSeconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}

export function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

export function isoDate(time: number): string {
  return new Date(time).toISOString();
}

/** What S3 counts in days is due at the midnight UTC behind them. */
export function midnightBehind(since: number, days: number): number {
  return (Math.floor(since / DAY_MILLISECONDS) + days + 1) * DAY_MILLISECONDS;
}
