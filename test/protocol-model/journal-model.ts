import type { Model } from './explore.ts';

/** The rules of journal and rebuild; the first of each is the protocol's. */
export interface JournalRules {
  /** When the gateway and people are told that something happened, and when the first object is deleted for it. */
  readonly acknowledges: 'after-the-entry-is-stored' | 'at-once';
  readonly deletes: 'after-the-entry-is-stored' | 'at-once';
  readonly storesEntries: 'in-order' | 'in-any-order';
  /** What makes a point at a rebuild. */
  readonly rebuildTrusts: 'journal' | 'recovery-point.json';
  readonly recordIsWritten: 'after-the-commit' | 'before-the-commit';
}

export const protocolJournal: JournalRules = {
  acknowledges: 'after-the-entry-is-stored',
  deletes: 'after-the-entry-is-stored',
  storesEntries: 'in-order',
  rebuildTrusts: 'journal',
  recordIsWritten: 'after-the-commit',
};

type State = 'none' | 'open' | 'closing' | 'closed' | 'available' | 'pending' | 'reclaiming' | 'tombstone';
const eventStates = {
  committed: 'available',
  pending: 'pending',
  'brought back': 'available',
  reclaiming: 'reclaiming',
} as const;
type EventKind = keyof typeof eventStates;
interface Entry {
  readonly kind: EventKind;
  readonly point: number;
  readonly isStored: boolean;
}
interface Point {
  readonly state: State;
  /** Lies in the vault: pack and manifest (put together), and recovery-point.json. */
  readonly hasPack: boolean;
  readonly hasManifest: boolean;
  readonly hasRecord: boolean;
  /** The gateway was told of the commit and has let its snapshot go. */
  readonly isCommitTold: boolean;
  /** Somebody was told that it is back. */
  readonly isReturnTold: boolean;
  /** Whose packs go with it, stored in the vault when it became reclaiming. */
  readonly list: readonly number[];
}
interface JournalState {
  readonly points: readonly [Point, Point];
  /** p1 references the pack of p0. */
  readonly sharesPack: boolean;
  readonly entries: readonly Entry[];
  /** The point that a run, and the one that a sweep is at work on. They do not notice when the catalog is lost. */
  readonly reclaim: number | null;
  readonly sweep: number | null;
  readonly isRebuilt: boolean;
}

const maxEntries = 6;
const nothing: Point = {
  ...{ state: 'none', hasPack: false, hasManifest: false, hasRecord: false },
  ...{ isCommitTold: false, isReturnTold: false, list: [] },
};
const both = [0, 1] as const;
const isLive = ({ state }: Point) => state === 'available' || state === 'pending';

/** Two uploads, their journal in an outbox, and a catalog that is lost once and rebuilt from the vault. */
export function journalModel(changed: Partial<JournalRules> = {}): Model<JournalState> {
  const rules = { ...protocolJournal, ...changed };
  return {
    initial: {
      points: [nothing, nothing],
      ...{ sharesPack: false, entries: [], reclaim: null, sweep: null, isRebuilt: false },
    },
    encode: (state) => JSON.stringify(state),
    decode: (key) => JSON.parse(key) as JournalState,
    *steps(state) {
      for (const index of both) yield* pointSteps(state, index, rules);
      yield* workSteps(state);
      yield* journalSteps(state, rules);
      if (!state.isRebuilt) yield ['the catalog is lost and rebuilt from the vault', rebuild(state, rules)];
    },
    findViolation,
  };
}

type Step = readonly [label: string, next: JournalState];

const edit = (state: JournalState, index: number, fields: Partial<Point>): JournalState => ({
  ...state,
  points: state.points.with(index, { ...(state.points[index] ?? nothing), ...fields }) as [Point, Point],
});

/** A transaction: the new state, and its entry in the outbox. */
const transact = (state: JournalState, index: number, kind: EventKind): JournalState => ({
  ...edit(state, index, { state: eventStates[kind], ...(kind === 'pending' && { isReturnTold: false }) }),
  entries: [...state.entries, { kind, point: index, isStored: false }],
});

const lastEntry = ({ entries }: JournalState, index: number, kind: EventKind): Entry | undefined =>
  entries.findLast((entry) => entry.point === index && entry.kind === kind);

const referencesOf = ({ sharesPack }: JournalState, index: number): readonly number[] =>
  index === 1 && sharesPack ? [0, 1] : [index];

function* pointSteps(state: JournalState, index: 0 | 1, rules: JournalRules): Generator<Step> {
  const point = state.points[index];
  const { state: is, hasPack, hasRecord } = point;
  const mayLog = state.entries.length < maxEntries;
  if (is === 'none') yield* openSteps(state, index);
  if (is === 'open') {
    if (!hasPack) yield [`p${index} is uploaded`, edit(state, index, { hasPack: true, hasManifest: true })];
    const needsRecord = rules.recordIsWritten === 'before-the-commit';
    if (hasPack && needsRecord && !hasRecord)
      yield [`p${index}: record`, edit(state, index, { hasRecord: true })];
    if (hasPack && mayLog && (hasRecord || !needsRecord))
      yield [`p${index} is committed`, transact(state, index, 'committed')];
    yield [`p${index} is closed`, edit(state, index, { state: 'closing' })];
  }
  const isLate =
    rules.recordIsWritten === 'before-the-commit'
      ? is === 'closing' && hasPack
      : isLive(point) || is === 'reclaiming';
  if (isLate && !hasRecord) yield [`p${index}: record, late`, edit(state, index, { hasRecord: true })];
  if (mayLog && is === 'available')
    yield [`p${index} is marked for deletion`, transact(state, index, 'pending')];
  if (mayLog && is === 'pending') {
    yield [`p${index} is brought back`, transact(state, index, 'brought back')];
    const isParentOfOpen = index === 0 && state.points[1].state === 'open';
    if (!isParentOfOpen) {
      const next = transact(state, index, 'reclaiming');
      yield [`p${index} becomes reclaiming`, edit(next, index, { list: listFor(state, index) })];
    }
  }
  yield* tellSteps(state, index, rules);
  yield* takeUpSteps(state, index, rules);
}

function* openSteps(state: JournalState, index: number): Generator<Step> {
  if (state.points.some((point) => point.state === 'open')) return;
  if (index === 1 && state.points[0].state === 'none') return;
  yield [`p${index} is opened`, edit(state, index, { state: 'open' })];
  if (index === 1 && isLive(state.points[0])) {
    yield ['p1 is opened, uses the pack of p0', { ...edit(state, 1, { state: 'open' }), sharesPack: true }];
  }
}

function* tellSteps(state: JournalState, index: number, { acknowledges }: JournalRules): Generator<Step> {
  const point = state.points[index] ?? nothing;
  const mayTell = (entry: Entry | undefined) =>
    entry !== undefined && (entry.isStored || acknowledges === 'at-once');
  if (isLive(point) && !point.isCommitTold && mayTell(lastEntry(state, index, 'committed'))) {
    yield [`the gateway is told that p${index} is committed`, edit(state, index, { isCommitTold: true })];
  }
  if (
    point.state === 'available' &&
    !point.isReturnTold &&
    mayTell(lastEntry(state, index, 'brought back'))
  ) {
    yield [`somebody is told that p${index} is back`, edit(state, index, { isReturnTold: true })];
  }
}

/** A reclaim or a sweep that begins: from here on it deletes, whatever becomes of the catalog. */
function* takeUpSteps(state: JournalState, index: number, { deletes }: JournalRules): Generator<Step> {
  const is = state.points[index]?.state;
  if (is === 'closing' && state.sweep === null)
    yield [`the sweep takes p${index}`, { ...state, sweep: index }];
  if (is !== 'reclaiming' || state.reclaim !== null) return;
  if (deletes === 'after-the-entry-is-stored' && !lastEntry(state, index, 'reclaiming')?.isStored) return;
  yield [`a run takes p${index}`, { ...state, reclaim: index }];
}

const listFor = (state: JournalState, index: number): readonly number[] => {
  const other = 1 - index;
  const kept = isLive(state.points[other] ?? nothing) ? referencesOf(state, other) : [];
  return referencesOf(state, index).filter((pack) => !kept.includes(pack));
};

function* workSteps(state: JournalState): Generator<Step> {
  if (state.reclaim !== null) {
    const index = state.reclaim;
    const { list, state: is } = state.points[index] ?? nothing;
    const manifestGone = edit(state, index, { hasManifest: false });
    yield [`the manifest of p${index} is deleted`, manifestGone];
    const packsGone = list.reduce((next, pack) => edit(next, pack, { hasPack: false }), manifestGone);
    const isOver = is === 'reclaiming' ? ({ state: 'tombstone' } as const) : {};
    yield [
      `what is listed for p${index} (${list.join(' and ') || 'nothing'}) is deleted`,
      { ...edit(packsGone, index, { hasRecord: false, ...isOver }), reclaim: null },
    ];
  }
  if (state.sweep !== null) {
    const isOver = state.points[state.sweep]?.state === 'closing' ? ({ state: 'closed' } as const) : {};
    const emptied = edit(state, state.sweep, {
      hasPack: false,
      hasManifest: false,
      hasRecord: false,
      ...isOver,
    });
    yield [`p${state.sweep} is swept`, { ...emptied, sweep: null }];
  }
}

function* journalSteps(state: JournalState, { storesEntries }: JournalRules): Generator<Step> {
  for (const [index, entry] of state.entries.entries()) {
    if (entry.isStored) continue;
    const entries = state.entries.with(index, { ...entry, isStored: true });
    yield [`the entry "p${entry.point} ${entry.kind}" is stored`, { ...state, entries }];
    if (storesEntries === 'in-order') return;
  }
}

/** From what lies in the vault: journal, manifests, records. What was under way goes on until it ends. */
function rebuild(state: JournalState, { rebuildTrusts }: JournalRules): JournalState {
  const entries = state.entries.filter(({ isStored }) => isStored);
  const points = state.points.map((point, index): Point => {
    const last = entries.findLast((entry) => entry.point === index);
    if (last !== undefined) return { ...point, state: eventStates[last.kind] };
    if (rebuildTrusts === 'recovery-point.json' && point.hasRecord && point.hasManifest)
      return { ...point, state: 'available' };
    // A closed upload left nothing, and is not missed.
    return { ...point, state: point.state === 'none' || point.state === 'closed' ? point.state : 'closing' };
  });
  return { ...state, entries, points: [points[0] ?? nothing, points[1] ?? nothing], isRebuilt: true };
}

function findViolation(state: JournalState): string | undefined {
  for (const [index, point] of state.points.entries()) {
    const lacks =
      referencesOf(state, index).some((pack) => !state.points[pack]?.hasPack) || !point.hasManifest;
    if (isLive(point) && lacks) return `LOSS: live p${index} lacks an object`;
    const isPoint = isLive(point) || point.state === 'reclaiming' || point.state === 'tombstone';
    if (point.isCommitTold && !isPoint) return `LOSS: p${index} was told to be committed, and is no point`;
    if (point.isReturnTold && point.state !== 'available')
      return `LOSS: p${index} was told to be back, and is not`;
  }
  return undefined;
}
