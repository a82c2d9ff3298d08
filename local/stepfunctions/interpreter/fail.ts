import type { State } from '../definition/model.ts';
import { type Failure, StateFailure } from '../failure.ts';
import type { Thread } from '../records.ts';
import { leaveState } from './leave.ts';
import { decideRetry, findCatcher } from './retry.ts';
import { pickFailure, type Turn } from './turn.ts';

/**
 * A state failed: it is tried again, or caught, or its thread ends and the failure is that of the Parallel or
 * Map around it, and so on outwards until the execution fails. `thread` names the failing event as its last.
 */
export async function failState(turn: Turn, thread: Thread, failure: Failure): Promise<void> {
  let failing = thread;
  let current = nameState(thread, failure);
  failing = recordQueryFailure(turn, failing, current);
  for (;;) {
    const state = turn.machine.states.get(failing.state) as State;
    if ('retry' in state) {
      const retry = decideRetry(state.retry, failing.retriesUsed, current, turn.environment.random);
      if (retry !== undefined) {
        retryLater(turn, failing, retry);
        return;
      }
      if (state.type !== 'Task') {
        failing = turn.record(failing, `${state.type}StateFailed`);
      }
      const uncaught = await tryCatch(turn, failing, current);
      if (uncaught === undefined) {
        return;
      }
      failing = turn.thread(failing.id);
      current = uncaught;
    }
    if (failing.parent === null) {
      turn.fail(failing.previousEvent, current);
      return;
    }
    const parent = turn.thread(failing.parent);
    abortBranches(turn, parent, failing);
    failing = turn.put({ ...parent, previousEvent: failing.previousEvent });
  }
}

/** AWS puts the state's name before what the interpreter itself found wrong, once, at the innermost state. */
function nameState(thread: Thread, failure: Failure): Failure {
  if (failure.isFromInterpreter !== true) {
    return failure;
  }
  const place = `An error occurred while executing the state '${thread.state}' (entered at the event id #${thread.enteredEvent}).`;
  return { ...failure, cause: `${place} ${failure.cause ?? ''}`, isFromInterpreter: false };
}

function recordQueryFailure(turn: Turn, thread: Thread, failure: Failure): Thread {
  if (failure.location === undefined) {
    return thread;
  }
  return turn.record(thread, 'EvaluationFailed', {
    evaluationFailedEventDetails: {
      ...pickFailure(failure),
      location: failure.location,
      state: thread.state,
    },
  });
}

function retryLater(
  turn: Turn,
  thread: Thread,
  retry: { delayMilliseconds: number; retriesUsed: readonly number[] },
): void {
  const wakeAt = Math.ceil(turn.now + retry.delayMilliseconds);
  turn.put({ ...thread, retriesUsed: retry.retriesUsed, phase: { kind: 'backoff', wakeAt } });
}

/** Returns the failure that goes on outwards: the same, or the catcher's own when its queries fail. */
async function tryCatch(turn: Turn, thread: Thread, failure: Failure): Promise<Failure | undefined> {
  const state = turn.machine.states.get(thread.state);
  const catchers = state !== undefined && 'catch' in state ? state.catch : [];
  const catcher = catchers[findCatcher(catchers, failure)];
  if (catcher === undefined) {
    return failure;
  }
  // Where an error has no name or cause (a timeout has none), AWS shows empty strings.
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  try {
    await leaveState(turn, thread, { exit: catcher, fallback: errorOutput, errorOutput });
    return undefined;
  } catch (error) {
    if (!(error instanceof StateFailure)) {
      throw error;
    }
    const ownFailure = nameState(thread, error.failure);
    recordQueryFailure(turn, thread, ownFailure);
    return ownFailure;
  }
}

/**
 * Ends the other branches or iterations of a Parallel or Map, one of which failed. All events name the failing
 * one, as on AWS.
 */
function abortBranches(turn: Turn, parent: Thread, failing: Thread): void {
  const others = turn.reader.children(parent.id).filter((thread) => thread.id !== failing.id);
  for (const thread of [failing, ...others]) {
    if (thread.phase.kind !== 'pending' && thread.phase.kind !== 'done') {
      recordAborted(turn, parent, thread, failing);
    }
  }
  turn.removeChildren(parent);
}

function recordAborted(turn: Turn, parent: Thread, thread: Thread, failing: Thread): void {
  const isFailing = thread.id === failing.id;
  if (turn.machine.states.get(parent.state)?.type === 'Map') {
    const details = { name: parent.state, index: thread.position };
    if (isFailing) {
      turn.event('MapIterationFailed', failing.previousEvent, { mapIterationFailedEventDetails: details });
    } else {
      turn.event('MapIterationAborted', failing.previousEvent, { mapIterationAbortedEventDetails: details });
    }
  }
  const { type } = turn.machine.states.get(thread.state) as State;
  if (!isFailing) {
    for (const inner of turn.reader.children(thread.id)) {
      if (inner.phase.kind !== 'pending' && inner.phase.kind !== 'done') {
        recordAborted(turn, thread, inner, failing);
      }
    }
  }
  if (type === 'Task' || (!isFailing && isAbortable(type))) {
    turn.event(`${type}StateAborted`, failing.previousEvent);
  }
}

/** The types of state that can be found under way. */
function isAbortable(type: State['type']): type is 'Wait' | 'Map' | 'Parallel' | 'Task' {
  return type === 'Wait' || type === 'Map' || type === 'Parallel' || type === 'Task';
}
