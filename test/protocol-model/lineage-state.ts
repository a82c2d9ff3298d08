export const pointStates = [
  'none',
  'open',
  'closing',
  'closed',
  'available',
  'pending',
  'reclaiming',
  'tombstone',
] as const;
export type PointState = (typeof pointStates)[number];

/** Each upload has one pack; sets of packs are bits, the n-th that of upload n. */
export type PackSet = number;
export const packOf = (point: number): PackSet => 1 << point;
export const nobody = -1;

export interface Point {
  state: PointState;
  /** What its tables name. */
  references: PackSet;
  parent: number;
  /** Whether the pin on its parent still counts. */
  isPinning: boolean;
  isVerified: boolean;
  /** Somebody holds URLs that still work. */
  hasUrls: boolean;
  /** An index does not show it yet. */
  isIndexed: boolean;
  /** Its place in the line. */
  order: number;
  /** The stored list of what to delete. */
  list: PackSet;
  listsStray: boolean;
}

const runSteps = ['idle', 'planned', 'one-read', 'both-read', 'listed', 'deleting', 'emptied'] as const;
export type RunStep = (typeof runSteps)[number];

/** A retention run at work on a point; it may die at any moment. */
export interface Run {
  step: RunStep;
  point: number;
  previous: number;
  next: number;
  list: PackSet;
  listsStray: boolean;
  /** The mount's lineVersion was raised since the run read it. */
  isOutdated: boolean;
}

export interface LineageState {
  points: Point[];
  /** What lies in the vault: packs, manifests (with the tables) and objects that nothing names, each by its upload. */
  packs: PackSet;
  manifests: PackSet;
  strays: PackSet;
  runs: Run[];
  restore: { step: 'none' | 'checked' | 'pinned'; point: number };
  clone: { step: 'none' | 'staging' | 'standing'; point: number };
  /** A head that was read for an upload to be opened. */
  opening: { isRead: boolean; head: number };
}

const idleRun: Run = {
  ...{ step: 'idle', point: nobody, previous: nobody, next: nobody },
  ...{ list: 0, listsStray: false, isOutdated: false },
};
const newPoint: Point = {
  ...{ state: 'none', references: 0, parent: nobody, isPinning: false, isVerified: false },
  ...{ hasUrls: false, isIndexed: true, order: 0, list: 0, listsStray: false },
};

export const idle = (): Run => ({ ...idleRun });

export const emptyLineage = (points: number, runs: number): LineageState => ({
  points: Array.from({ length: points }, () => ({ ...newPoint })),
  ...{ packs: 0, manifests: 0, strays: 0 },
  runs: Array.from({ length: runs }, idle),
  restore: { step: 'none', point: nobody },
  clone: { step: 'none', point: nobody },
  opening: { isRead: false, head: nobody },
});

export const copyLineage = (state: LineageState): LineageState => ({
  ...state,
  points: state.points.map((point) => ({ ...point })),
  runs: state.runs.map((run) => ({ ...run })),
  restore: { ...state.restore },
  clone: { ...state.clone },
  opening: { ...state.opening },
});

const restoreSteps = ['none', 'checked', 'pinned'] as const;
const cloneSteps = ['none', 'staging', 'standing'] as const;
const bit = (value: boolean, place: number): number => (value ? 1 << place : 0);
const has = (bits: number, place: number): boolean => (bits & (1 << place)) !== 0;

/** As few characters as possible: millions of states are kept. Runs are alike, so their order does not count. */
export function encodeLineage({
  points,
  packs,
  manifests,
  strays,
  runs,
  restore,
  clone,
  opening,
}: LineageState): string {
  const head = [packs, manifests, strays, restoreSteps.indexOf(restore.step), restore.point + 1];
  const ofPoints = points.flatMap((point) => [
    pointStates.indexOf(point.state),
    ...[point.references, point.parent + 1, point.order, point.list],
    bit(point.isPinning, 0) |
      bit(point.isVerified, 1) |
      bit(point.hasUrls, 2) |
      bit(point.isIndexed, 3) |
      bit(point.listsStray, 4),
  ]);
  const ofRuns = runs
    .map((run) =>
      String.fromCharCode(
        runSteps.indexOf(run.step),
        ...[run.point + 1, run.previous + 1, run.next + 1, run.list],
        bit(run.isOutdated, 0) | bit(run.listsStray, 1),
      ),
    )
    .sort();
  const ofClone = [cloneSteps.indexOf(clone.step), clone.point + 1];
  const codes = [...head, bit(opening.isRead, 0), opening.head + 1, ...ofClone, ...ofPoints];
  return String.fromCharCode(...codes) + ofRuns.join('');
}

const headLength = 9;
const pointLength = 6;
const runLength = 6;

export function decodeLineage(key: string, points: number): LineageState {
  const code = (index: number) => key.charCodeAt(index);
  const runsAt = headLength + points * pointLength;
  return {
    packs: code(0),
    manifests: code(1),
    strays: code(2),
    restore: { step: restoreSteps[code(3)] ?? 'none', point: code(4) - 1 },
    opening: { isRead: code(5) === 1, head: code(6) - 1 },
    clone: { step: cloneSteps[code(7)] ?? 'none', point: code(8) - 1 },
    points: Array.from({ length: points }, (_, index) => {
      const at = headLength + index * pointLength;
      const flags = code(at + 5);
      return {
        state: pointStates[code(at)] ?? 'none',
        ...{ references: code(at + 1), parent: code(at + 2) - 1, order: code(at + 3), list: code(at + 4) },
        ...{ isPinning: has(flags, 0), isVerified: has(flags, 1), hasUrls: has(flags, 2) },
        ...{ isIndexed: has(flags, 3), listsStray: has(flags, 4) },
      };
    }),
    runs: Array.from({ length: (key.length - runsAt) / runLength }, (_, index) => {
      const at = runsAt + index * runLength;
      return {
        step: runSteps[code(at)] ?? 'idle',
        ...{
          point: code(at + 1) - 1,
          previous: code(at + 2) - 1,
          next: code(at + 3) - 1,
          list: code(at + 4),
        },
        ...{ isOutdated: has(code(at + 5), 0), listsStray: has(code(at + 5), 1) },
      };
    }),
  };
}
