import type { MapState, ParallelState } from '../definition/model.ts';
import type { Json } from '../json.ts';
import { evaluateTemplate } from '../jsonata/template.ts';
import type { Thread } from '../records.ts';
import { leaveContainer, startIteration } from './leave.ts';
import { evaluateConcurrency, evaluateItems, selectItems } from './map-items.ts';
import { startMapRun } from './map-run.ts';
import { checkSize, makeScope } from './scope.ts';
import type { Turn } from './turn.ts';

/** AWS's ceiling for the iterations of an inline Map that run at once. */
const MAX_INLINE_CONCURRENCY = 40;

export async function startParallel(turn: Turn, thread: Thread, state: ParallelState): Promise<void> {
  const scope = makeScope(turn, thread);
  const input = state.arguments === undefined ? thread.input : await evaluateTemplate(state.arguments, scope);
  checkSize(turn, input, thread.state);
  const started = turn.record(thread, 'ParallelStateStarted');
  state.branches.forEach((startAt, position) => {
    turn.put({ ...makeChild(started, position, startAt, input), phase: { kind: 'enter' } });
  });
  turn.put({ ...started, phase: { kind: 'children', startedEvent: started.previousEvent } });
}

export async function startMap(turn: Turn, thread: Thread, state: MapState): Promise<void> {
  if (state.distributed !== undefined) {
    await startMapRun(turn, thread, state, state.distributed);
    return;
  }
  const given = await evaluateItems(turn, thread, state);
  const concurrency = await evaluateConcurrency(turn, thread, state);
  const selected = await selectItems(turn, thread, state, given);
  const started = turn.record(thread, 'MapStateStarted', {
    mapStateStartedEventDetails: { length: given.length },
  });
  const most = concurrency === 0 ? MAX_INLINE_CONCURRENCY : Math.min(concurrency, MAX_INLINE_CONCURRENCY);
  await startIterations(turn, started, state, { given, selected, most });
}

async function startIterations(
  turn: Turn,
  started: Thread,
  state: MapState,
  items: { given: readonly Json[]; selected: readonly Json[]; most: number },
): Promise<void> {
  if (items.selected.length === 0) {
    await leaveContainer(turn, started, state, []);
    return;
  }
  const parent = turn.put({
    ...started,
    phase: { kind: 'children', startedEvent: started.previousEvent },
  });
  items.selected.forEach((input, Index) => {
    const Value = items.given[Index] ?? null;
    const iteration: Thread = {
      ...makeChild(started, Index, state.startAt, input),
      mapItem: { Index, Value },
      phase: { kind: 'pending' },
    };
    if (Index < items.most) {
      startIteration(turn, parent, iteration);
    } else {
      turn.put(iteration);
    }
  });
}

function makeChild(parent: Thread, position: number, state: string, input: Json): Omit<Thread, 'phase'> {
  return {
    id: `${parent.id}/${position}`,
    parent: parent.id,
    position,
    state,
    input,
    variables: {},
    previousEvent: parent.previousEvent,
    enteredEvent: 0,
    enteredAt: 0,
    retriesUsed: [],
  };
}

/** All branches or iterations are done: their outputs, in their order, are the state's result. */
export async function joinChildren(
  turn: Turn,
  thread: Thread,
  state: ParallelState | MapState,
): Promise<void> {
  const outputs = turn.reader
    .children(thread.id)
    .map((child) => (child.phase.kind === 'done' ? child.phase.output : null));
  turn.removeChildren(thread);
  await leaveContainer(turn, thread, state, outputs);
}
