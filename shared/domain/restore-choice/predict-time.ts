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
 * How long a restore will take: a line through what the newest restores of the store took by their bytes. Its slope is the median of the
 * slopes between any two of them (Theil and Sen), its beginning the median of what each leaves: all of them count, and a few slow ones
 * do not move it. Where all were alike in size, in proportion to the bytes.
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
  const pairs = known.flatMap((one, at) => known.slice(at + 1).map((other) => [one, other] as const));
  const perByte = median(
    pairs
      .filter(([one, other]) => Math.max(one.bytes, other.bytes) >= apart * Math.min(one.bytes, other.bytes))
      .map(([one, other]) => (other.seconds - one.seconds) / (other.bytes - one.bytes)),
  );
  const start = median(known.map((each) => each.seconds - perByte * each.bytes));
  // A line that would begin before the order says that the start is not what took the time.
  if (perByte > 0 && start >= 0) return start + perByte * bytes;
  return median(known.map((each) => each.seconds / each.bytes)) * bytes;
}

/** 0 of none. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
