declare const brand: unique symbol;
/** A moment in UTC as `2026-01-31T12:00:00.000Z`: always 24 characters, so that text order is time order. */
export type Instant = string & { readonly [brand]: 'instant' };

/** The Instant of a Date or of milliseconds since the epoch. Throws RangeError outside years 0–9999. */
export function toInstant(time: Date | number): Instant {
  const text = new Date(time).toISOString();
  if (text.length !== 24) throw new RangeError(`time outside the years 0 to 9999: ${text}`);
  return text as Instant;
}

/** Milliseconds since the epoch. */
export const toMillis = (instant: Instant): number => Date.parse(instant);

/** The instant `ms` milliseconds later (earlier when negative). */
export const addMillis = (instant: Instant, ms: number): Instant => toInstant(toMillis(instant) + ms);

/** The later of two instants. */
export const laterOf = (a: Instant, b: Instant): Instant => (a > b ? a : b);
