import type { DatabaseFiles, MappedFile } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import type { LogRecord } from '../recoverability/archived-logs.ts';
import { findChain } from '../recoverability/chain.ts';
import type { BackupWork, Evidence } from '../recoverability/evidence.ts';
import { compareRuns, compareWork } from '../recoverability/order.ts';
import type { LogGap, Reason } from '../recoverability/verdict.ts';
import type { MissingFile, MissingReason } from './scope.ts';

/** For reading: of a gap of thousands of logs the first say enough. */
const maxLogsOfGap = 100;

/** Why a file that a log names is of no use; undefined where it is there. */
function reasonOf({ presence, content }: MappedFile): MissingReason | undefined {
  switch (presence) {
    case 'present':
      return undefined;
    case 'elsewhere':
      return 'not-on-this-mount';
    case 'damaged':
    case 'changed':
      return presence;
    case 'missing':
      return content === undefined ? 'in-no-snapshot' : 'deleted';
  }
}

export const missingOf = (files: readonly MappedFile[], neededFor: string): MissingFile[] =>
  files.flatMap((file) => {
    const reason = reasonOf(file);
    return reason === undefined ? [] : [{ what: file.path ?? file.handle, reason, neededFor }];
  });

/** What keeps datafiles from being restored as they were at the end of a run: from the newest base on, whatever is not there. */
export function missingBackups(evidence: Evidence, datafiles: readonly number[], until: RunRecord) {
  return datafiles.flatMap((file) => {
    const neededFor = `datafile ${file}`;
    if (findChain(evidence, file, until).outcome === 'chain') return [];
    const works = evidence.worksOf(file).filter((work) => compareRuns(work.run, until) <= 0);
    const base = works.findLast(({ step }) => (step.level ?? 0) === 0);
    const nameless: MissingFile = {
      what: `a level 0 backup of ${neededFor}`,
      reason: 'in-no-log',
      neededFor,
    };
    const since = works.filter((work) => base === undefined || compareWork(work, base) >= 0);
    const missing = since.flatMap((work) => missingOfWork(evidence, work, neededFor));
    return base === undefined ? [nameless, ...missing] : missing;
  });
}

function missingOfWork(evidence: Evidence, work: BackupWork, neededFor: string): MissingFile[] {
  const { step } = work;
  const copy = step.isCopy ? evidence.copyOf(work) : undefined;
  const files = copy === undefined ? evidence.setOf(work)?.pieces : [copy];
  if (files !== undefined) return missingOf(withoutSpare(files), neededFor);
  // The map keeps no entry of what RMAN has deleted: its run still names the pieces.
  const names = step.pieces ?? [`the image copy of ${neededFor}`];
  return names.map((what) => ({ what, reason: 'deleted', neededFor }));
}

/** Of a piece that was written twice one is enough. */
function withoutSpare(files: readonly MappedFile[]): readonly MappedFile[] {
  const numberOf = (file: MappedFile) => ('piece' in file ? file.piece : undefined);
  const here = new Set(files.filter(({ presence }) => presence === 'present').map(numberOf));
  return files.filter((file) => !here.has(numberOf(file)));
}

/** The logs of a gap, by the files that should hold them where any log names such. */
export function missingLogs(
  database: DatabaseFiles,
  records: readonly LogRecord[],
  { thread, fromSequence, toSequence }: LogGap,
): MissingFile[] {
  const byNumber = Map.groupBy(
    records.filter((record) => record.thread === thread),
    ({ sequence }) => sequence,
  );
  const missing: MissingFile[] = [];
  for (let sequence = fromSequence; sequence <= toSequence && missing.length < maxLogsOfGap; sequence++) {
    const neededFor = `archived log thread ${thread} sequence ${sequence}`;
    const held = byNumber.has(sequence) ? filesOfLog(database, thread, sequence) : [];
    const named = missingOf(held, neededFor);
    missing.push(
      ...(named.length > 0 ? named : [{ what: neededFor, reason: 'in-no-log' as const, neededFor }]),
    );
  }
  return missing;
}

function filesOfLog(
  { backupSets, archivedLogCopies }: DatabaseFiles,
  thread: number,
  sequence: number,
): readonly MappedFile[] {
  const isMeant = (log: { readonly thread: number; readonly sequence: number }) =>
    log.thread === thread && log.sequence === sequence;
  return [
    ...backupSets.filter(({ archivedLogs }) => archivedLogs.some(isMeant)).flatMap(({ pieces }) => pieces),
    ...archivedLogCopies.filter(isMeant),
  ];
}

/** Control files that the logs name, where a verdict lacks one. */
export function missingControlFiles(database: DatabaseFiles, reasons: readonly Reason[]): MissingFile[] {
  if (!reasons.some(({ code }) => code.startsWith('CONTROL_FILE_'))) return [];
  const neededFor = 'the control file';
  const sets = database.backupSets.filter(({ controlFile }) => controlFile === 'current');
  const copies = database.controlFileCopies.filter(({ isStandby }) => !isStandby);
  const named = missingOf(
    [...sets.flatMap(({ pieces }) => pieces), ...database.autobackups, ...copies],
    neededFor,
  );
  return named.length > 0
    ? named
    : [{ what: 'a backup of the control file', reason: 'in-no-log', neededFor }];
}
