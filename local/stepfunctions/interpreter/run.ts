import type { ChoiceState, FailState, State, WaitState } from '../definition/model.ts';
import { MAX_SECONDS } from '../definition/model.ts';
import { parseTimestamp } from '../definition/timestamp.ts';
import { queryFailure, STATES, StateFailure } from '../failure.ts';
import { evaluateInteger, evaluateTemplate, evaluateText } from '../jsonata/template.ts';
import type { Thread } from '../records.ts';
import { joinChildren, startMap, startParallel } from './children.ts';
import { failState } from './fail.ts';
import { leaveState } from './leave.ts';
import { makeScope } from './scope.ts';
import { startTask } from './task.ts';
import type { Turn } from './turn.ts';

/** Takes a thread that can go on by itself one step further. */
export async function runThread(turn: Turn, thread: Thread): Promise<void> {
  await guard(turn, thread, async () => {
    const state = turn.machine.states.get(thread.state) as State;
    if (thread.phase.kind === 'enter') {
      await work(turn, enter(turn, thread, state), state);
    } else if (thread.phase.kind === 'join' && (state.type === 'Parallel' || state.type === 'Map')) {
      await joinChildren(turn, thread, state);
    } else {
      await work(turn, thread, state);
    }
  });
}

/** Runs one step of a thread; what fails in it is the state's failure, with its retriers and catchers. */
export async function guard(turn: Turn, thread: Thread, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof StateFailure)) {
      throw error;
    }
    // The step may have written events of this thread before it failed.
    await failState(turn, turn.thread(thread.id), error.failure);
  }
}

function enter(turn: Turn, thread: Thread, state: State): Thread {
  const entered = turn.record(thread, `${state.type}StateEntered`, {
    stateEnteredEventDetails: {
      name: thread.state,
      input: JSON.stringify(thread.input),
      inputDetails: { truncated: false },
    },
  });
  return turn.put({
    ...entered,
    enteredEvent: entered.previousEvent,
    enteredAt: turn.now,
    phase: { kind: 'work' },
  });
}

function work(turn: Turn, thread: Thread, state: State): Promise<void> {
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return leaveState(turn, thread, { exit: state, fallback: thread.input });
    case 'Choice':
      return choose(turn, thread, state);
    case 'Wait':
      return startWait(turn, thread, state);
    case 'Fail':
      return fail(turn, thread, state);
    case 'Task':
      return startTask(turn, thread, state);
    case 'Parallel':
      return startParallel(turn, thread, state);
    case 'Map':
      return startMap(turn, thread, state);
  }
}

async function choose(turn: Turn, thread: Thread, state: ChoiceState): Promise<void> {
  const scope = makeScope(turn, thread);
  for (const [index, choice] of state.choices.entries()) {
    const holds = await evaluateTemplate(choice.condition, scope);
    if (typeof holds !== 'boolean') {
      const field = `Choices[${index}]/Condition`;
      throw queryFailure(field, `The field '${field}' must be a boolean, but is ${JSON.stringify(holds)}.`);
    }
    if (holds) {
      return leaveState(turn, thread, { exit: choice, fallback: thread.input });
    }
  }
  if (state.otherwise === undefined) {
    throw new StateFailure({
      error: STATES.noChoiceMatched,
      cause: 'No choice rule matched, and the state has no Default.',
      isFromInterpreter: true,
    });
  }
  return leaveState(turn, thread, { exit: state.otherwise, fallback: thread.input });
}

async function startWait(turn: Turn, thread: Thread, state: WaitState): Promise<void> {
  const wakeAt = await evaluateWakeTime(turn, thread, state);
  turn.put({ ...thread, phase: { kind: 'wait', wakeAt } });
}

async function evaluateWakeTime(turn: Turn, thread: Thread, state: WaitState): Promise<number> {
  const scope = makeScope(turn, thread);
  if (state.seconds !== undefined) {
    const bounds = { field: 'Seconds', min: 0, max: MAX_SECONDS };
    return turn.now + (await evaluateInteger(state.seconds, scope, bounds)) * 1000;
  }
  const text = state.timestamp === undefined ? '' : await evaluateText(state.timestamp, scope, 'Timestamp');
  const wakeAt = parseTimestamp(text);
  if (wakeAt === undefined) {
    throw queryFailure(
      'Timestamp',
      `The field 'Timestamp' must be a time such as 2026-11-21T04:00:00Z, but is '${text}'.`,
    );
  }
  return wakeAt;
}

/** The time of a Wait state has come. */
export function endWait(turn: Turn, thread: Thread): Promise<void> {
  const state = turn.machine.states.get(thread.state) as WaitState;
  return leaveState(turn, thread, { exit: state, fallback: thread.input });
}

async function fail(turn: Turn, thread: Thread, state: FailState): Promise<void> {
  const scope = makeScope(turn, thread);
  const error = state.error === undefined ? undefined : await evaluateText(state.error, scope, 'Error');
  const cause = state.cause === undefined ? undefined : await evaluateText(state.cause, scope, 'Cause');
  throw new StateFailure({ ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
}
