import type { RunRecord } from '../file-map/run-record.ts';
import { type ByThread, endedBefore, findRestart, type LogRecord } from './archived-logs.ts';
import type { BackupWork, Evidence } from './evidence.ts';
import { isSurelyBefore, secondAfter } from './local-time.ts';
import { LogIndex, type LogRun, recordKey } from './log-run.ts';
import { compareRuns, compareWork, type StepOf, stepsOf } from './order.ts';
import { firstPluggedIn } from './plugged-in.ts';
import type { LogGap, LogPosition, ReasonCode } from './verdict.ts';

/** Whether the redo makes the backups that were chosen consistent, and how far it goes. */
export type RedoOutcome =
  | {
      readonly outcome: 'enough';
      readonly through: readonly LogPosition[];
      readonly from?: string;
      readonly to?: string;
      readonly gap?: LogGap;
      readonly isConsistent?: true;
      readonly files: readonly string[];
      /** The logs behind `files`, and the ends that times and consistency are known by; absent where no redo is needed. */
      readonly logs?: AppliedLogs;
    }
  | { readonly outcome: 'lacking' | 'unknown'; readonly code: ReasonCode; readonly gap?: LogGap };

/** All that can be applied, thread by thread. */
export interface AppliedLogs {
  readonly runs: readonly LogRun[];
  /** Up to these logs the redo is needed for any target. */
  readonly closed: ByThread;
  /** Ends of logs that can be reached. */
  readonly switches: readonly StepOf<'log-switch'>[];
}

const unknown = (code: ReasonCode, gap?: LogGap): RedoOutcome => ({
  outcome: 'unknown',
  code,
  ...(gap && { gap }),
});

/**
 * A datafile that was backed up while open holds blocks of different moments: the redo of all threads is needed from the log that was
 * current when its backup began to the one that was current when the last backup ended.
 * @param contents the backups that the datafiles' contents are of
 * @param works all backups that are used
 * @param whole whose datafiles are all restored; absent where only some are
 */
export function judgeRedo(
  evidence: Evidence,
  records: readonly LogRecord[],
  contents: readonly BackupWork[],
  works: readonly BackupWork[],
  whole?: RunRecord,
): RedoOutcome {
  const first = [...contents].sort(compareWork)[0];
  if (first === undefined) return unknown('REDO_START_UNKNOWN');
  const ended = new Map<string, ByThread>();
  const openings = contents.map((work) => openedBefore(evidence, records, work, ended));
  const closings = works.map((work) => closedAfter(evidence, work));
  const opened = joinThreads(openings, (one, other) => one.stamp < other.stamp);
  const closed = joinThreads(closings, (one, other) => one.stamp > other.stamp);
  if (opened === undefined || opened.size === 0) return unknown('REDO_START_UNKNOWN');
  if (closed === undefined || closed.size === 0) return unknown('REDO_END_UNKNOWN');
  const last = closingRun(evidence, closed) ?? first.run;
  const threads = [...closed.keys()].sort((one, other) => one - other);
  const foreign = firstForeignRun(evidence, records, first.run, threads);
  if (opened.size !== threads.length || threads.some((thread) => !opened.has(thread))) {
    return unknown('THREADS_UNCLEAR');
  }
  if (foreign !== undefined && compareRuns(foreign, last) <= 0) return unknown('THREADS_UNCLEAR');
  const isCluster = evidence.runs.some((run) => run.isCluster && compareRuns(run, first.run) >= 0);
  if (isCluster && threads.length === 1) return unknown('THREADS_UNCLEAR');
  const restart = findRestart(evidence, records, opened, first);
  const limit = [restart, foreign].flatMap((run) => run ?? []).sort(compareRuns)[0];
  const plugged = whole && firstPluggedIn(evidence, whole);
  const allowed = records.filter(
    ({ run, thread, sequence }) =>
      isBefore(run, limit) && (isBefore(run, plugged) || sequence <= (closed.get(thread)?.sequence ?? 0)),
  );
  const index = new LogIndex(allowed);
  const runs = threads.flatMap((thread) => {
    const behind = opened.get(thread);
    return behind === undefined ? [] : [index.follow(thread, behind)];
  });
  const lack = runs.find(({ thread, next }) => next <= (closed.get(thread)?.sequence ?? 0));
  if (lack !== undefined) {
    return lackOf(lack, closed, allowed, { evidence, isLimited: restart !== undefined });
  }
  const marks = [...openings, ...closings].flatMap((each) => each ?? []);
  const isOneLine = runs.every((each) => marks.every((mark) => isIn(each, opened, mark.get(each.thread))));
  return isOneLine
    ? enough(evidence, { runs, closed, records: allowed, works, limit })
    : unknown('INCARNATION_UNCLEAR');
}

const isBefore = (run: RunRecord, limit: RunRecord | undefined): boolean =>
  limit === undefined || compareRuns(run, limit) < 0;

/**
 * The very record that a beginning or an end is known by is among the logs, and not one of the same number. What ended before all of
 * them is the end of a level 0, behind which an incremental goes on in the same incarnation.
 */
function isIn({ thread, keys }: LogRun, opened: ByThread, mark: ReturnType<ByThread['get']>): boolean {
  const first = opened.get(thread);
  if (first === undefined || mark === undefined) return false;
  if (mark.stamp < first.stamp) return mark.sequence < first.sequence;
  return recordKey(first) === recordKey(mark) || keys.has(recordKey(mark));
}

/** The redo of a backup lies behind these logs. */
function openedBefore(
  evidence: Evidence,
  records: readonly LogRecord[],
  work: BackupWork,
  known: Map<string, ByThread>,
): ByThread | undefined {
  const own = stepsOf(work.run, 'log-switch').findLast(({ endLine }) => endLine < work.line);
  if (own !== undefined) return byThread(own);
  // Without a checkpoint at its beginning, a backup needs redo from long before.
  if (hasOldCheckpoint(work)) return undefined;
  const started = work.step.startedAt?.local;
  if (started === undefined) return undefined;
  const ended = known.get(started) ?? endedBefore(evidence, records, started);
  known.set(started, ended);
  return ended;
}

/** The database was mounted only, perhaps after a crash, or is a standby that may lag behind the logs it has got. */
const hasOldCheckpoint = ({ run, line }: BackupWork): boolean =>
  stepsOf(run, 'standby').length > 0 || stepsOf(run, 'not-open').some((step) => step.line < line);

/** The redo of a backup ends in these logs or before. */
function closedAfter(evidence: Evidence, work: BackupWork): ByThread | undefined {
  const own = stepsOf(work.run, 'log-switch').find(({ line }) => line > work.endLine);
  if (own !== undefined) return byThread(own);
  const finished = work.step.finishedAt?.local;
  if (finished === undefined) return undefined;
  const later = evidence.runs
    .flatMap((run) => stepsOf(run, 'log-switch'))
    .find(({ notBefore }) => notBefore !== undefined && isSurelyBefore(finished, notBefore));
  return later && byThread(later);
}

const byThread = ({ ended }: StepOf<'log-switch'>): ByThread =>
  new Map(ended.map(({ thread, ...log }) => [thread, log]));

/** One log of each thread: the lower or the higher of all. Undefined where one backup has none. */
function joinThreads(
  all: readonly (ByThread | undefined)[],
  isBetter: (one: { readonly stamp: number }, other: { readonly stamp: number }) => boolean,
): ByThread | undefined {
  const joined = new Map<number, Pick<LogRecord, 'sequence' | 'recid' | 'stamp'>>();
  for (const each of all) {
    if (each === undefined) return undefined;
    for (const [thread, log] of each) {
      const known = joined.get(thread);
      if (known === undefined || isBetter(log, known)) joined.set(thread, log);
    }
  }
  // A thread that only some of the backups know of was enabled or disabled in between.
  const isSame = all.every((each) => each?.size === joined.size);
  return isSame ? joined : new Map();
}

/** The last run that closes something. */
const closingRun = ({ runs }: Evidence, closed: ByThread): RunRecord | undefined =>
  runs.findLast((run) =>
    stepsOf(run, 'log-switch').some(({ ended }) =>
      ended.some(({ thread, stamp }) => closed.get(thread)?.stamp === stamp),
    ),
  );

/** The first run from a given one on that shows redo of another thread. */
const firstForeignRun = (
  { runs }: Evidence,
  records: readonly LogRecord[],
  since: RunRecord,
  threads: readonly number[],
): RunRecord | undefined => {
  const isForeign = ({ thread }: { readonly thread: number }) => !threads.includes(thread);
  const switched = runs.filter((run) =>
    stepsOf(run, 'log-switch').some(({ ended }) => ended.some(isForeign)),
  );
  return [...switched, ...records.filter(isForeign).map(({ run }) => run)]
    .filter((run) => compareRuns(run, since) >= 0)
    .sort(compareRuns)[0];
};

/** What is known of logs that are needed and not usable. */
function lackOf(
  { thread, ends, next, logs }: LogRun,
  closed: ByThread,
  records: readonly LogRecord[],
  { evidence, isLimited }: { readonly evidence: Evidence; readonly isLimited: boolean },
): RedoOutcome {
  const end = closed.get(thread)?.sequence ?? next;
  const usable = new Set(
    records.flatMap((log) => (log.thread === thread && log.state === 'usable' ? [log.sequence] : [])),
  );
  let toSequence = next;
  while (toSequence < end && !usable.has(toSequence + 1)) toSequence++;
  const gap = { thread, fromSequence: next, toSequence };
  if (ends === 'unclear' || isLimited) return unknown('INCARNATION_UNCLEAR', gap);
  if (ends === 'unreadable') return unknown('FILES_NOT_USABLE', gap);
  if (ends === 'elsewhere') return unknown('FILES_ELSEWHERE', gap);
  const named = evidence.map.inferred.some(
    (file) => file.kind === 'archivedlog' && (file.thread ?? thread) === thread && file.sequence === next,
  );
  if (named) return unknown('LOGS_KNOWN_BY_NAME', gap);
  if (evidence.hasUncertainLogs) return unknown('LOGS_UNCERTAIN', gap);
  // At the edges a log may have ended before the first datafile was read, or have begun after the last.
  const isAll = logs.length === 0 && toSequence === end;
  const isInside = logs.length > 0 && toSequence < end;
  return isAll || isInside ? { outcome: 'lacking', code: 'LOG_GAP', gap } : unknown('LOG_GAP', gap);
}

function enough(
  evidence: Evidence,
  {
    runs,
    closed,
    records,
    works,
    limit,
  }: {
    readonly runs: readonly LogRun[];
    readonly closed: ByThread;
    readonly records: readonly LogRecord[];
    readonly works: readonly BackupWork[];
    readonly limit: RunRecord | undefined;
  },
): RedoOutcome {
  const through = runs.map(({ thread, next }) => ({ thread, sequence: next - 1 }));
  const reached = evidence.runs
    .filter((run) => isBefore(run, limit))
    .flatMap((run) => stepsOf(run, 'log-switch'))
    .filter(({ ended }) => isReached(ended, runs));
  const to = reached
    .flatMap(({ notBefore }) => notBefore ?? [])
    .sort()
    .at(-1);
  const finished = works.map(({ step }) => step.finishedAt?.local);
  const ends = finished.flatMap((local) => local ?? []).sort();
  const from = ends.length === works.length ? ends.at(-1) : undefined;
  const gap = gapBehind(runs, records);
  return {
    outcome: 'enough',
    through,
    ...(from !== undefined && { from: secondAfter(from) }),
    ...(to !== undefined && { to }),
    ...(gap && { gap }),
    files: [...new Set(runs.flatMap(({ logs }) => logs.flatMap(({ files }) => files)))],
    logs: { runs, closed, switches: reached },
  };
}

/** The very logs that a switch ended are among those that can be applied, in each thread. */
const isReached = (ended: StepOf<'log-switch'>['ended'], runs: readonly LogRun[]): boolean =>
  runs.every(({ thread, keys }) => ended.some((log) => log.thread === thread && keys.has(recordKey(log))));

/** Logs that are missing before others of the same thread. */
function gapBehind(runs: readonly LogRun[], records: readonly LogRecord[]): LogGap | undefined {
  for (const { thread, next } of runs) {
    const later = records.filter(
      (log) => log.thread === thread && log.sequence > next && log.state === 'usable',
    );
    const following = later.reduce(
      (least, { sequence }) => Math.min(least, sequence),
      Number.POSITIVE_INFINITY,
    );
    if (later.length > 0) return { thread, fromSequence: next, toSequence: following - 1 };
  }
  return undefined;
}
