import { makeMapRunArn } from '../arns.ts';
import type { DistributedMap, ItemBatcher, MapState } from '../definition/model.ts';
import { type Failure, STATES } from '../failure.ts';
import { type Json, measureBytes } from '../json.ts';
import type { QueryScope } from '../jsonata/expression.ts';
import { evaluateInteger, evaluateTemplate, type Template } from '../jsonata/template.ts';
import type { ChildInput, MapRun, Tally, Thread } from '../records.ts';
import { failState } from './fail.ts';
import { leaveContainer } from './leave.ts';
import { makeScope } from './scope.ts';
import { pickFailure, type Turn } from './turn.ts';

/** AWS's ceiling for child executions of one Map run that run at once. */
const MAX_CONCURRENCY = 10_000;
const MAX_COUNT = 99_999_999;
const MAX_BATCH_BYTES = 262_144;

/** Turns the items of a distributed Map into child executions and starts the first of them. */
export async function startMapRun(
  turn: Turn,
  thread: Thread,
  state: MapState,
  work: { items: readonly Json[]; concurrency: number },
): Promise<void> {
  const distributed = state.distributed as DistributedMap;
  const scope = makeScope(turn, thread);
  const inputs = await batchItems(work.items, distributed.batcher, scope);
  const machineName = `${turn.execution.machineName}/${distributed.label}`;
  const mapRun: MapRun = {
    arn: makeMapRunArn(turn.home, machineName, turn.environment.newId()),
    executionId: turn.execution.id,
    threadId: thread.id,
    status: 'RUNNING',
    startedAt: turn.now,
    stoppedAt: null,
    maxConcurrency: work.concurrency,
    toleratedFailureCount: await evaluateTolerance(distributed, 'toleratedFailureCount', scope),
    toleratedFailurePercentage: await evaluateTolerance(distributed, 'toleratedFailurePercentage', scope),
    childCount: inputs.length,
    itemCount: work.items.length,
    machineName,
    startAt: state.startAt,
  };
  turn.mapRuns.set(mapRun.arn, mapRun);
  const started = turn.record(thread, 'MapRunStarted', {
    mapRunStartedEventDetails: { mapRunArn: mapRun.arn },
  });
  if (inputs.length === 0) {
    await succeed(turn, started, state, mapRun, []);
    return;
  }
  turn.childInputs.set(mapRun.arn, inputs);
  turn.put({ ...started, phase: { kind: 'map-run', mapRunArn: mapRun.arn } });
  startChildren(turn, mapRun, inputs.slice(0, limitConcurrency(mapRun)), 0);
}

async function evaluateTolerance(
  distributed: DistributedMap,
  name: 'toleratedFailureCount' | 'toleratedFailurePercentage',
  scope: QueryScope,
): Promise<number | null> {
  const template = distributed[name];
  const field = `T${name.slice(1)}`;
  const max = name === 'toleratedFailureCount' ? MAX_COUNT : 100;
  return template === undefined ? null : evaluateInteger(template, scope, { field, min: 0, max });
}

/** Called whenever a child execution ended, and after a restart: what is stored says how far the run is. */
export async function advanceMapRun(turn: Turn, thread: Thread, mapRun: MapRun): Promise<void> {
  const state = turn.machine.states.get(thread.state) as MapState;
  const tally = turn.reader.tally(mapRun.arn);
  const startedCount = Object.values(tally).reduce((sum, { executions }) => sum + executions, 0);
  if (exceedsTolerance(mapRun, tally)) {
    await fail(turn, thread, mapRun);
  } else if (tally.RUNNING.executions === 0 && startedCount === mapRun.childCount) {
    await succeed(turn, thread, state, mapRun, turn.reader.childOutputs(mapRun.arn));
  } else {
    const free = limitConcurrency(mapRun) - tally.RUNNING.executions;
    startChildren(turn, mapRun, turn.reader.childInputs(mapRun.arn, startedCount, free), startedCount);
  }
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

/** Only children that succeeded add to the result: a tolerated failure leaves no gap. */
async function succeed(
  turn: Turn,
  thread: Thread,
  state: MapState,
  mapRun: MapRun,
  outputs: readonly Json[],
): Promise<void> {
  turn.endMapRun(mapRun, 'SUCCEEDED');
  await leaveContainer(turn, turn.record(thread, 'MapRunSucceeded'), state, outputs);
}

async function fail(turn: Turn, thread: Thread, mapRun: MapRun): Promise<void> {
  const failure: Failure = {
    error: STATES.exceedToleratedFailureThreshold,
    cause: 'The specified tolerated failure threshold was exceeded',
  };
  turn.endMapRun(mapRun, 'FAILED');
  const failed = turn.record(thread, 'MapRunFailed', { mapRunFailedEventDetails: pickFailure(failure) });
  await failState(turn, failed, failure);
}

/** A batch closes when the next item would exceed its count or its bytes; one item always fits. */
async function batchItems(
  items: readonly Json[],
  batcher: ItemBatcher | undefined,
  scope: QueryScope,
): Promise<ChildInput[]> {
  if (batcher === undefined) {
    return items.map((input) => ({ input, itemCount: 1 }));
  }
  const maxItems = await evaluateBound(batcher.maxItemsPerBatch, scope, 'MaxItemsPerBatch', MAX_COUNT);
  const maxBytes = await evaluateBound(
    batcher.maxInputBytesPerBatch,
    scope,
    'MaxInputBytesPerBatch',
    MAX_BATCH_BYTES,
  );
  const shared =
    batcher.batchInput === undefined ? {} : { BatchInput: await evaluateTemplate(batcher.batchInput, scope) };
  const batches: Json[][] = [];
  for (const item of items) {
    const last = batches.at(-1);
    const grown = [...(last ?? []), item];
    if (
      last !== undefined &&
      grown.length <= maxItems &&
      measureBytes({ ...shared, Items: grown }) <= maxBytes
    ) {
      last.push(item);
    } else {
      batches.push([item]);
    }
  }
  return batches.map((Items) => ({ input: { ...shared, Items }, itemCount: Items.length }));
}

function evaluateBound(
  template: Template | undefined,
  scope: QueryScope,
  name: string,
  max: number,
): Promise<number> {
  return template === undefined
    ? Promise.resolve(max)
    : evaluateInteger(template, scope, { field: `ItemBatcher/${name}`, min: 1, max });
}
