import type { InvocationResult, InvokeFunction } from '../services.ts';
import type { Home } from './arns.ts';
import type { TaskOutcome } from './interpreter/task.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Execution, TaskPhase } from './records.ts';
import { ACCESS_DENIED, describeTaskAccess, type FindRefusal } from './role-access.ts';
import { describeSdkResponse } from './sdk-response.ts';

/** PutEvents of EventBridge: entries as its API takes them, the answer as its API gives it. */
export type PutEvents = (
  entries: readonly JsonObject[],
) => Promise<{ FailedEntryCount: number; Entries: readonly JsonObject[] }>;

export interface Connections {
  readonly invoke: InvokeFunction;
  readonly putEvents?: PutEvents;
  /** What the role of the execution may do; without it, everything. */
  readonly findRefusal?: FindRefusal;
  readonly home: Home;
  readonly newId: () => string;
}

/** Makes a task's call. Never rejects: whatever goes wrong is the task's failure. */
export async function performTask(
  task: TaskPhase,
  execution: Execution,
  connections: Connections,
): Promise<TaskOutcome> {
  const refusal = describeTaskAccess(task, connections.home)
    .map((access) => connections.findRefusal?.(execution.roleArn, access))
    .find((found) => found !== undefined);
  if (refusal !== undefined) {
    return { kind: 'failure', error: ACCESS_DENIED[task.resource.kind], cause: refusal };
  }
  const args = isJsonObject(task.arguments) ? task.arguments : {};
  switch (task.resource.kind) {
    case 'lambda-function':
      return invoke(connections, task.resource.arn, task.arguments, (payload) => payload);
    case 'lambda-invoke':
      return invoke(connections, String(args.FunctionName), args.Payload ?? {}, (payload) =>
        describeResponse(payload, connections.newId()),
      );
    case 'put-events':
      return sendEvents(connections, execution, args.Entries as readonly JsonObject[]);
    case 'start-execution':
      throw new Error('A nested execution is started by a turn');
  }
}

async function invoke(
  connections: Connections,
  functionName: string,
  payload: Json,
  describe: (payload: Json) => Json,
): Promise<TaskOutcome> {
  let answer: InvocationResult;
  try {
    answer = await connections.invoke(functionName, JSON.stringify(payload));
  } catch (error) {
    return nameServiceFailure(error);
  }
  const result = parsePayload(answer.payload);
  if (answer.functionError === undefined) {
    return { kind: 'result', result: describe(result) };
  }
  const errorType = isJsonObject(result) ? result.errorType : undefined;
  return {
    kind: 'failure',
    error: typeof errorType === 'string' ? errorType : 'Lambda.Unknown',
    cause: answer.payload,
  };
}

/** The function was not run. Step Functions puts the service before the exception's name. */
function nameServiceFailure(error: unknown): TaskOutcome {
  const { name, message } = error as Error;
  return {
    kind: 'failure',
    error: name.endsWith('Exception') ? `Lambda.${name}` : 'Lambda.SdkClientException',
    cause: message,
  };
}

function parsePayload(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function describeResponse(payload: Json, requestId: string): Json {
  const headers = {
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    'Content-Length': String(Buffer.byteLength(JSON.stringify(payload))),
    'Content-Type': 'application/json',
  };
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload,
    ...describeSdkResponse(requestId, headers),
    StatusCode: 200,
  };
}

async function sendEvents(
  connections: Connections,
  execution: Execution,
  entries: readonly JsonObject[],
): Promise<TaskOutcome> {
  if (connections.putEvents === undefined) {
    return { kind: 'failure', error: 'EventBridge.SdkClientException', cause: 'No event bus is connected.' };
  }
  try {
    const answer = await connections.putEvents(entries.map((entry) => describeEntry(entry, execution)));
    const result = answer as unknown as Json;
    return answer.FailedEntryCount === 0
      ? { kind: 'result', result }
      : { kind: 'failure', error: 'EventBridge.FailedEntry', cause: JSON.stringify(result) };
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: 'failure', error: `EventBridge.${name}`, cause: message };
  }
}

/** Step Functions takes Detail as an object and names the execution and its machine among the resources. */
function describeEntry(entry: JsonObject, execution: Execution): JsonObject {
  const { Detail, Resources } = entry;
  return {
    ...entry,
    ...(Detail !== undefined && { Detail: typeof Detail === 'string' ? Detail : JSON.stringify(Detail) }),
    Resources: [...(Array.isArray(Resources) ? Resources : []), execution.arn, execution.machineArn],
  };
}
