import type { ExecutionStatus, MapRun } from '../records.ts';
import type { Store } from '../store/store.ts';
import { describeEvent, listExecution, listMachine, listMapRun } from './describe.ts';
import { refuseRequest } from './errors.ts';
import { findExecution, findMachine, findMapRun } from './lookup.ts';
import { type PageRequest, paginate } from './pages.ts';

export function listMachines(store: Store, request: PageRequest): object {
  const page = paginate(request, 'stateMachines', {
    list: (after, limit) => store.machines.list(after ?? '', limit),
    position: (machine) => machine.name,
  });
  return { stateMachines: page.items.map(listMachine), nextToken: page.nextToken };
}

export interface ListExecutionsRequest extends PageRequest {
  readonly stateMachineArn?: string | undefined;
  readonly mapRunArn?: string | undefined;
  readonly statusFilter?: ExecutionStatus | 'PENDING_REDRIVE' | undefined;
}

export function listExecutions(store: Store, request: ListExecutionsRequest): object {
  const { stateMachineArn, mapRunArn, statusFilter } = request;
  if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
    throw refuseRequest('Give either a stateMachineArn or a mapRunArn');
  }
  const arn =
    stateMachineArn === undefined
      ? findMapRun(store, mapRunArn ?? '').arn
      : findMachine(store, stateMachineArn).arn;
  const of = stateMachineArn === undefined ? 'map_run_arn' : 'machine_arn';
  const page = paginate(request, `${arn} ${statusFilter ?? ''}`, {
    list: (after, limit) => {
      const beforeId = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
      return store.executions.list({ of, arn, status: statusFilter, beforeId, limit });
    },
    position: (execution) => String(execution.id),
  });
  return { executions: page.items.map(listExecution), nextToken: page.nextToken };
}

export interface HistoryRequest extends PageRequest {
  readonly executionArn: string;
  readonly reverseOrder?: boolean | undefined;
  readonly includeExecutionData?: boolean | undefined;
}

export function listHistory(store: Store, request: HistoryRequest): object {
  const execution = findExecution(store, request.executionArn);
  const isReverse = request.reverseOrder ?? false;
  const page = paginate(request, `${execution.arn} ${isReverse}`, {
    list: (after, limit) => {
      const start = after === undefined ? (isReverse ? execution.eventCount + 1 : 0) : Number(after);
      const span = isReverse
        ? { from: start - limit, to: start - 1, isReverse }
        : { from: start + 1, to: start + limit, isReverse };
      return store.executions.listEvents(execution.id, span);
    },
    position: (event) => String(event.id),
  });
  const includesData = request.includeExecutionData ?? true;
  return {
    events: page.items.map((event) => describeEvent(event, includesData)),
    nextToken: page.nextToken,
  };
}

export function listMapRuns(store: Store, request: PageRequest & { readonly executionArn: string }): object {
  const execution = findExecution(store, request.executionArn);
  const mapRuns: readonly MapRun[] = store.mapRuns.list(execution.id);
  const page = paginate(request, execution.arn, {
    list: (after, limit) => {
      const start = mapRuns.findIndex((mapRun) => mapRun.arn === after) + 1;
      return mapRuns.slice(start, start + limit);
    },
    position: (mapRun) => mapRun.arn,
  });
  return {
    mapRuns: page.items.map((mapRun) => listMapRun(mapRun, execution)),
    nextToken: page.nextToken,
  };
}
