import { makeBaseMachineArn } from '../arns.ts';
import type { ExecutionRecord, ExecutionStatus, MapRun, StoredEvent, Tally } from '../records.ts';
import { describeRedrive } from '../redrive.ts';
import type { Machine } from '../store/machine-store.ts';

/** The API's JSON writes times as seconds since the epoch. */
function seconds(millis: number): number {
  return millis / 1000;
}

export function describeExecution(execution: ExecutionRecord): object {
  return {
    ...identifyExecution(execution),
    ...(execution.error !== null && { error: execution.error }),
    ...(execution.cause !== null && { cause: execution.cause }),
    input: execution.input,
    inputDetails: { included: true },
    ...(execution.output !== null && { output: execution.output, outputDetails: { included: true } }),
    ...describeRedrive(execution.status),
  };
}

export function listExecution(execution: ExecutionRecord): object {
  return {
    ...identifyExecution(execution),
    ...(execution.itemCount !== null && { itemCount: execution.itemCount }),
    redriveCount: 0,
  };
}

function identifyExecution(execution: ExecutionRecord): object {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startedAt),
    ...(execution.stoppedAt !== null && { stopDate: seconds(execution.stoppedAt) }),
    ...(execution.mapRunArn !== null && { mapRunArn: execution.mapRunArn }),
  };
}

export function describeEvent(event: StoredEvent, includesData: boolean): object {
  return {
    id: event.id,
    previousEventId: event.previousId,
    timestamp: seconds(event.at),
    type: event.type,
    ...(includesData ? event.details : omitData(event.details)),
  };
}

const DATA_FIELDS: ReadonlySet<string> = new Set(['input', 'inputDetails', 'output', 'outputDetails']);

function omitData(details: object): object {
  const kept = Object.entries(details).map(([kind, fields]) => [
    kind,
    Object.fromEntries(Object.entries(fields as object).filter(([name]) => !DATA_FIELDS.has(name))),
  ]);
  return Object.fromEntries(kept);
}

export function describeMachine(machine: Machine, definition: string): object {
  return {
    ...listMachine(machine),
    status: machine.status,
    definition,
    roleArn: machine.roleArn,
    ...NO_LOGS_OR_TRACES,
    ...machine.settings,
    ...(machine.revisionId !== null && { revisionId: machine.revisionId }),
  };
}

const NO_LOGS_OR_TRACES = {
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
};

/** The machine as the execution runs it, whatever became of it since. */
export function describeMachineForExecution(execution: ExecutionRecord, definition: string): object {
  const { machineArn, machineName, mapRunArn } = execution;
  const [name, label] = machineName.split('/');
  return {
    stateMachineArn: mapRunArn === null ? machineArn : makeBaseMachineArn(machineArn),
    name,
    definition,
    roleArn: execution.roleArn,
    updateDate: seconds(execution.machineUpdatedAt),
    ...NO_LOGS_OR_TRACES,
    ...(mapRunArn !== null && { mapRunArn, label }),
    ...(execution.revisionId !== null && { revisionId: execution.revisionId }),
  };
}

export function listMachine(machine: Machine): object {
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    type: 'STANDARD',
    creationDate: seconds(machine.createdAt),
  };
}

export function describeMapRun(mapRun: MapRun, executionArn: string, tally: Tally): object {
  return {
    mapRunArn: mapRun.arn,
    executionArn,
    status: mapRun.status,
    startDate: seconds(mapRun.startedAt),
    ...(mapRun.stoppedAt !== null && { stopDate: seconds(mapRun.stoppedAt) }),
    maxConcurrency: mapRun.maxConcurrency,
    toleratedFailurePercentage: mapRun.toleratedFailurePercentage ?? 0,
    toleratedFailureCount: mapRun.toleratedFailureCount ?? 0,
    itemCounts: count(tally, mapRun, 'items', mapRun.itemCount),
    executionCounts: count(tally, mapRun, 'executions', mapRun.childCount),
    redriveCount: 0,
  };
}

function count(tally: Tally, mapRun: MapRun, unit: 'items' | 'executions', total: number): object {
  const of = (status: ExecutionStatus) => tally[status][unit];
  const started = Object.values(tally).reduce((sum, counts) => sum + counts[unit], 0);
  return {
    pending: total - started,
    running: of('RUNNING'),
    succeeded: of('SUCCEEDED'),
    failed: of('FAILED'),
    timedOut: of('TIMED_OUT'),
    aborted: of('ABORTED'),
    total,
    resultsWritten: mapRun.status === 'SUCCEEDED' ? started : 0,
  };
}

export function listMapRun(mapRun: MapRun, execution: { arn: string; machineArn: string }): object {
  return {
    executionArn: execution.arn,
    mapRunArn: mapRun.arn,
    stateMachineArn: execution.machineArn.replace(/[^:]+$/, mapRun.machineName),
    startDate: seconds(mapRun.startedAt),
    ...(mapRun.stoppedAt !== null && { stopDate: seconds(mapRun.stoppedAt) }),
  };
}
