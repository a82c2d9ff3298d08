import type { TaskResource } from '../definition/model.ts';
import type { Json } from '../json.ts';
import type { TaskPhase, Thread } from '../records.ts';
import { pickFailure, type Turn } from './turn.ts';

/** A Lambda's own ARN as resource has events of its own; every other integration has Task events. */
interface Integration {
  readonly resourceType: string;
  readonly resource: string;
}

function nameIntegration(resource: TaskResource): Integration {
  switch (resource.kind) {
    case 'put-events':
      return { resourceType: 'events', resource: 'putEvents' };
    case 'lambda-invoke':
      return {
        resourceType: 'lambda',
        resource: resource.waitsForToken ? 'invoke.waitForTaskToken' : 'invoke',
      };
    case 'lambda-function':
      return { resourceType: 'lambda', resource: resource.arn };
    case 'start-execution':
      return { resourceType: 'states', resource: `startExecution${PATTERN_SUFFIX[resource.pattern]}` };
  }
}

const PATTERN_SUFFIX = { 'request-response': '', sync: '.sync:2', token: '.waitForTaskToken' } as const;

/** How AWS names the task in the cause of States.DataLimitExceeded. */
export function nameTask(resource: TaskResource): string {
  return resource.kind === 'lambda-function' ? resource.arn : nameIntegration(resource).resourceType;
}

export function recordScheduled(
  turn: Turn,
  thread: Thread,
  task: TaskPhase,
  seconds: { timeoutInSeconds?: number; heartbeatInSeconds?: number },
): Thread {
  if (task.resource.kind === 'lambda-function') {
    const scheduled = turn.record(thread, 'LambdaFunctionScheduled', {
      lambdaFunctionScheduledEventDetails: {
        resource: task.resource.arn,
        input: JSON.stringify(task.arguments),
        inputDetails: { truncated: false },
        ...(seconds.timeoutInSeconds !== undefined && { timeoutInSeconds: seconds.timeoutInSeconds }),
      },
    });
    return turn.record(scheduled, 'LambdaFunctionStarted');
  }
  const integration = nameIntegration(task.resource);
  const scheduled = turn.record(thread, 'TaskScheduled', {
    taskScheduledEventDetails: {
      ...integration,
      region: turn.home.region,
      parameters: JSON.stringify(task.arguments),
      ...seconds,
    },
  });
  return turn.record(scheduled, 'TaskStarted', { taskStartedEventDetails: integration });
}

export function recordSubmitted(turn: Turn, thread: Thread, task: TaskPhase, output: Json): Thread {
  const details = { ...nameIntegration(task.resource), ...describeOutput(output) };
  return turn.record(thread, 'TaskSubmitted', { taskSubmittedEventDetails: details });
}

export function recordSucceeded(turn: Turn, thread: Thread, task: TaskPhase, output: Json): Thread {
  if (task.resource.kind === 'lambda-function') {
    return turn.record(thread, 'LambdaFunctionSucceeded', {
      lambdaFunctionSucceededEventDetails: describeOutput(output),
    });
  }
  const details = { ...nameIntegration(task.resource), ...describeOutput(output) };
  return turn.record(thread, 'TaskSucceeded', { taskSucceededEventDetails: details });
}

export function recordFailed(
  turn: Turn,
  thread: Thread,
  task: TaskPhase,
  failure: { error?: string; cause?: string },
): Thread {
  if (task.resource.kind === 'lambda-function') {
    return turn.record(thread, 'LambdaFunctionFailed', {
      lambdaFunctionFailedEventDetails: pickFailure(failure),
    });
  }
  const details = { ...nameIntegration(task.resource), ...pickFailure(failure) };
  return turn.record(thread, 'TaskFailed', { taskFailedEventDetails: details });
}

export function recordTimedOut(turn: Turn, thread: Thread, task: TaskPhase, error: string): Thread {
  if (task.resource.kind === 'lambda-function') {
    return turn.record(thread, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error } });
  }
  const details = { ...nameIntegration(task.resource), error };
  return turn.record(thread, 'TaskTimedOut', { taskTimedOutEventDetails: details });
}

function describeOutput(output: Json): { output: string; outputDetails: { truncated: boolean } } {
  return { output: JSON.stringify(output), outputDetails: { truncated: false } };
}
