/** An earlier restore of a store that came to its end. */
export interface MeasuredRestore {
  readonly bytes: number;
  /** From the order to the end, waiting for the store's poll included. */
  readonly seconds: number;
}

export interface PredictedTime {
  readonly seconds: number;
  /** `measured`: by that store's earlier restores; `assumed`: nothing was measured yet. */
  readonly basis: 'measured' | 'assumed';
  /** How many restores it rests on. */
  readonly restores: number;
}

/** A store that never restored: 200 Mbit/s, and a minute until its poll has brought the order down. */
export const assumedRate = { bytesPerSecond: 25_000_000, startSeconds: 60 } as const;

/** Older ones were made with another line or other disks. */
const maxRestores = 20;
/** Of sizes nearer to each other than this nothing tells apart what it takes to begin from what a byte takes. */
const apart = 2;

/**
 * How long a restore will take: a line through what the newest restores of the store took by their bytes, by medians, which one slow
 * restore does not move. Where all were alike in size, in proportion to the bytes.
 * @param measured newest first
 */
export function predictTime(measured: readonly MeasuredRestore[], bytes: number): PredictedTime {
  const known = measured.filter((each) => each.bytes > 0 && each.seconds > 0).slice(0, maxRestores);
  if (known.length === 0) {
    const { bytesPerSecond, startSeconds } = assumedRate;
    return { seconds: startSeconds + bytes / bytesPerSecond, basis: 'assumed', restores: 0 };
  }
  return { seconds: secondsOf(known, bytes), basis: 'measured', restores: known.length };
}

function secondsOf(known: readonly MeasuredRestore[], bytes: number): number {
  const sorted = [...known].sort((one, other) => one.bytes - other.bytes);
  const third = Math.max(1, Math.floor(sorted.length / 3));
  const small = middleOf(sorted.slice(0, third));
  const large = middleOf(sorted.slice(-third));
  const perByte = (large.seconds - small.seconds) / (large.bytes - small.bytes);
  const isLine = large.bytes >= apart * small.bytes && perByte > 0;
  const start = small.seconds - perByte * small.bytes;
  // A line that would begin before the order says that the start is not what took the time.
  if (isLine && start >= 0) return start + perByte * bytes;
  return median(known.map((each) => each.seconds / each.bytes)) * bytes;
}

const middleOf = (restores: readonly MeasuredRestore[]): MeasuredRestore => ({
  bytes: median(restores.map((each) => each.bytes)),
  seconds: median(restores.map((each) => each.seconds)),
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
