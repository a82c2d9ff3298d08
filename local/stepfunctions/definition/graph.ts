import type { State } from './model.ts';
import type { ProblemList } from './problems.ts';

/** Checks that every transition of one scope leads to a state of it, and that every state can be reached. */
export function checkTransitions(
  states: ReadonlyMap<string, State>,
  scope: { startAt: string; path: string; problems: ProblemList },
): void {
  const reached = new Set<string>();
  const toVisit = [{ target: scope.startAt, from: `${scope.path}/StartAt` }];
  let canEnd = false;
  for (let step = toVisit.pop(); step !== undefined; step = toVisit.pop()) {
    const state = states.get(step.target);
    if (state === undefined) {
      scope.problems.add('MISSING_TRANSITION_TARGET', step.from, `There is no state '${step.target}' here`);
    } else if (!reached.has(step.target)) {
      reached.add(step.target);
      const from = `${scope.path}/States/${step.target}`;
      toVisit.push(...listTargets(state).map((target) => ({ target, from })));
      canEnd ||= endsScope(state);
    }
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) {
      scope.problems.add(
        'MISSING_TRANSITION_TARGET',
        `${scope.path}/States/${name}`,
        `State '${name}' is not reachable`,
      );
    }
  }
  if (!canEnd && scope.problems.found.length === 0) {
    scope.problems.add('MISSING_END_STATE', scope.path, 'No state ends this workflow');
  }
}

function listTargets(state: State): string[] {
  const targets: (string | undefined)[] = [];
  if (state.type === 'Choice') {
    targets.push(...state.choices.map((choice) => choice.next), state.otherwise?.next);
  } else if (state.type !== 'Fail') {
    targets.push(state.next);
  }
  if ('catch' in state) {
    targets.push(...state.catch.map((catcher) => catcher.next));
  }
  return targets.filter((target) => target !== undefined);
}

function endsScope(state: State): boolean {
  return state.type !== 'Choice' && (state.type === 'Fail' || state.next === undefined);
}
