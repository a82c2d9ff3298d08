import { isWhole } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { decodeStamp } from '../rman/stamp.ts';
import { type Evidence, pathsOf } from './evidence.ts';
import { isSurelyBefore } from './local-time.ts';
import { compareRuns, compareWork, isOfRun, stepsOf, type Work } from './order.ts';

/** A record of an archived log in a log of RMAN, and whether what it speaks of is here. */
export interface LogRecord {
  readonly thread: number;
  readonly sequence: number;
  readonly recid: number;
  readonly stamp: number;
  readonly run: RunRecord;
  /** `unreadable`: RMAN has tried since, and could not. */
  readonly state: 'usable' | 'unusable' | 'elsewhere' | 'unreadable';
  readonly files: readonly string[];
}

/** Every archived log that the map has in a set or as a copy. */
export function logRecordsOf(evidence: Evidence): LogRecord[] {
  const { database, runs } = evidence;
  const inSets = database.backupSets.flatMap((set) => {
    const run = runs.find((each) => isOfRun(set.source, each));
    if (run === undefined) return [];
    const isElsewhere = set.pieces.some(({ presence }) => presence === 'elsewhere');
    const { line, completedLine: endLine } = set.source;
    const handles = set.pieces.map(({ handle }) => handle);
    const isUnreadable = evidence.hasFailed(handles, { run, line, endLine });
    const whole = isUnreadable ? 'unreadable' : 'usable';
    const state = isWhole(set) ? whole : isElsewhere ? 'elsewhere' : 'unusable';
    const files = pathsOf(set);
    return set.archivedLogs.map(({ thread, sequence, recid, stamp }): LogRecord => {
      return { thread, sequence, recid, stamp, run, state, files };
    });
  });
  const copies = database.archivedLogCopies.flatMap((copy): LogRecord[] => {
    const { thread, sequence, recid, stamp, presence, path } = copy;
    const run = runs.find((each) => isOfRun(copy.source, each));
    if (run === undefined) return [];
    const state = presence === 'present' ? 'usable' : presence === 'elsewhere' ? 'elsewhere' : 'unusable';
    return [{ thread, sequence, recid, stamp, run, state, files: path === undefined ? [] : [path] }];
  });
  return [...inSets, ...copies];
}

/** Of each thread a log behind which all needed redo lies, or in which it ends. */
export type ByThread = ReadonlyMap<number, Pick<LogRecord, 'sequence' | 'recid' | 'stamp'>>;

/** Logs that certainly ended before a time: a STAMP is never before the log's end. */
export function endedBefore(evidence: Evidence, records: readonly LogRecord[], local: string): ByThread {
  const switched = evidence.runs.flatMap((run) => stepsOf(run, 'log-switch').flatMap(({ ended }) => ended));
  const newest = new Map<number, Pick<LogRecord, 'sequence' | 'recid' | 'stamp'>>();
  for (const { thread, sequence, recid, stamp } of [...switched, ...records]) {
    const at = decodeStamp(stamp);
    if (at === undefined || !isSurelyBefore(at, local)) continue;
    // The newest by time, not by number: numbers begin anew after OPEN RESETLOGS.
    if (stamp > (newest.get(thread)?.stamp ?? 0)) newest.set(thread, { sequence, recid, stamp });
  }
  return newest;
}

/** The first run after which logs may be of another incarnation than those behind `opened`. */
export function findRestart(
  evidence: Evidence,
  records: readonly LogRecord[],
  opened: ByThread,
  since: Work,
): RunRecord | undefined {
  const restarted = records.filter(({ thread, sequence, recid, stamp }) => {
    const before = opened.get(thread);
    if (before === undefined || sequence > before.sequence || stamp <= before.stamp) return false;
    return recid !== before.recid;
  });
  const reset = evidence.runs.filter((run) =>
    stepsOf(run, 'open-resetlogs').some(({ line }) => compareWork({ run, line, endLine: line }, since) > 0),
  );
  return [...restarted.map(({ run }) => run), ...reset].sort(compareRuns)[0];
}
