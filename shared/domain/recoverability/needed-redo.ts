import { type Entry, entriesOfDatabase, filesOf } from '../file-map/draft.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import type { BackupWork, Evidence } from './evidence.ts';
import { isSurelyBefore } from './local-time.ts';
import type { Restored } from './lost.ts';
import { isOfRun, stepsOf } from './order.ts';

/** Archived logs of the run that made a backup and of those after it, and what was archived while it ran; of each log one is enough. */
export function redoSince({ database, lacking }: Restored, evidence: Evidence, { run }: BackupWork): Entry[] {
  const began = stepsOf(run, 'datafiles')
    .flatMap(({ startedAt }) => startedAt?.local ?? [])
    .sort()[0];
  const here = new Set<string>();
  const entries = [...entriesOfDatabase(database)].filter((entry) => logsOf(entry).length > 0);
  for (const entry of entries) {
    if (!filesOf(entry).every((file) => file.presence === 'present' && !lacking.has(file))) continue;
    for (const log of logsOf(entry)) here.add(recordKey(log));
  }
  return entries.filter((entry) => {
    const own = evidence.runs.find((each) => isOfRun(entry.item.source, each));
    // The logs of one point may have come in any order.
    const isLater = own === undefined || own.source.seq >= run.source.seq;
    return logsOf(entry).some((log) => {
      const isDuring =
        began !== undefined && log.archivedAt !== undefined && !isSurelyBefore(log.archivedAt, began);
      return (isLater || isDuring) && !here.has(recordKey(log));
    });
  });
}

interface Log {
  readonly recid: number;
  readonly stamp: number;
  readonly thread: number;
  readonly sequence: number;
  readonly archivedAt?: string | undefined;
}

function logsOf({ kind, item }: Entry): readonly Log[] {
  if (kind === 'backupSets') return item.archivedLogs;
  if (kind !== 'archivedLogCopies') return [];
  const { thread, sequence, recid, stamp, createdAt: archivedAt } = item;
  return [{ thread, sequence, recid, stamp, archivedAt }];
}

const recordKey = ({ thread, sequence, recid, stamp }: Log): string =>
  `${thread} ${sequence} ${recid} ${stamp}`;

/** The newest of the run, unless one of them is here. */
export function controlFileOf({ database, lacking }: Restored, run: RunRecord): Entry[] {
  const ofRun = [...entriesOfDatabase(database)].filter(
    (entry) => hasControlFile(entry) && isOfRun(entry.item.source, run),
  );
  const isHere = (entry: Entry) =>
    filesOf(entry).every((file) => file.presence === 'present' && !lacking.has(file));
  return ofRun.some(isHere) ? [] : ofRun.slice(-1);
}

const hasControlFile = ({ kind, item }: Entry): boolean =>
  kind === 'autobackups' ||
  (kind === 'controlFileCopies' && !item.isStandby) ||
  (kind === 'backupSets' && item.controlFile === 'current');
