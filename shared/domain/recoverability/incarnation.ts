import type { ArchivedLogRecord, RunRecord } from '../file-map/run-record.ts';
import { compareRuns, stepsOf } from './order.ts';

/** Whether no OPEN RESETLOGS can lie between two runs, as the logs that they switched show. */
export function isSameIncarnation(runs: readonly RunRecord[], one: RunRecord, other: RunRecord): boolean {
  if (one === other) return true;
  const before = stepsOf(one, 'log-switch').at(-1)?.ended ?? [];
  const after = stepsOf(other, 'log-switch').at(-1)?.ended ?? [];
  const between = runs.filter((run) => compareRuns(run, one) >= 0 && compareRuns(run, other) <= 0);
  const known = new Set(
    between.flatMap((run) =>
      stepsOf(run, 'log-switch').flatMap(({ ended }) => ended.map(({ recid }) => recid)),
    ),
  );
  const isReset = between.some((run) => stepsOf(run, 'open-resetlogs').length > 0);
  return (
    !isReset &&
    before.length > 0 &&
    before.every((log) => {
      const next = after.find(({ thread }) => thread === log.thread);
      return next !== undefined && isLaterOf(log, next, known);
    })
  );
}

/** As in LogIndex: to come to its number from 1 again, a thread would have taken as many RECIDs. */
function isLaterOf(before: ArchivedLogRecord, next: ArchivedLogRecord, known: ReadonlySet<number>): boolean {
  const isInOrder =
    next.sequence > before.sequence && next.stamp >= before.stamp && next.recid > before.recid;
  const shown = [...known].filter((recid) => recid > before.recid && recid < next.recid).length;
  return isInOrder && next.recid - before.recid - shown - 1 < next.sequence - 1;
}
