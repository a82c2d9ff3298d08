import { addMillis } from '../../shared/domain/instant.ts';
import { decideRetention } from '../../shared/domain/retention/decide-retention.ts';
import type { RetentionPoint } from '../../shared/domain/retention/retention-point.ts';
import { database, days, idOf, instant, point, policy } from '../domain/retention/points.ts';
import type { Model } from './explore.ts';

/** The rules of the two transitions of a deletion; the first of each is the protocol's. */
export interface DecisionRules {
  /** What the transaction of a transition is conditional on. */
  readonly condition: 'line-version' | 'own-item' | 'none';
  /** Whether a point that is pending itself still needs what it is built on. */
  readonly dependants: 'of-live-points' | 'of-kept-points';
  readonly floorHolds: 'at-both-transitions' | 'at-the-first';
}

export const protocolDecisions: DecisionRules = {
  condition: 'line-version',
  dependants: 'of-live-points',
  floorHolds: 'at-both-transitions',
};

type State = 'absent' | 'available' | 'pending-deletion' | 'reclaiming';
type Plan = { readonly point: number; readonly to: State; readonly item: number; readonly line: number };

interface DecisionState {
  readonly states: readonly State[];
  readonly isDamaged: readonly boolean[];
  readonly isHeld: readonly boolean[];
  /** Versions of the three items, and of the line. */
  readonly items: readonly number[];
  readonly line: number;
  /** What two runs decided and have not carried out yet. */
  readonly plans: readonly (Plan | null)[];
  readonly lostLastUsable: boolean;
}

/** More changes of one line show nothing new. */
const maxLine = 7;
const base = 0;
const incremental = 1;
const now = instant('2027-06-01T00:00:00Z');
const rules = policy({ expire: '1d', floor: 1 });

/**
 * One database in three points: a level 0, a level 1 that needs its file, and a second level 0 whose commit is late. All of
 * them are past their time. Damage is found, holds are set, points come back, and two runs decide with the product's own
 * rule and act some time later.
 */
export function decisionModel(changed: Partial<DecisionRules> = {}): Model<DecisionState> {
  const protocol = { ...protocolDecisions, ...changed };
  return {
    initial: {
      states: ['available', 'available', 'absent'],
      ...{ isDamaged: [false, false, false], isHeld: [false, false, false] },
      ...{ items: [0, 0, 0], line: 0, plans: [null, null], lostLastUsable: false },
    },
    encode: (state) => JSON.stringify(state),
    decode: (key) => JSON.parse(key) as DecisionState,
    *steps(state) {
      if (state.line >= maxLine) return;
      yield* eventSteps(state);
      yield* runSteps(state, protocol);
    },
    findViolation,
  };
}

function findViolation({ states, isHeld, lostLastUsable }: DecisionState): string | undefined {
  const isLive = (index: number) => states[index] === 'available' || states[index] === 'pending-deletion';
  if (isLive(incremental) && states[base] === 'reclaiming')
    return 'LOSS: the level 1 lives, its level 0 does not';
  const held = states.findIndex((state, index) => state === 'reclaiming' && isHeld[index]);
  if (held >= 0) return `LOSS: p${held} is under hold and goes`;
  return lostLastUsable ? 'LOSS: the last usable point of the database goes' : undefined;
}

function* eventSteps(state: DecisionState): Generator<readonly [string, DecisionState]> {
  const set = (index: number, to: State): DecisionState => ({
    ...raise(state, index),
    states: state.states.with(index, to),
  });
  for (const [index, is] of state.states.entries()) {
    if (is === 'absent') yield [`p${index} is committed`, set(index, 'available')];
    if (is === 'pending-deletion') yield [`p${index} is brought back`, set(index, 'available')];
    if ((is === 'available' || is === 'pending-deletion') && !state.isDamaged.includes(true)) {
      const isDamaged = state.isDamaged.with(index, true);
      yield [`a scrub finds p${index} damaged`, { ...state, line: state.line + 1, isDamaged }];
    }
    if (is === 'available' && !state.isHeld.includes(true)) {
      yield [`a hold on p${index}`, { ...raise(state, index), isHeld: state.isHeld.with(index, true) }];
    }
  }
}

const raise = (state: DecisionState, index: number): DecisionState => ({
  ...state,
  line: state.line + 1,
  items: state.items.with(index, (state.items[index] ?? 0) + 1),
});

function* runSteps(
  state: DecisionState,
  protocol: DecisionRules,
): Generator<readonly [string, DecisionState]> {
  for (const [run, plan] of state.plans.entries()) {
    if (plan !== null) {
      yield carryOut(state, run, plan, protocol);
      continue;
    }
    for (const [point, is] of state.states.entries()) {
      const to =
        is === 'available' ? 'pending-deletion' : is === 'pending-deletion' ? 'reclaiming' : undefined;
      if (to === undefined || !mayGo(state, point, to, protocol)) continue;
      const made: Plan = { point, to, item: state.items[point] ?? 0, line: state.line };
      yield [`run ${run} decides: p${point} becomes ${to}`, { ...state, plans: state.plans.with(run, made) }];
    }
  }
}

function carryOut(
  state: DecisionState,
  run: number,
  { point, to, item, line }: Plan,
  { condition }: DecisionRules,
): readonly [string, DecisionState] {
  const done = { ...state, plans: state.plans.with(run, null) };
  const from = to === 'reclaiming' ? 'pending-deletion' : 'available';
  const asRead =
    condition === 'none' || (condition === 'own-item' ? item === state.items[point] : line === state.line);
  if (!asRead || state.states[point] !== from) return [`run ${run} leaves p${point}: it changed`, done];
  const next = { ...raise(done, point), states: state.states.with(point, to) };
  const lostLastUsable =
    to === 'reclaiming' && isUsable(state, point) && !state.states.some((_, other) => isUsable(next, other));
  return [`run ${run}: p${point} becomes ${to}`, { ...next, lostLastUsable }];
}

const isUsable = (state: DecisionState, index: number): boolean =>
  livePoints(state).some(
    ({ seq, isDamaged, databases }) => seq === index && !isDamaged && databases[0]?.recoverable === 'yes',
  );

/** The product's own rule, but for what the model leaves out of it. */
function mayGo(state: DecisionState, index: number, to: State, protocol: DecisionRules): boolean {
  const points = livePoints(state).map((live) =>
    protocol.dependants === 'of-kept-points' && live.state === 'pending-deletion'
      ? { ...live, databases: live.databases.map((one) => ({ ...one, lacksFiles: [] })) }
      : live,
  );
  const decision = decideRetention(points, rules, { now, hadLogs: true }).get(idOf(index));
  if (decision === undefined) return false;
  if (!decision.keep) return true;
  const isFloorIgnored = to === 'reclaiming' && protocol.floorHolds === 'at-the-first';
  return isFloorIgnored && decision.because.every(({ code }) => code === 'FLOOR');
}

const livePoints = ({ states, isDamaged, isHeld }: DecisionState): RetentionPoint[] =>
  states.flatMap((state, index) => {
    if (state !== 'available' && state !== 'pending-deletion') return [];
    const hasBase = /available|pending/.test(states[base] ?? '') && isDamaged[base] === false;
    const needsBase = index === incremental;
    return [
      point(index, addMillis(now, -100 * days), {
        ...{ state, log: 'read', isDamaged: isDamaged[index] ?? false },
        databases: [database('11', needsBase && !hasBase ? 'no' : 'yes', needsBase ? ['level0'] : [])],
        holdsFiles: index === base ? ['level0'] : [],
        holds: isHeld[index] ? ['hld-1'] : [],
      }),
    ];
  });
