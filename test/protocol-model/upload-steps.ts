import type { LineageRules, Scope } from './lineage-rules.ts';
import { copyLineage, type LineageState, nobody, type PackSet, type Point, packOf } from './lineage-state.ts';

export interface Protocol {
  readonly rules: LineageRules;
  readonly scope: Scope;
}
export type Step = readonly [label: string, next: LineageState];

export const isLive = ({ state }: Point): boolean => state === 'available' || state === 'pending';

/** What can happen next to uploads: by gateways, by the commit, and by the sweep of what was given up. */
export function* uploadSteps(state: LineageState, protocol: Protocol): Generator<Step> {
  yield* openSteps(state, protocol);
  for (const [index, point] of state.points.entries()) {
    if (point.state === 'none') continue;
    yield* putSteps(state, index, protocol);
    yield* lifeSteps(state, index, protocol);
    yield* commitSteps(state, index, protocol);
    if (point.state === 'closing') yield* sweepSteps(state, index, protocol);
  }
}

function* openSteps(state: LineageState, protocol: Protocol): Generator<Step> {
  const { rules } = protocol;
  if (rules.openUploads === 'one' && state.points.some((point) => point.state === 'open')) return;
  if (rules.headIsRead === 'with-the-opening') {
    yield* openOn(state, findHead(state, protocol), protocol);
  } else if (state.opening.isRead) {
    yield* openOn(state, state.opening.head, protocol);
  } else if (state.points.some((point) => point.state === 'none')) {
    const head = findHead(state, protocol);
    yield change(state, `the head is read: p${head}`, (next) => {
      next.opening = { isRead: true, head };
    });
  }
}

/** An upload may reference any part of what it may reference: each choice is a step. */
function* openOn(state: LineageState, parent: number, { rules }: Protocol): Generator<Step> {
  const index = state.points.findIndex((point) => point.state === 'none');
  if (index < 0) return;
  const allowed =
    rules.mayReference === 'tables-of-the-parent' ? referencesOf(state, [parent]) : ofAllLive(state);
  const orders =
    rules.lineOrder === 'commit' || index === 0 ? [2 * index + 2] : [2 * index + 2, 2 * index - 1];
  for (const references of subsetsOf(allowed)) {
    for (const order of orders) {
      const back = order < 2 * index ? ', the clock of the store went back' : '';
      const label = `p${index} is opened on p${parent}, references ${references.toString(2)}${back}`;
      yield change(state, label, (next) => {
        Object.assign(pointAt(next, index), {
          ...{ state: 'open', parent, references: references | packOf(index), order },
          ...{ isPinning: parent !== nobody, hasUrls: true },
        });
        next.opening = { isRead: false, head: nobody };
      });
    }
  }
}

const findHead = ({ points }: LineageState, { rules }: Protocol): number =>
  points.findLastIndex((point) =>
    rules.parent === 'newest-live' ? isLive(point) : point.state === 'available',
  );

const referencesOf = ({ points }: LineageState, indexes: readonly number[]): PackSet =>
  indexes.reduce((all, index) => all | (points[index]?.references ?? 0), 0);

const ofAllLive = (state: LineageState): PackSet =>
  referencesOf(
    state,
    state.points.flatMap((point, index) => (isLive(point) ? [index] : [])),
  );

function* subsetsOf(packs: PackSet): Generator<PackSet> {
  for (let subset = packs; ; subset = (subset - 1) & packs) {
    yield subset;
    if (subset === 0) return;
  }
}

/** Whoever has URLs can put what they name, as long as they work: also when the upload is long over. */
function* putSteps(state: LineageState, index: number, { scope }: Protocol): Generator<Step> {
  const { state: of, hasUrls } = pointAt(state, index);
  const pack = packOf(index);
  if (!hasUrls || (of !== 'open' && !scope.hasLatePuts)) return;
  const isOver = of !== 'open' && of !== 'available' && of !== 'pending';
  const late = of === 'open' ? '' : ', late';
  if ((of === 'open' || isOver) && !(state.packs & pack)) {
    yield change(state, `the pack of p${index} is put${late}`, (next) => {
      next.packs |= pack;
    });
  }
  if ((of === 'open' || isOver) && state.packs & pack && !(state.manifests & pack)) {
    yield change(state, `the manifest of p${index} is put${late}`, (next) => {
      next.manifests |= pack;
    });
  }
  if (scope.hasStrays && !(state.strays & pack)) {
    yield change(state, `p${index} puts an object that nothing names${late}`, (next) => {
      next.strays |= pack;
    });
  }
}

function* lifeSteps(state: LineageState, index: number, { rules }: Protocol): Generator<Step> {
  const point = pointAt(state, index);
  if (point.hasUrls && point.state !== 'open') {
    yield change(state, `the URLs of p${index} die`, (next) => {
      pointAt(next, index).hasUrls = false;
    });
  }
  if (point.state === 'open') {
    yield change(state, `p${index} is closed: its lease ended`, (next) => {
      pointAt(next, index).state = 'closing';
    });
    if (rules.parentPin === 'until-its-lease-ends' && point.isPinning) {
      yield change(state, `the lease of p${index} ends, and with it the pin on p${point.parent}`, (next) => {
        pointAt(next, index).isPinning = false;
      });
    }
  }
  if (!point.isIndexed) {
    yield change(state, `the index catches up with p${index}`, (next) => {
      pointAt(next, index).isIndexed = true;
    });
  }
}

function* commitSteps(state: LineageState, index: number, { rules }: Protocol): Generator<Step> {
  const point = pointAt(state, index);
  const { references, isVerified, parent } = point;
  const own = packOf(index);
  const isThere = (references & ~state.packs) === 0 && (state.manifests & own) !== 0;
  if (point.state === 'open' && !isVerified && isThere) {
    yield change(state, `p${index} is verified`, (next) => {
      pointAt(next, index).isVerified = true;
    });
  }
  const isOpen = point.state === 'open' || (rules.commit === 'any-state' && /clos/.test(point.state));
  const parentPoint = state.points[parent];
  const hasParent = rules.commit !== 'open-and-parent-live' || !parentPoint || isLive(parentPoint);
  if (!isVerified || !isOpen || !hasParent) return;
  yield changeLine(state, `p${index} is committed`, (next) => {
    const committed = pointAt(next, index);
    committed.state = 'available';
    committed.isVerified = false;
    committed.isPinning = false;
    committed.isIndexed = rules.neighboursAreReadFrom === 'base-table';
    if (rules.openUploads === 'many') {
      committed.order = 1 + Math.max(...state.points.map((other) => (isCommitted(other) ? other.order : 0)));
    }
  });
}

export const isCommitted = ({ state }: Point): boolean =>
  isLive({ state } as Point) || state === 'reclaiming' || state === 'tombstone';

/** What an upload left behind goes at once; it is closed for good when its prefix is empty and stays so. */
function* sweepSteps(state: LineageState, index: number, { rules }: Protocol): Generator<Step> {
  const own = packOf(index);
  for (const kind of ['manifests', 'packs', 'strays'] as const) {
    if (!(state[kind] & own)) continue;
    yield change(state, `the sweep deletes ${kind} of p${index}`, (next) => {
      next[kind] &= ~own;
    });
  }
  const isEmpty = ((state.packs | state.manifests | state.strays) & own) === 0;
  const urlsMayLive = !rules.closesAfterUrlsDied;
  if (!isEmpty || (pointAt(state, index).hasUrls && !urlsMayLive)) return;
  yield change(state, `p${index} is closed for good`, (next) => {
    const closed = pointAt(next, index);
    closed.state = 'closed';
    closed.isPinning = false;
    // An unfenced commit may still be on its way.
    if (rules.commit !== 'any-state') closed.isVerified = false;
  });
}

export function change(state: LineageState, label: string, edit: (next: LineageState) => void): Step {
  const next = copyLineage(state);
  edit(next);
  return [label, next];
}

/** A change that raises the mount's lineVersion. */
export const changeLine = (state: LineageState, label: string, edit: (next: LineageState) => void): Step =>
  change(state, label, (next) => {
    edit(next);
    for (const run of next.runs) if (run.step !== 'idle' && run.step !== 'deleting') run.isOutdated = true;
  });

export function pointAt({ points }: LineageState, index: number): Point {
  const point = points[index];
  if (point === undefined) throw new Error(`there is no p${index}`);
  return point;
}
