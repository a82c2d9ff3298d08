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

/** Where S3 rounds up to when it counts in days. UTC. */
export function nextMidnight(time: number): number {
  return (Math.floor(time / DAY_MILLISECONDS) + 1) * DAY_MILLISECONDS;
}
