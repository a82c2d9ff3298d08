import type { Exit, State } from './model.ts';
import type { ProblemList } from './problems.ts';

interface ScopeToCheck {
  readonly startAt: string;
  readonly path: string;
  readonly problems: ProblemList;
}

/** Checks that transitions of one scope lead to states of it, that all are reached, and that one ends it. */
export function checkTransitions(states: ReadonlyMap<string, State>, scope: ScopeToCheck): void {
  const missing = (path: string, message: string) =>
    scope.problems.add('MISSING_TRANSITION_TARGET', path, message);
  if (!states.has(scope.startAt)) {
    missing(`${scope.path}/StartAt`, `There is no state '${scope.startAt}' here`);
    return;
  }
  const reached = followTransitions(states, scope.startAt);
  for (const [name, state] of states) {
    const path = `${scope.path}/States/${name}`;
    if (!reached.has(name)) {
      missing(path, `State '${name}' is not reachable`);
    }
    for (const target of listTargets(state).filter((target) => !states.has(target))) {
      missing(path, `There is no state '${target}' here`);
    }
  }
  // A state that has other problems may have lost its transitions to them.
  if (scope.problems.found.length === 0 && ![...states.values()].some(endsScope)) {
    scope.problems.add('MISSING_END_STATE', scope.path, 'No state ends this workflow');
  }
}

function followTransitions(states: ReadonlyMap<string, State>, startAt: string): Set<string> {
  const reached = new Set([startAt]);
  // A Set iterates over what is added meanwhile.
  for (const name of reached) {
    const state = states.get(name);
    for (const target of state === undefined ? [] : listTargets(state)) {
      reached.add(target);
    }
  }
  return reached;
}

function listTargets(state: State): string[] {
  return listExits(state).flatMap(({ next }) => (next === undefined || next === '' ? [] : [next]));
}

function listExits(state: State): Exit[] {
  const caught = 'catch' in state ? state.catch : [];
  switch (state.type) {
    case 'Fail':
      return [];
    case 'Choice':
      return [...state.choices, ...(state.otherwise === undefined ? [] : [state.otherwise])];
    default:
      return [state, ...caught];
  }
}

function endsScope(state: State): boolean {
  return state.type === 'Fail' || (state.type !== 'Choice' && state.next === undefined);
}
