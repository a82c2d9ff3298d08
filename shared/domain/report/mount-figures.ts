import { toMillis } from '../instant.ts';
import type { Mount } from '../mount.ts';
import { isLive, type RecoveryPoint } from '../recovery-point.ts';
import { monthlyUsd } from '../retention/storage-price.ts';
import type { OrUnknown } from './past.ts';

/** What the points of one mount are, and take. */
export interface MountFigures {
  readonly live: readonly RecoveryPoint[];
  /** Of the files of the newest available point. */
  readonly logicalBytes: number;
  /** What uploads brought to the vault and no clean-up took. */
  readonly storedBytes: OrUnknown<number>;
  readonly changeBytesPerDay: OrUnknown<number>;
  /** Some of it lies in an archive class, at another price. */
  readonly isArchived: boolean;
}

const day = 86_400_000;
/** Change is that of so many days: a year ago another database may have been there. */
const changeDays = 30;

/**
 * From the line of a mount, tombstones included: what a deleted point brought may still be needed by those after it, and its tombstone
 * says how much went. `isWhole`: from its first point on.
 */
export function figuresOf(
  line: readonly RecoveryPoint[],
  isWhole: boolean,
  { coldThrough }: Pick<Mount, 'coldThrough'> = {},
): MountFigures {
  const live = line.filter(({ state }) => isLive(state));
  const newest = live.findLast(({ state }) => state === 'available');
  const brought = sumOf(line, ownBytes);
  const gone = sumOf(line, ({ state, deletion }) =>
    state === 'tombstone' ? (deletion?.reclaim?.bytes ?? 0) : 0,
  );
  return {
    live,
    logicalBytes: newest?.totals.bytes ?? 0,
    // A clean-up also takes small objects that the service itself wrote, and no upload counts.
    storedBytes: isWhole ? Math.max(sumOf(live, ownBytes), brought - gone) : 'unknown',
    changeBytesPerDay: changeOf(line),
    isArchived: coldThrough !== undefined,
  };
}

/** Of less than a day nobody knows what a day would be. */
function changeOf(line: readonly RecoveryPoint[]): OrUnknown<number> {
  const last = line.at(-1);
  if (last === undefined) return 'unknown';
  const end = toMillis(last.committedAt);
  const recent = line.filter(({ committedAt }) => end - toMillis(committedAt) <= changeDays * day);
  const [first, ...later] = recent;
  const days = (end - toMillis(first?.committedAt ?? last.committedAt)) / day;
  return days < 1 ? 'unknown' : Math.round(sumOf(later, ownBytes) / days);
}

const ownBytes = ({ totals }: RecoveryPoint): number => totals.ownStoredBytes;

const sumOf = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0);

export interface SizeReport {
  readonly logicalBytes: number;
  readonly storedBytes: OrUnknown<number>;
  readonly changeBytesPerDay: OrUnknown<number>;
  readonly costUsdPerMonth: OrUnknown<number>;
}

/** Of all mounts of a database; what is not known of one is not known of all. */
export function sumFigures(mounts: readonly MountFigures[]): SizeReport {
  const storedBytes = sumKnown(mounts.map((each) => each.storedBytes));
  // How much of it went to the other class only the bucket knows.
  const isPriced = mounts.every(({ isArchived }) => !isArchived);
  const used = mounts.filter(({ live }) => live.length > 0);
  return {
    logicalBytes: sumOf(mounts, (each) => each.logicalBytes),
    storedBytes,
    changeBytesPerDay: used.length === 0 ? 'unknown' : sumKnown(used.map((each) => each.changeBytesPerDay)),
    costUsdPerMonth: isPriced && storedBytes !== 'unknown' ? monthlyUsd(storedBytes) : 'unknown',
  };
}

const sumKnown = (values: readonly OrUnknown<number>[]): OrUnknown<number> =>
  values.reduce((sum, each) => (sum === 'unknown' || each === 'unknown' ? 'unknown' : sum + each), 0);
