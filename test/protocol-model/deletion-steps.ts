import {
  idle,
  type LineageState,
  nobody,
  type PackSet,
  type Point,
  packOf,
  type Run,
} from './lineage-state.ts';
import {
  change,
  changeLine,
  isCommitted,
  isLive,
  type Protocol,
  pointAt,
  type Step,
} from './upload-steps.ts';

/** What can happen next to points: by people, by retention runs, by restores and clones. */
export function* deletionSteps(state: LineageState, protocol: Protocol): Generator<Step> {
  for (const [index, point] of state.points.entries()) yield* personSteps(state, index, point, protocol);
  for (const [index, run] of state.runs.entries()) {
    if (run.step === 'idle') yield* takeSteps(state, index, protocol);
    else {
      yield change(state, `run ${index} dies`, (next) => {
        next.runs[index] = idle();
      });
      yield* runSteps(state, index, run, protocol);
    }
  }
  yield* restoreSteps(state, protocol);
  yield* cloneSteps(state, protocol);
}

function* personSteps(
  state: LineageState,
  index: number,
  point: Point,
  { rules }: Protocol,
): Generator<Step> {
  const set = (label: string, to: 'available' | 'pending') =>
    changeLine(state, label, (next) => {
      pointAt(next, index).state = to;
    });
  if (point.state === 'available') yield set(`p${index} is marked for deletion`, 'pending');
  if (point.state === 'pending') yield set(`p${index} is brought back`, 'available');
  if (point.state === 'reclaiming' && rules.undelete === 'pending-or-reclaiming') {
    yield set(`p${index} is brought back from reclaiming`, 'available');
  }
}

const isPinned = ({ points, restore, clone }: LineageState, index: number, { rules }: Protocol): boolean =>
  (rules.reclaimLooksAt !== 'all-but-restores' && restore.step === 'pinned' && restore.point === index) ||
  (rules.reclaimLooksAt !== 'all-but-clones' && clone.point === index && hasPin(clone, rules)) ||
  (rules.parentPin !== 'none' &&
    points.some(({ state, parent, isPinning }) => state === 'open' && parent === index && isPinning));

const hasPin = ({ step }: LineageState['clone'], { clonePins }: Protocol['rules']): boolean =>
  step === 'staging' || (step === 'standing' && clonePins === 'until-it-is-dropped');

const mayBeReclaimed = (state: LineageState, index: number, protocol: Protocol): boolean => {
  const point = pointAt(state, index);
  const urlsAreDead = !point.hasUrls || !protocol.rules.reclaimsAfterUrlsDied;
  return point.state === 'pending' && urlsAreDead && !isPinned(state, index, protocol);
};

/** An idle run takes up a pending point, or one that another run left in the middle. */
function* takeSteps(state: LineageState, at: number, protocol: Protocol): Generator<Step> {
  const { rules } = protocol;
  for (const [index, point] of state.points.entries()) {
    if (mayBeReclaimed(state, index, protocol)) {
      if (rules.decision === 'transition-first') {
        yield change(state, `run ${at}: p${index} becomes reclaiming`, (next) => {
          pointAt(next, index).state = 'reclaiming';
          next.runs[at] = { ...idle(), step: 'planned', point: index };
        });
      } else {
        yield change(state, `run ${at} plans to reclaim p${index}`, (next) => {
          next.runs[at] = { ...idle(), step: 'planned', point: index };
        });
      }
    }
    if (point.state !== 'reclaiming') continue;
    yield change(state, `run ${at} goes on with p${index}`, (next) => {
      next.runs[at] =
        rules.decision === 'transition-first'
          ? { ...idle(), step: 'planned', point: index }
          : { ...idle(), step: 'deleting', point: index, list: point.list, listsStray: point.listsStray };
    });
  }
}

function* runSteps(state: LineageState, at: number, run: Run, protocol: Protocol): Generator<Step> {
  switch (run.step) {
    case 'planned':
    case 'one-read':
      yield readNeighbour(state, at, run, protocol);
      return;
    case 'both-read':
      yield readTables(state, at, run, protocol);
      return;
    case 'listed':
      yield decide(state, at, run, protocol);
      return;
    case 'deleting':
      yield* deleteListed(state, at, run);
      return;
    case 'emptied':
      yield change(state, `run ${at}: p${run.point} is a tombstone`, (next) => {
        const point = pointAt(next, run.point);
        if (point.state === 'reclaiming')
          Object.assign(point, { state: 'tombstone', list: 0, listsStray: false });
        next.runs[at] = idle();
      });
  }
}

/** One at a time, for the line may change between the two. */
function readNeighbour(state: LineageState, at: number, run: Run, { rules }: Protocol): Step {
  const isFirst = run.step === 'planned';
  const side = (rules.readsFirst === 'previous') === isFirst ? 'previous' : 'next';
  const found = findNeighbour(state, run.point, side, rules);
  return change(state, `run ${at}: ${side} of p${run.point} is p${found}`, (next) => {
    next.runs[at] = { ...run, [side]: found, step: isFirst ? 'one-read' : 'both-read' };
  });
}

function findNeighbour(
  { points }: LineageState,
  of: number,
  side: 'previous' | 'next',
  { neighbours, neighboursAreReadFrom }: Protocol['rules'],
): number {
  const here = points[of]?.order ?? 0;
  const counts = (point: Point) => {
    if (neighboursAreReadFrom === 'index-that-lags' && !point.isIndexed) return false;
    if (neighbours === 'available') return point.state === 'available';
    if (neighbours === 'live') return isLive(point);
    if (neighbours === 'live-or-reclaiming') return isLive(point) || point.state === 'reclaiming';
    return isCommitted(point);
  };
  const candidates = points.flatMap((point, index) =>
    index !== of && counts(point) && (side === 'previous' ? point.order < here : point.order > here)
      ? [{ index, distance: Math.abs(point.order - here) }]
      : [],
  );
  return candidates.sort((a, b) => a.distance - b.distance)[0]?.index ?? nobody;
}

/** Undefined: there are none any more. */
function tablesOf(state: LineageState, index: number, { rules }: Protocol): PackSet | undefined {
  const point = pointAt(state, index);
  if (point.state === 'tombstone') return undefined;
  const needsManifest = rules.tablesLiveUntil === 'manifest-is-deleted';
  return needsManifest && !(state.manifests & packOf(index)) ? undefined : point.references;
}

function readTables(state: LineageState, at: number, run: Run, protocol: Protocol): Step {
  const { rules } = protocol;
  const own = tablesOf(state, run.point, protocol);
  const theirs = [run.previous, run.next]
    .filter((index) => index !== nobody)
    .map((index) => tablesOf(state, index, protocol));
  if (own === undefined) {
    // Whoever had them deleted everything that they named, it thinks.
    return change(state, `run ${at}: p${run.point} has no tables any more`, (next) => {
      next.runs[at] = { ...run, step: 'emptied' };
    });
  }
  if (theirs.includes(undefined) && rules.missingTable === 'error') {
    return change(state, `run ${at}: a table is missing, it begins anew`, (next) => {
      next.runs[at] = { ...idle(), step: 'planned', point: run.point, isOutdated: run.isOutdated };
    });
  }
  const kept = theirs.reduce<PackSet>((all, packs) => all | (packs ?? 0), 0);
  const list = own & ~kept;
  const listsStray = rules.listsOwnPrefix;
  return change(state, `run ${at}: the list for p${run.point} is ${list.toString(2)}`, (next) => {
    const step = rules.decision === 'transition-first' ? 'deleting' : 'listed';
    next.runs[at] = { ...run, list, listsStray, step };
  });
}

/** The one transaction that decides. */
function decide(state: LineageState, at: number, run: Run, protocol: Protocol): Step {
  const asRead = !run.isOutdated || protocol.rules.decision === 'list-first-whatever-changed';
  if (!asRead || !mayBeReclaimed(state, run.point, protocol)) {
    return change(state, `run ${at}: p${run.point} or its line changed, it is left`, (next) => {
      next.runs[at] = idle();
    });
  }
  return changeLine(state, `run ${at}: p${run.point} becomes reclaiming with its list`, (next) => {
    const { list, listsStray } = run;
    Object.assign(pointAt(next, run.point), { state: 'reclaiming', list, listsStray });
    next.runs[at] = { ...idle(), step: 'deleting', point: run.point, list, listsStray };
  });
}

/** The manifest first: what is left of a point can then not be taken for a whole one. */
function* deleteListed(state: LineageState, at: number, run: Run): Generator<Step> {
  const own = packOf(run.point);
  if (state.manifests & own) {
    yield change(state, `run ${at} deletes the manifest of p${run.point}`, (next) => {
      next.manifests &= ~own;
    });
    return;
  }
  const todo = run.list & state.packs;
  for (let pack = 1; pack <= todo; pack <<= 1) {
    if (!(todo & pack)) continue;
    yield change(state, `run ${at} deletes pack ${pack.toString(2)} for p${run.point}`, (next) => {
      next.packs &= ~pack;
    });
  }
  if (todo !== 0) return;
  if (run.listsStray && state.strays & own) {
    yield change(state, `run ${at} deletes what else lies under p${run.point}`, (next) => {
      next.strays &= ~own;
    });
    return;
  }
  yield change(state, `run ${at}: nothing of the list for p${run.point} is left`, (next) => {
    next.runs[at] = { ...idle(), step: 'emptied', point: run.point };
  });
}

function* restoreSteps(state: LineageState, { rules, scope }: Protocol): Generator<Step> {
  if (!scope.hasRestore) return;
  const { step, point } = state.restore;
  const set = (label: string, restore: LineageState['restore']) =>
    change(state, label, (next) => {
      next.restore = restore;
    });
  if (step === 'none') {
    for (const [index, candidate] of state.points.entries()) {
      if (!isLive(candidate)) continue;
      yield rules.restorePins === 'with-the-check'
        ? set(`a restore pins p${index}`, { step: 'pinned', point: index })
        : set(`a restore finds p${index} live`, { step: 'checked', point: index });
    }
  }
  if (step === 'checked') yield set(`the restore pins p${point}`, { step: 'pinned', point });
  if (step === 'pinned') yield set('the restore ends', { step: 'none', point: nobody });
}

function* cloneSteps(state: LineageState, { scope }: Protocol): Generator<Step> {
  if (!scope.hasClone) return;
  const { step, point } = state.clone;
  const set = (label: string, clone: LineageState['clone']) =>
    change(state, label, (next) => {
      next.clone = clone;
    });
  if (step === 'none') {
    for (const [index, candidate] of state.points.entries()) {
      if (isLive(candidate)) yield set(`a clone of p${index} is ordered`, { step: 'staging', point: index });
    }
    return;
  }
  if (step === 'staging') yield set(`the clone of p${point} stands`, { step: 'standing', point });
  yield set(`the clone of p${point} is dropped`, { step: 'none', point: nobody });
}
