import { dataLimitFailure, StateFailure } from '../failure.ts';
import { type Json, measureBytes, parseStored } from '../json.ts';
import type { QueryScope } from '../jsonata/expression.ts';
import type { Thread } from '../records.ts';
import type { Turn } from './turn.ts';

/** What `$states` holds besides the input and the context, by the moment of evaluation. */
export interface StatesExtra {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/**
 * What this thread's expressions see. Variables are those from before the state: an Assign shows only in the
 * states after it. Outer threads stand still while inner ones run, so their variables do not change meanwhile.
 */
export function makeScope(turn: Turn, thread: Thread, extra: StatesExtra = {}, token?: string): QueryScope {
  return {
    states: { input: thread.input, context: makeContext(turn, thread, token), ...extra },
    variables: collectVariables(turn, thread),
    environment: turn.environment,
  };
}

function collectVariables(turn: Turn, thread: Thread): Record<string, Json> {
  const outer = thread.parent === null ? {} : collectVariables(turn, turn.thread(thread.parent));
  return { ...outer, ...thread.variables };
}

function makeContext(turn: Turn, thread: Thread, token: string | undefined): Json {
  const { execution } = turn;
  const mapItem = findMapItem(turn, thread);
  return {
    Execution: {
      Id: execution.arn,
      Input: parseStored(execution.input),
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: formatTime(execution.startedAt),
      RedriveCount: 0,
    },
    StateMachine: { Id: execution.machineArn, Name: execution.machineName },
    State: {
      Name: thread.state,
      EnteredTime: formatTime(thread.enteredAt),
      RetryCount: thread.retriesUsed.reduce((sum, used) => sum + used, 0),
    },
    ...(token !== undefined && { Task: { Token: token } }),
    ...(mapItem && { Map: { Item: mapItem } }),
  };
}

function findMapItem(turn: Turn, thread: Thread): Thread['mapItem'] {
  if (thread.mapItem !== undefined || thread.parent === null) {
    return thread.mapItem;
  }
  return findMapItem(turn, turn.thread(thread.parent));
}

function formatTime(millis: number): string {
  return new Date(millis).toISOString();
}

/** Throws States.DataLimitExceeded, naming the state (or a task's service), when a value is too large. */
export function checkSize(turn: Turn, value: Json, subject: string): void {
  if (measureBytes(value) > turn.limits.payloadBytes) {
    throw new StateFailure(dataLimitFailure(subject));
  }
}
