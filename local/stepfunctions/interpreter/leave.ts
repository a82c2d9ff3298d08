import type { Exit, MapState, ParallelState, State } from '../definition/model.ts';
import type { Json, JsonObject } from '../json.ts';
import { evaluateTemplate } from '../jsonata/template.ts';
import type { Thread } from '../records.ts';
import { checkSize, makeScope, type StatesExtra } from './scope.ts';
import type { Turn } from './turn.ts';

export interface Leaving extends StatesExtra {
  readonly exit: Exit;
  /** The state's output where it has no `Output`. */
  readonly fallback: Json;
}

/**
 * Leaves a state: evaluates Output and Assign (both with the variables from before), writes the exit event,
 * and goes to the next state or ends the thread.
 */
export async function leaveState(turn: Turn, thread: Thread, leaving: Leaving): Promise<void> {
  const { exit, fallback, ...extra } = leaving;
  const state = turn.machine.states.get(thread.state) as State;
  const scope = makeScope(turn, thread, extra);
  const output = exit.output === undefined ? fallback : await evaluateTemplate(exit.output, scope);
  checkSize(turn, output, thread.state);
  const assigned =
    exit.assign === undefined ? {} : ((await evaluateTemplate(exit.assign, scope)) as JsonObject);
  for (const value of [...Object.values(assigned), assigned]) {
    checkSize(turn, value, thread.state);
  }

  const left = turn.record(thread, `${state.type as LeavableType}StateExited`, {
    stateExitedEventDetails: {
      name: thread.state,
      output: JSON.stringify(output),
      outputDetails: { truncated: false },
      ...describeAssigned(assigned),
    },
  });
  const after = { ...left, variables: { ...left.variables, ...assigned } };
  if (exit.next === undefined) {
    endThread(turn, after, output);
  } else {
    turn.put({ ...after, state: exit.next, input: output, retriesUsed: [], phase: { kind: 'enter' } });
  }
}

/** Leaves a Parallel or Map whose branches, iterations or child executions are all done. */
export async function leaveContainer(
  turn: Turn,
  thread: Thread,
  state: ParallelState | MapState,
  result: Json,
): Promise<void> {
  checkSize(turn, result, thread.state);
  const succeeded = turn.record(thread, `${state.type}StateSucceeded`);
  await leaveState(turn, succeeded, { exit: state, fallback: result, result });
}

type LeavableType = Exclude<State['type'], 'Fail'>;

function describeAssigned(assigned: JsonObject): object {
  const entries = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]);
  return entries.length === 0
    ? {}
    : { assignedVariables: Object.fromEntries(entries), assignedVariablesDetails: { truncated: false } };
}

/** Ends the top level, a branch or an iteration, and lets the state around it go on. */
function endThread(turn: Turn, thread: Thread, output: Json): void {
  if (thread.parent === null) {
    turn.event('ExecutionSucceeded', thread.previousEvent, {
      executionSucceededEventDetails: { output: JSON.stringify(output), outputDetails: { truncated: false } },
    });
    turn.end({ status: 'SUCCEEDED', output });
    return;
  }
  const parent = turn.thread(thread.parent);
  const isIteration = turn.machine.states.get(parent.state)?.type === 'Map';
  const ended = isIteration
    ? turn.record(thread, 'MapIterationSucceeded', {
        mapIterationSucceededEventDetails: { name: parent.state, index: thread.position },
      })
    : thread;
  turn.put({ ...ended, phase: { kind: 'done', output } });
  startNextOrJoin(turn, parent, ended.previousEvent);
}

function startNextOrJoin(turn: Turn, parent: Thread, lastEvent: number): void {
  const pending = turn.reader.firstPendingChild(parent.id);
  if (pending !== undefined) {
    startIteration(turn, parent, pending);
  } else if (turn.reader.countUnfinishedChildren(parent.id) === 1) {
    // The only unfinished one in the store is the child that ends in this very turn.
    turn.put({ ...parent, previousEvent: lastEvent, phase: { kind: 'join' } });
  }
}

/** Starts a waiting iteration; the parent must be waiting for its children. */
export function startIteration(turn: Turn, parent: Thread, iteration: Thread): void {
  const startedEvent = parent.phase.kind === 'children' ? parent.phase.startedEvent : parent.previousEvent;
  const previousEvent = turn.event('MapIterationStarted', startedEvent, {
    mapIterationStartedEventDetails: { name: parent.state, index: iteration.position },
  });
  turn.put({ ...iteration, previousEvent, phase: { kind: 'enter' } });
}
