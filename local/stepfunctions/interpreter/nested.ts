import { ApiError } from '../api/errors.ts';
import type { TaskState } from '../definition/model.ts';
import { type ReportStyle, reportExecution } from '../distributed/execution-report.ts';
import { STATES } from '../failure.ts';
import { type Json, type JsonObject, parseStored } from '../json.ts';
import type { ExecutionRecord, TaskPhase, Thread } from '../records.ts';
import { ACCESS_DENIED, describeTaskAccess } from '../role-access.ts';
import { describeSdkResponse } from '../sdk-response.ts';
import { settleCall, settleTask, type TaskOutcome } from './task.ts';
import type { Turn } from './turn.ts';

/**
 * Starts the execution that a task asks for. It is stored together with the task's own progress, so that it
 * is started exactly once whatever happens.
 */
export async function startNested(turn: Turn, thread: Thread): Promise<void> {
  const task = thread.phase as TaskPhase;
  const planned = planNested(turn, task);
  if (planned.kind === 'failure') {
    await settleTask(turn, thread, planned);
    return;
  }
  const result = describeStarted(turn, planned.arn, planned.startedAt);
  const { resource } = turn.machine.states.get(thread.state) as TaskState;
  if (resource.kind !== 'start-execution' || resource.pattern !== 'sync') {
    await settleCall(turn, thread, { kind: 'result', result });
    return;
  }
  await settleCall(turn, { ...thread, phase: { ...task, awaits: planned.arn } }, { kind: 'result', result });
  turn.effects.push({ kind: 'await-execution', executionArn: planned.arn });
}

function planNested(
  turn: Turn,
  task: TaskPhase,
): { kind: 'started'; arn: string; startedAt: number } | (TaskOutcome & { kind: 'failure' }) {
  const { StateMachineArn, Name, Input } = task.arguments as JsonObject;
  const refusal = describeTaskAccess(task, turn.home)
    .map((access) => turn.reader.findRefusal(access))
    .find((found) => found !== undefined);
  if (refusal !== undefined) {
    return { kind: 'failure', error: ACCESS_DENIED[task.resource.kind], cause: refusal };
  }
  try {
    const plan = turn.reader.planStart({
      stateMachineArn: String(StateMachineArn),
      name: Name === undefined ? undefined : String(Name),
      input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}),
    });
    if (plan.kind === 'new') {
      turn.starts.push(plan);
    }
    const { arn, startedAt } = plan.execution;
    return { kind: 'started', arn, startedAt };
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    const { name, message } = error;
    return {
      kind: 'failure',
      error: `StepFunctions.${name}Exception`,
      cause: `${message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${name}; Request ID: ${turn.environment.newId()}; Proxy: null)`,
    };
  }
}

function describeStarted(turn: Turn, arn: string, startedAt: number): Json {
  const answer = { ExecutionArn: arn, StartDate: startedAt };
  const sent = JSON.stringify({ executionArn: arn, startDate: startedAt / 1000 });
  return {
    ...answer,
    ...describeSdkResponse(turn.environment.newId(), {
      'Content-Length': String(Buffer.byteLength(sent)),
      'Content-Type': 'application/x-amz-json-1.0',
    }),
  };
}

/** The nested execution that a task waits for has ended. */
export function settleNested(turn: Turn, thread: Thread, nested: ExecutionRecord): Promise<void> {
  return settleTask(turn, thread, describeEnd(nested));
}

function describeEnd(nested: ExecutionRecord): TaskOutcome {
  const report = reportExecution(nested, nested.status === 'SUCCEEDED' ? RESULT_STYLE : CAUSE_STYLE);
  return nested.status === 'SUCCEEDED'
    ? { kind: 'result', result: report }
    : { kind: 'failure', error: STATES.taskFailed, cause: JSON.stringify(report) };
}

/** Of startExecution.sync:2: payloads are JSON, times are milliseconds. */
const RESULT_STYLE: ReportStyle = { payload: parseStored, time: (millis) => millis };
const CAUSE_STYLE: ReportStyle = { payload: (text) => text, time: (millis) => millis };
