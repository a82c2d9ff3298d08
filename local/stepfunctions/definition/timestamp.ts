const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch, or undefined when the value is no RFC 3339 time in AWS's profile. */
export function parseTimestamp(value: unknown): number | undefined {
  const millis = typeof value === 'string' && TIMESTAMP.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}
