import { makeBaseMachineArn, makeMapRunArn } from '../arns.ts';
import type { DistributedMap, MapState } from '../definition/model.ts';
import { type Failure, STATES, StateFailure } from '../failure.ts';
import type { Json } from '../json.ts';
import { evaluateInteger, evaluateNumber } from '../jsonata/template.ts';
import type { ChildInput, MapRun, Tally, Thread } from '../records.ts';
import { concludeMapRun, failMapRun } from './map-end.ts';
import {
  evaluateBatching,
  evaluateConcurrency,
  evaluateItems,
  MAX_COUNT,
  makeChildInputs,
  selectItems,
} from './map-items.ts';
import { evaluateReader, evaluateWriter } from './map-locations.ts';
import { makeScope } from './scope.ts';
import type { Turn } from './turn.ts';

/** AWS's ceiling for child executions of one Map run that run at once. */
const MAX_CONCURRENCY = 10_000;

/** Starts a Map run: with its first children, or with the reading of its items. */
export async function startMapRun(
  turn: Turn,
  thread: Thread,
  state: MapState,
  distributed: DistributedMap,
): Promise<void> {
  // Whatever can fail is evaluated before there is a run.
  checkPermission(turn);
  const mapRun = await describeRun(turn, thread, state, distributed);
  const given = mapRun.read === undefined ? await evaluateItems(turn, thread, state) : undefined;
  const inputs = given && (await prepareInputs(turn, thread, state, mapRun, given));
  const entered = turn.record(thread, 'MapStateStarted', {
    mapStateStartedEventDetails: { length: given?.length ?? 0 },
  });
  const started = turn.record(entered, 'MapRunStarted', {
    mapRunStartedEventDetails: { mapRunArn: mapRun.arn },
  });
  const waiting = turn.put({ ...started, phase: { kind: 'map-run', mapRunArn: mapRun.arn } });
  if (inputs === undefined) {
    turn.mapRuns.set(mapRun.arn, mapRun);
    turn.effects.push({ kind: 'read-items', mapRunArn: mapRun.arn });
  } else {
    await beginChildren(turn, waiting, { ...mapRun, itemCount: given?.length ?? 0 }, inputs);
  }
}

/** The children of a Map run are executions that the role has to be allowed to start. */
function checkPermission(turn: Turn): void {
  const resource = makeBaseMachineArn(turn.execution.machineArn);
  const cause = turn.reader.findRefusal({ action: 'states:StartExecution', resource });
  if (cause !== undefined) {
    throw new StateFailure({ error: STATES.permissions, cause, isFromInterpreter: true });
  }
}

async function describeRun(
  turn: Turn,
  thread: Thread,
  state: MapState,
  distributed: DistributedMap,
): Promise<MapRun> {
  const scope = makeScope(turn, thread);
  const machineName = `${turn.execution.machineName}/${distributed.label}`;
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = distributed;
  const batching = await evaluateBatching(distributed.batcher, scope);
  const read = await evaluateReader(distributed.reader, scope);
  const write = await evaluateWriter(distributed.writer, scope);
  return {
    arn: makeMapRunArn(turn.home, machineName, turn.environment.newId()),
    executionId: turn.execution.id,
    threadId: thread.id,
    status: 'RUNNING',
    stage: read === undefined ? 'running' : 'reading',
    startedAt: turn.now,
    stoppedAt: null,
    maxConcurrency: await evaluateConcurrency(turn, thread, state),
    toleratedFailureCount:
      count === undefined
        ? null
        : await evaluateInteger(count, scope, { field: 'ToleratedFailureCount', min: 0, max: MAX_COUNT }),
    toleratedFailurePercentage:
      percentage === undefined
        ? null
        : await evaluateNumber(percentage, scope, { field: 'ToleratedFailurePercentage', min: 0, max: 100 }),
    childCount: 0,
    itemCount: 0,
    machineName,
    startAt: state.startAt,
    ...(batching && { batching }),
    ...(read && { read }),
    ...(write && { write }),
  };
}

async function prepareInputs(
  turn: Turn,
  thread: Thread,
  state: MapState,
  mapRun: MapRun,
  given: readonly Json[],
): Promise<readonly ChildInput[]> {
  return makeChildInputs(turn, thread, await selectItems(turn, thread, state, given), mapRun.batching);
}

async function beginChildren(
  turn: Turn,
  thread: Thread,
  described: MapRun,
  inputs: readonly ChildInput[],
): Promise<void> {
  const mapRun: MapRun = { ...described, stage: 'running', childCount: inputs.length };
  turn.mapRuns.set(mapRun.arn, mapRun);
  if (inputs.length === 0) {
    await concludeMapRun(turn, thread, mapRun);
    return;
  }
  turn.childInputs.set(mapRun.arn, inputs);
  startChildren(turn, mapRun, inputs.slice(0, limitConcurrency(mapRun)), 0);
}

/** The items were read, or could not be. */
export async function settleReading(
  turn: Turn,
  thread: Thread,
  mapRun: MapRun,
  outcome: { readonly items: readonly Json[] } | { readonly cause: string },
): Promise<void> {
  if ('cause' in outcome) {
    await failMapRun(turn, thread, mapRun, { error: STATES.itemReaderFailed, cause: outcome.cause });
    return;
  }
  const state = turn.machine.states.get(thread.state) as MapState;
  let inputs: readonly ChildInput[];
  try {
    inputs = await prepareInputs(turn, thread, state, mapRun, outcome.items);
  } catch (error) {
    if (!(error instanceof StateFailure)) {
      throw error;
    }
    await failMapRun(turn, thread, mapRun, error.failure);
    return;
  }
  await beginChildren(turn, thread, { ...mapRun, itemCount: outcome.items.length }, inputs);
}

/** Called whenever a child execution ended, and after a restart: what is stored says how far the run is. */
export async function advanceMapRun(turn: Turn, thread: Thread, mapRun: MapRun): Promise<void> {
  const tally = turn.reader.tally(mapRun.arn);
  const isIdle = tally.RUNNING.executions === 0;
  if (mapRun.stage === 'stopping' && isIdle) {
    await concludeMapRun(turn, thread, mapRun);
  }
  if (mapRun.stage !== 'running') {
    return;
  }
  const startedCount = Object.values(tally).reduce((sum, { executions }) => sum + executions, 0);
  if (exceedsTolerance(mapRun, tally)) {
    await failForTolerance(turn, thread, mapRun);
  } else if (isIdle && startedCount === mapRun.childCount) {
    await concludeMapRun(turn, thread, mapRun);
  } else {
    const free = limitConcurrency(mapRun) - tally.RUNNING.executions;
    startChildren(
      turn,
      mapRun,
      turn.reader.childInputs(mapRun.arn, startedCount, Math.max(0, free)),
      startedCount,
    );
  }
}

/** UpdateMapRun: takes effect on the children that have not started yet, and on the tolerance at once. */
export async function updateMapRun(
  turn: Turn,
  thread: Thread,
  mapRun: MapRun,
  changes: Partial<Pick<MapRun, 'maxConcurrency' | 'toleratedFailureCount' | 'toleratedFailurePercentage'>>,
): Promise<void> {
  const updated = { ...mapRun, ...changes };
  turn.mapRuns.set(mapRun.arn, updated);
  await advanceMapRun(turn, thread, updated);
}

function limitConcurrency(mapRun: MapRun): number {
  return mapRun.maxConcurrency === 0 ? MAX_CONCURRENCY : Math.min(mapRun.maxConcurrency, MAX_CONCURRENCY);
}

/** Failed items beyond the count or the percentage; with neither given, no failure is tolerated. */
function exceedsTolerance(mapRun: MapRun, tally: Tally): boolean {
  const failed = tally.FAILED.items + tally.TIMED_OUT.items + tally.ABORTED.items;
  const { toleratedFailureCount, toleratedFailurePercentage, itemCount } = mapRun;
  if (toleratedFailureCount === null && toleratedFailurePercentage === null) {
    return failed > 0;
  }
  return (
    (toleratedFailureCount !== null && failed > toleratedFailureCount) ||
    (toleratedFailurePercentage !== null && failed * 100 > toleratedFailurePercentage * itemCount)
  );
}

function startChildren(turn: Turn, mapRun: MapRun, inputs: readonly ChildInput[], from: number): void {
  for (const [offset, input] of inputs.entries()) {
    turn.newChildren.push({ ...input, mapRun, position: from + offset, name: turn.environment.newId() });
  }
}

async function failForTolerance(turn: Turn, thread: Thread, mapRun: MapRun): Promise<void> {
  const failure: Failure = {
    error: STATES.exceedToleratedFailureThreshold,
    cause: 'The specified tolerated failure threshold was exceeded',
  };
  if (mapRun.write === undefined) {
    await failMapRun(turn, thread, mapRun, failure);
    return;
  }
  // Only when all children have ended is it known what there is to write.
  const stopping: MapRun = { ...mapRun, stage: 'stopping', failure };
  turn.mapRuns.set(mapRun.arn, stopping);
  turn.effects.push({ kind: 'stop-children', mapRunArn: mapRun.arn });
  await advanceMapRun(turn, thread, stopping);
}
