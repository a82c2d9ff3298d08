import type { RunRecord } from '../file-map/run-record.ts';
import type { LogRecord } from './archived-logs.ts';
import { type Chain, type ChainOutcome, findChain } from './chain.ts';
import { type ControlFileOutcome, findControlFile, mayBeDropped } from './control-file.ts';
import type { BackupWork, Evidence } from './evidence.ts';
import { compareRuns, compareWork, stepsOf } from './order.ts';
import { type AppliedLogs, judgeRedo, type RedoOutcome } from './redo.ts';
import type { LogGap, Reason, ReasonCode, RecoveryWindow } from './verdict.ts';

/** What can be made of the backups up to the end of one run. */
export type RunVerdict =
  | {
      readonly outcome: 'yes';
      readonly window: RecoveryWindow;
      readonly gap?: LogGap;
      readonly chains: readonly Chain[];
      /** Of the control file. */
      readonly controlFiles: readonly string[];
      readonly logs?: AppliedLogs;
    }
  | { readonly outcome: 'no' | 'unknown'; readonly reasons: readonly Reason[]; readonly gap?: LogGap };

/**
 * Judges what the database looked like to a run: with the datafiles that it had then, restored from what was there by then.
 * @param wanted these of its datafiles only
 */
export function judgeRun(
  evidence: Evidence,
  records: readonly LogRecord[],
  run: RunRecord,
  wanted?: readonly number[],
): RunVerdict {
  const datafiles = wanted ?? run.datafiles ?? backedUpBy(run);
  const outcomes = datafiles.map((file) => ({ file, found: findChain(evidence, file, run) }));
  const chains = outcomes.flatMap(({ found }) => (found.outcome === 'chain' ? [found.chain] : []));
  const lacking = outcomes.flatMap(({ file, found }) =>
    found.outcome === 'none' ? [reasonFor(evidence, run, file, found)] : [],
  );
  if (lacking.length > 0) return refuse(joinReasons(lacking));
  const corrupt = datafiles.filter((file) => evidence.corrupt.has(file));
  if (corrupt.length > 0) {
    const text = 'the last validation of these datafiles found corrupt blocks; their backups may hold them';
    return refuse([{ code: 'DATAFILE_CORRUPT', effect: 'unknown', text, datafiles: corrupt }]);
  }
  const unlogged = chains.filter(({ file, content }) => evidence.isUnloggedSince(file, content));
  if (unlogged.length > 0) {
    const text = 'RMAN reports that these datafiles were written to without redo since this backup of them';
    const files = unlogged.map(({ file }) => file);
    return refuse([{ code: 'DATAFILE_CORRUPT', effect: 'unknown', text, datafiles: files }]);
  }
  const control = findControlFile(evidence, run);
  // Some datafiles are put back into a database that has its own.
  const isNeeded = wanted === undefined;
  if (control.outcome !== 'found' && isNeeded) return refuse([controlReason(control.outcome)]);
  const controlFiles = control.outcome === 'found' ? control.files : [];
  if (!chains.every(({ content }) => evidence.isSameIncarnation(content.run, run))) {
    return refuse([
      { code: 'INCARNATION_UNCLEAR', effect: 'unknown', text: redoTexts.INCARNATION_UNCLEAR ?? '' },
    ]);
  }
  const redo = redoFor(evidence, records, { run, isWhole: wanted === undefined }, chains);
  if (redo.outcome !== 'enough') {
    const isOld = chains.some(({ content }) => content.run !== run);
    const effect = redo.outcome === 'lacking' && !isOld ? 'no' : 'unknown';
    const reason: Reason = { code: redo.code, effect, text: redoTexts[redo.code] ?? redo.code };
    return { ...refuse([reason]), ...(redo.gap && { gap: redo.gap }) };
  }
  if (run.datafiles === undefined && wanted === undefined) return refuse([unproven(datafiles)]);
  const { through, from, to, gap, isConsistent, logs } = redo;
  const files = [...chains.flatMap((chain) => chain.files), ...controlFiles, ...redo.files];
  const window: RecoveryWindow = {
    base: run.source,
    datafiles: datafiles.length,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    through,
    ...(isConsistent && { isConsistent }),
    files: [...new Set(files)],
  };
  const made = { chains, controlFiles, ...(logs && { logs }) };
  return { outcome: 'yes', window, ...(gap && { gap }), ...made };
}

/** Those that it names, which may be all or some. */
const backedUpBy = (run: RunRecord): number[] =>
  [...new Set(stepsOf(run, 'datafiles').flatMap(({ files }) => files))].sort((one, other) => one - other);

function redoFor(
  evidence: Evidence,
  records: readonly LogRecord[],
  { run, isWhole }: { readonly run: RunRecord; readonly isWhole: boolean },
  chains: readonly Chain[],
): RedoOutcome {
  const contents = unique(chains.map(({ content }) => content));
  const works = unique(chains.flatMap((chain) => chain.works));
  if (isClosed(evidence, run, contents) && works.every((work) => compareRuns(work.run, run) <= 0)) {
    return { outcome: 'enough', through: [], files: [], isConsistent: true };
  }
  return judgeRedo(evidence, records, contents, [...works, ...viewOf(run, works)], isWhole ? run : undefined);
}

/**
 * The control file and the list of datafiles are as of this run: before it, datafiles may have been there that are dropped now. The redo
 * has to reach it, even where the run itself backed up nothing that is used.
 */
function viewOf(run: RunRecord, works: readonly BackupWork[]): BackupWork[] {
  if (works.some((work) => work.run === run)) return [];
  const { line } = run.source;
  const step = { line, kind: 'datafiles', endLine: line, files: [] } as const;
  return [{ run, line, endLine: line, step }];
}

const unique = (works: readonly BackupWork[]): BackupWork[] => [...new Set(works)].sort(compareWork);

/**
 * The run shut the database down in order, mounted it, and backed up every datafile before it was opened. Of a cluster another instance
 * may have had it open all the time, and a standby's datafiles are not of one moment.
 */
function isClosed({ runs }: Evidence, run: RunRecord, contents: readonly BackupWork[]): boolean {
  const closed = stepsOf(run, 'closed-in-order').at(-1);
  if (closed === undefined || stepsOf(run, 'standby').length > 0) return false;
  if (runs.some(({ isCluster }) => isCluster)) return false;
  const opened =
    stepsOf(run, 'opened').find(({ line }) => line > closed.line)?.line ?? Number.POSITIVE_INFINITY;
  return contents.every((work) => work.run === run && work.line > closed.line && work.endLine < opened);
}

function reasonFor(
  evidence: Evidence,
  run: RunRecord,
  file: number,
  { why }: Extract<ChainOutcome, { outcome: 'none' }>,
): Reason {
  const datafiles = [file];
  switch (why) {
    case 'unreadable': {
      const text = 'RMAN has tried to read the backup of these datafiles since, and could not';
      return { code: 'FILES_NOT_USABLE', effect: 'unknown', text, datafiles };
    }
    case 'elsewhere': {
      const text = 'the backup of these datafiles is on tape, in ASM or in a folder outside of this mount';
      return { code: 'FILES_ELSEWHERE', effect: 'unknown', text, datafiles };
    }
    case 'copy-unknown': {
      const text = 'these copies were rolled forward, and no log says with which incrementals';
      return { code: 'COPY_CONTENT_UNKNOWN', effect: 'unknown', text, datafiles };
    }
    case 'apart': {
      const text =
        'the backup of these datafiles may hold only what changed since an SCN, be of older copies or for another platform, or have corrupt blocks';
      return { code: 'BASE_UNKNOWN', effect: 'unknown', text, datafiles };
    }
    case 'no-base': {
      const text =
        'there are incrementals of these datafiles, and not the level 0 behind them as its log shows it';
      return { code: 'BASE_UNKNOWN', effect: 'unknown', text, datafiles };
    }
    case 'unusable': {
      // A datafile that was dropped later is not needed with a control file from after that.
      const isNeeded =
        !mayBeDropped(evidence, run, file) &&
        !evidence.hasUncertainLogs &&
        !hasLaterBase(evidence, run, file);
      const text = 'the backup of these datafiles is not in the snapshot, or not as its log named it';
      return { code: 'DATAFILE_NOT_COVERED', effect: isNeeded ? 'no' : 'unknown', text, datafiles };
    }
    case 'never': {
      const isOpen =
        evidence.hasUnnamedBackups || mayBeDropped(evidence, run, file) || hasLaterBase(evidence, run, file);
      const effect = isOpen ? 'unknown' : 'no';
      const text = 'the database has these datafiles, and no log shows a backup of them';
      return { code: effect === 'no' ? 'DATAFILE_NOT_COVERED' : 'BASE_UNKNOWN', effect, text, datafiles };
    }
  }
}

/** With a backup from after the run, the older control file may still do. */
const hasLaterBase = (evidence: Evidence, run: RunRecord, file: number): boolean =>
  evidence
    .worksOf(file)
    .some((work) => compareRuns(work.run, run) > 0 && (work.step.level ?? 0) <= 1 && evidence.isUsable(work));

/** One reason of each code for all of its datafiles. */
function joinReasons(reasons: readonly Reason[]): Reason[] {
  const joined = Map.groupBy(reasons, ({ code, effect }) => `${code} ${effect}`);
  return [...joined.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [{ ...first, datafiles: same.flatMap(({ datafiles = [] }) => datafiles) }];
  });
}

const refuse = (reasons: readonly Reason[]) => ({
  outcome: reasons.some(({ effect }) => effect === 'no') ? ('no' as const) : ('unknown' as const),
  reasons,
});

function controlReason(outcome: Exclude<ControlFileOutcome['outcome'], 'found'>): Reason {
  switch (outcome) {
    case 'other-run': {
      const text = 'there is no control file of this run; those of others may know other datafiles';
      return { code: 'CONTROL_FILE_OF_OTHER_RUN', effect: 'unknown', text };
    }
    case 'elsewhere': {
      const text = 'the control file backup is on tape, in ASM or in a folder outside of this mount';
      return { code: 'FILES_ELSEWHERE', effect: 'unknown', text };
    }
    case 'unreadable': {
      const text = 'RMAN has tried to read the control file backup since, and could not';
      return { code: 'FILES_NOT_USABLE', effect: 'unknown', text };
    }
    case 'standby': {
      const text = 'there is a control file for a standby database only';
      return { code: 'CONTROL_FILE_MISSING', effect: 'unknown', text };
    }
    case 'uncertain': {
      const text = 'no log shows a control file backup; files that no log names may hold one';
      return { code: 'CONTROL_FILE_MISSING', effect: 'unknown', text };
    }
    case 'missing': {
      const text = 'there is no backup of the control file';
      return { code: 'CONTROL_FILE_MISSING', effect: 'no', text };
    }
  }
}

const unproven = (datafiles: readonly number[]): Reason => ({
  code: 'DATAFILE_LIST_UNPROVEN',
  effect: 'unknown',
  text: 'the log does not show that these are all datafiles of the database',
  datafiles,
});

const redoTexts: Partial<Record<ReasonCode, string>> = {
  REDO_START_UNKNOWN: 'no log shows which archived log was current when the backup began',
  REDO_END_UNKNOWN:
    'no log shows that the logs were switched and backed up after the datafiles: the end of the backup may lack its redo',
  LOG_GAP: 'archived logs that make the backup consistent are missing',
  FILES_NOT_USABLE: 'RMAN could not read pieces with archived logs that make the backup consistent',
  FILES_ELSEWHERE:
    'archived logs that make the backup consistent are on tape, in ASM or outside of this mount',
  LOGS_KNOWN_BY_NAME: 'archived logs that make the backup consistent are known by their names only',
  LOGS_UNCERTAIN:
    'archived logs that make the backup consistent are in no log; one that could not be read may name them',
  INCARNATION_UNCLEAR: 'the numbers of archived logs may be of different incarnations',
  THREADS_UNCLEAR: 'which threads of redo were enabled is not known for the whole time',
};
