import type { SpaceSample } from '../journal/space-records.ts';

export type TimeToFull =
  /** Too few samples, or over too short a time, to tell a trend from one night's backup. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-growing' }
  | { readonly kind: 'growing'; readonly secondsToFull: number; readonly bytesPerDay: number };

const dayMillis = 24 * 60 * 60 * 1000;
/** Databases write their backups once a day: less than two days show only one of them. */
const leastSpanMillis = 2 * dayMillis;
const leastSamples = 4;

/**
 * When a file system is full if it goes on growing as its samples show: the slope of the line with the least squares
 * through them. A sample out of the order of time, after the clock was set back, is left out.
 */
export function forecastTimeToFull(samples: readonly SpaceSample[], freeBytes: number): TimeToFull {
  const points = inOrder(samples);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < leastSamples || last.at - first.at < leastSpanMillis) {
    return { kind: 'unknown' };
  }
  const bytesPerMilli = slopeOf(points);
  if (bytesPerMilli <= 0) return { kind: 'not-growing' };
  return {
    kind: 'growing',
    secondsToFull: Math.floor(freeBytes / bytesPerMilli / 1000),
    bytesPerDay: Math.round(bytesPerMilli * dayMillis),
  };
}

interface Point {
  readonly at: number;
  readonly bytes: number;
}

function inOrder(samples: readonly SpaceSample[]): Point[] {
  const points: Point[] = [];
  for (const { measuredAt, usedBytes } of samples) {
    const at = Date.parse(measuredAt);
    const before = points.at(-1);
    if (!before || at > before.at) points.push({ at, bytes: usedBytes });
  }
  return points;
}

function slopeOf(points: readonly Point[]): number {
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanAt, meanBytes] = [meanOf(points.map(({ at }) => at)), meanOf(points.map(({ bytes }) => bytes))];
  // About the means: epoch milliseconds squared would lose their last digits.
  const products = points.reduce((sum, { at, bytes }) => sum + (at - meanAt) * (bytes - meanBytes), 0);
  const squares = points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  return products / squares;
}
