import type { MapState } from '../definition/model.ts';
import { transformResult } from '../distributed/results.ts';
import { dataLimitFailure, type Failure, STATES, StateFailure } from '../failure.ts';
import { type Json, measureBytes } from '../json.ts';
import type { MapRun, Thread } from '../records.ts';
import { failState } from './fail.ts';
import { leaveContainer } from './leave.ts';
import { pickFailure, type Turn } from './turn.ts';

/** All children have ended: the results are written where they are to be, or become the state's output. */
export async function concludeMapRun(turn: Turn, thread: Thread, mapRun: MapRun): Promise<void> {
  if (mapRun.write !== undefined) {
    turn.mapRuns.set(mapRun.arn, { ...mapRun, stage: 'writing' });
    turn.effects.push({ kind: 'write-results', mapRunArn: mapRun.arn });
    return;
  }
  await succeed(turn, thread, mapRun, () => collectResults(turn, thread, mapRun));
}

/** The results were written, or could not be. */
export async function settleWriting(
  turn: Turn,
  thread: Thread,
  mapRun: MapRun,
  outcome: { readonly bucket: string; readonly key: string } | { readonly cause: string },
): Promise<void> {
  if ('cause' in outcome) {
    await failMapRun(turn, thread, mapRun, { error: STATES.resultWriterFailed, cause: outcome.cause });
  } else if (mapRun.failure !== undefined) {
    await failMapRun(turn, thread, mapRun, mapRun.failure);
  } else {
    const ResultWriterDetails = { Bucket: outcome.bucket, Key: outcome.key };
    await succeed(turn, thread, mapRun, () => ({ MapRunArn: mapRun.arn, ResultWriterDetails }));
  }
}

async function succeed(turn: Turn, thread: Thread, mapRun: MapRun, result: () => Json): Promise<void> {
  const state = turn.machine.states.get(thread.state) as MapState;
  turn.endMapRun(mapRun, 'SUCCEEDED');
  await leaveContainer(turn, turn.record(thread, 'MapRunSucceeded'), state, result());
}

export async function failMapRun(
  turn: Turn,
  thread: Thread,
  mapRun: MapRun,
  failure: Failure,
): Promise<void> {
  turn.endMapRun(mapRun, 'FAILED');
  const failed = turn.record(thread, 'MapRunFailed', { mapRunFailedEventDetails: pickFailure(failure) });
  await failState(turn, failed, failure);
}

/** Of many children, no more than the state's output can hold is ever in memory. */
function collectResults(turn: Turn, thread: Thread, mapRun: MapRun): Json {
  const { distributed } = turn.machine.states.get(thread.state) as MapState;
  const results: Json[] = [];
  let bytes = 0;
  for (const child of turn.reader.mapChildren(mapRun.arn)) {
    for (const result of transformResult(child, distributed?.writer?.transformation ?? 'COMPACT')) {
      results.push(result);
      bytes += measureBytes(result) + 1;
    }
    if (bytes > turn.limits.payloadBytes) {
      throw new StateFailure(dataLimitFailure(thread.state));
    }
  }
  return results;
}
