import { MAX_SECONDS, type TaskResource, type TaskState } from '../definition/model.ts';
import { findArgumentProblems } from '../definition/resource.ts';
import { dataLimitFailure, type Failure, STATES, StateFailure } from '../failure.ts';
import { type Json, measureBytes } from '../json.ts';
import type { QueryScope } from '../jsonata/expression.ts';
import { evaluateInteger, evaluateTemplate, type Template } from '../jsonata/template.ts';
import type { TaskPhase, Thread } from '../records.ts';
import { makeTaskToken } from '../task-token.ts';
import { failState } from './fail.ts';
import { leaveState } from './leave.ts';
import { checkSize, makeScope } from './scope.ts';
import {
  nameTask,
  recordFailed,
  recordScheduled,
  recordSubmitted,
  recordSucceeded,
  recordTimedOut,
} from './task-events.ts';
import type { Turn } from './turn.ts';

/** What came of a task: from the integration itself, or through its token. */
export type TaskOutcome =
  | { readonly kind: 'result'; readonly result: Json }
  | { readonly kind: 'failure'; readonly error?: string; readonly cause?: string };

/** Schedules one attempt. The call itself is made by the executor, once the attempt is stored. */
export async function startTask(turn: Turn, thread: Thread, state: TaskState): Promise<void> {
  const attempt = turn.environment.newId();
  const token = waitsForToken(state.resource)
    ? makeTaskToken({ executionId: turn.execution.id, threadId: thread.id, attempt })
    : undefined;
  const scope = makeScope(turn, thread, {}, token);
  const args = state.arguments === undefined ? thread.input : await evaluateTemplate(state.arguments, scope);
  checkSize(turn, args, thread.state);
  checkArguments(state.resource, args);
  const timeoutSeconds = await evaluateSeconds(state.timeoutSeconds, scope, 'TimeoutSeconds');
  const heartbeatSeconds = await evaluateSeconds(state.heartbeatSeconds, scope, 'HeartbeatSeconds');

  const task: TaskPhase = {
    kind: 'task',
    attempt,
    ...(token !== undefined && { token }),
    resource: state.resource,
    arguments: args,
    isSubmitted: false,
    timesOutAt: turn.now + (timeoutSeconds ?? MAX_SECONDS) * 1000,
    ...(heartbeatSeconds !== undefined && {
      heartbeatSeconds,
      heartbeatDueAt: turn.now + heartbeatSeconds * 1000,
    }),
  };
  const scheduled = recordScheduled(turn, thread, task, {
    ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds !== undefined && { heartbeatInSeconds: heartbeatSeconds }),
  });
  turn.put({ ...scheduled, phase: task });
  turn.effects.push({ kind: 'perform-task', threadId: thread.id, task });
}

function waitsForToken(resource: TaskResource): boolean {
  return resource.kind === 'start-execution'
    ? resource.pattern === 'token'
    : resource.kind === 'lambda-invoke' && resource.waitsForToken;
}

/** What an integration needs of its arguments can be seen only now where they come from an expression. */
function checkArguments(resource: TaskResource, args: Json): void {
  const { missing, unknown } = findArgumentProblems(resource, args);
  const problem =
    missing === undefined
      ? unknown.map((name) => `The field '${name}' is not supported`).join(', ')
      : `The field '${missing}' is required`;
  if (problem !== '') {
    throw new StateFailure({
      error: STATES.runtime,
      cause: `The Parameters '${JSON.stringify(args)}' could not be used to start the Task: [${problem}]`,
      isFromInterpreter: true,
    });
  }
}

function evaluateSeconds(
  template: Template | undefined,
  scope: QueryScope,
  field: string,
): Promise<number | undefined> {
  return template === undefined
    ? Promise.resolve(undefined)
    : evaluateInteger(template, scope, { field, min: 1, max: MAX_SECONDS });
}

/**
 * The call was answered. Where a token or a nested execution is awaited, this only says that the work was
 * handed over.
 */
export async function settleCall(turn: Turn, thread: Thread, outcome: TaskOutcome): Promise<void> {
  const task = thread.phase as TaskPhase;
  const isHandedOver = task.token !== undefined || task.awaits !== undefined;
  if (outcome.kind === 'result' && isHandedOver && fits(turn, outcome.result)) {
    const submitted = recordSubmitted(turn, thread, task, outcome.result);
    turn.put({ ...submitted, phase: { ...task, isSubmitted: true } });
    return;
  }
  await settleTask(turn, thread, outcome);
}

/** The task itself is over. */
export async function settleTask(turn: Turn, thread: Thread, outcome: TaskOutcome): Promise<void> {
  const task = thread.phase as TaskPhase;
  if (outcome.kind === 'failure') {
    await failTask(turn, thread, task, outcome);
  } else if (!fits(turn, outcome.result)) {
    await failTask(turn, thread, task, dataLimitFailure(nameTask(task.resource)));
  } else {
    const state = turn.machine.states.get(thread.state) as TaskState;
    const succeeded = recordSucceeded(turn, thread, task, outcome.result);
    await leaveState(turn, succeeded, { exit: state, fallback: outcome.result, result: outcome.result });
  }
}

async function failTask(turn: Turn, thread: Thread, task: TaskPhase, failure: Failure): Promise<void> {
  await failState(turn, recordFailed(turn, thread, task, failure), failure);
}

/** The task's time is up: whichever of its two clocks ran out first names the failure. */
export async function timeOutTask(turn: Turn, thread: Thread): Promise<void> {
  const task = thread.phase as TaskPhase;
  const isHeartbeat = (task.heartbeatDueAt ?? Number.POSITIVE_INFINITY) < task.timesOutAt;
  turn.stopAwaited(thread.id);
  const timedOut = recordTimedOut(turn, thread, task, STATES.timeout);
  await failState(turn, timedOut, { error: STATES.timeout, isHeartbeat });
}

export function beatTask(turn: Turn, thread: Thread): void {
  const task = thread.phase as TaskPhase;
  if (task.heartbeatSeconds !== undefined) {
    const heartbeatDueAt = turn.now + task.heartbeatSeconds * 1000;
    turn.put({ ...thread, phase: { ...task, heartbeatDueAt } });
  }
}

function fits(turn: Turn, value: Json): boolean {
  return measureBytes(value) <= turn.limits.payloadBytes;
}
