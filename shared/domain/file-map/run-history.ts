import type { Command, Run } from '../rman/result/facts.ts';
import { decodeStamp } from '../rman/stamp.ts';
import type { LogMark } from '../rman/state/marks.ts';
import { isApart, isOfCopies } from './apart-backups.ts';
import { typedIncremental } from './incremental-kind.ts';
import { dbidAt, type LineLog, sourceAt } from './log-entries.ts';
import { readLoggedTime } from './logged-time.ts';
import { provenDatafiles } from './proven-datafiles.ts';
import type { ArchivedLogRecord, RunRecord, RunStep } from './run-record.ts';

/** The runs of a log, by database. */
export function* runsOf(of: LineLog): Generator<{ readonly dbid: string; readonly record: RunRecord }> {
  const { runs, channels } = of.log.facts;
  for (const [index, run] of runs.entries()) {
    const source = { ...sourceAt(of, run.firstLine), run: index };
    const isIn = (line: number) => line >= run.firstLine && line <= run.lastLine;
    const steps = stepsOf(of, run);
    const datafiles = provenDatafiles(of, run);
    if (steps.length === 0 && datafiles === undefined) continue;
    const isCluster = channels.some(({ line, instance }) => instance !== undefined && isIn(line));
    const record = { source, ...(isCluster && { isCluster }), ...(datafiles && { datafiles }), steps };
    yield { dbid: dbidAt(of, source), record };
  }
}

function stepsOf(of: LineLog, run: Run): RunStep[] {
  const { firstLine, lastLine } = run;
  const isIn = (line: number) => line >= firstLine && line <= lastLine;
  const { facts } = of.log;
  const steps: RunStep[] = [
    ...datafileBackups(of),
    ...rollForwards(of, lastLine),
    ...validations(of, isIn),
    ...missingLines(of, run),
  ];
  for (const mark of facts.marks ?? []) {
    if (mark.kind === 'log-switch') steps.push(...logSwitch(of, mark.line, isIn));
    if (mark.kind === 'unrecoverable') {
      steps.push({ line: mark.line, kind: 'unlogged', files: [mark.datafile] });
    }
    if (mark.kind === 'piece-failed') {
      steps.push({ line: mark.line, kind: 'piece-failed', text: mark.text });
    }
    if (mark.kind === 'not-open' || mark.kind === 'standby' || mark.kind === 'encrypted') {
      steps.push({ line: mark.line, kind: mark.kind });
    }
    const isReset = mark.kind === 'statement' && mark.does === 'open-resetlogs';
    if (isReset || mark.kind === 'brought-back') {
      steps.push({ line: mark.line, kind: 'open-resetlogs' });
    }
  }
  if (facts.noArchivelog) steps.push({ line: facts.noArchivelog.line, kind: 'noarchivelog' });
  steps.push(...instanceSteps((facts.marks ?? []).filter(({ line }) => isIn(line))));
  return steps.filter(({ line }) => isIn(line)).sort((one, other) => one.line - other.line);
}

/** The command in which a line stands; the innermost. */
const commandAt = (of: LineLog, line: number): Command | undefined =>
  of.log.facts.commands.findLast(
    ({ firstLine, lastLine = of.log.facts.lines }) => firstLine <= line && line <= lastLine,
  );

const hasEnded = ({ status }: Command) => status === 'completed' || status === 'completed-with-warnings';

function logSwitch(of: LineLog, line: number, isInRun: (line: number) => boolean): RunStep[] {
  const { map, facts } = of.log;
  const command = commandAt(of, line);
  // Of a command that failed some of the logs may not be listed.
  if (command?.lastLine === undefined || !command.isBackup || !hasEnded(command)) return [];
  const { lastLine } = command;
  const isAfter = (at = 0) => at >= line && at <= lastLine;
  if (facts.doubts.some((doubt) => isAfter(doubt.line))) return [];
  if ((facts.marks ?? []).some((mark) => mark.kind === 'log-left-out' && isAfter(mark.line))) return [];
  const sets = map.backupSets.map(({ archivelogs = [] }, index) => ({
    line: facts.sources.backupSets[index]?.announced ?? 0,
    archivelogs,
  }));
  const listed = [
    ...sets,
    ...facts.archivedLogCopies.map((copy) => ({ line: copy.line, archivelogs: [copy] })),
  ];
  const newest = new Map<number, ArchivedLogRecord>();
  const lastArchived = new Map<number, ArchivedLogRecord>();
  for (const { archivelogs } of listed.filter((each) => each.line > line && each.line <= lastLine)) {
    for (const { thread, sequence, recid, stamp } of archivelogs) {
      const record = { thread, sequence, recid, stamp };
      if (sequence > (newest.get(thread)?.sequence ?? -1)) newest.set(thread, record);
      if (stamp >= (lastArchived.get(thread)?.stamp ?? 0)) lastArchived.set(thread, record);
    }
  }
  if (newest.size === 0 || isNewestSkipped(of, newest, { line, lastLine })) return [];
  // The highest number was not archived last: some are of an earlier incarnation, or were archived late.
  if ([...newest].some(([thread, { recid }]) => lastArchived.get(thread)?.recid !== recid)) return [];
  // What has a STAMP in a line before was there before the switch.
  const before = [
    ...listed.filter((each) => each.line < line && isInRun(each.line)).flatMap((each) => each.archivelogs),
    ...map.imageCopies.filter((_, index) => {
      const at = facts.sources.imageCopies[index] ?? line;
      return at < line && isInRun(at);
    }),
  ].flatMap(({ stamp }) => decodeStamp(stamp) ?? []);
  const started = command.startedAt === undefined ? undefined : readLoggedTime(command.startedAt).local;
  const notBefore = [...before, ...(started === undefined ? [] : [started])].sort().at(-1);
  const ended = [...newest.values()].sort((one, other) => one.thread - other.thread);
  return [
    { line, kind: 'log-switch', endLine: lastLine, ended, ...(notBefore !== undefined && { notBefore }) },
  ];
}

/** A torn set, a log that was cut off inside a backup, and one that shows no end of RMAN. */
function* missingLines({ log: { facts } }: LineLog, run: Run): Generator<RunStep> {
  for (const { command, firstLine, lastLine: end = run.lastLine, status } of facts.commands) {
    if (command !== 'backup' || firstLine < run.firstLine || firstLine > run.lastLine) continue;
    if (status === 'truncated') yield { line: end, kind: 'uncertain' };
    for (const { line = 0 } of facts.doubts)
      if (firstLine <= line && line <= end) yield { line, kind: 'uncertain' };
  }
  if (run.isOpenEnded) yield { line: run.lastLine, kind: 'uncertain', isEnd: true };
}

/** The log that was current at the switch was backed up by somebody else just before: it is not among those of this command. */
function isNewestSkipped(
  { log: { map, facts } }: LineLog,
  newest: ReadonlyMap<number, ArchivedLogRecord>,
  { line, lastLine }: { readonly line: number; readonly lastLine: number },
): boolean {
  return (map.skipped ?? []).some((skipped, index) => {
    const at = facts.sources.skipped?.[index] ?? line;
    if (!('thread' in skipped) || at < line || at > lastLine) return false;
    return skipped.toSequence > (newest.get(skipped.thread)?.sequence ?? -1);
  });
}

function* datafileBackups(of: LineLog): Generator<RunStep> {
  const { map, facts } = of.log;
  for (const [index, set] of map.backupSets.entries()) {
    const { announced = 0, pieces = [] } = facts.sources.backupSets[index] ?? {};
    if (set.datafiles === undefined || set.datafiles.length === 0) continue;
    const { level } = set;
    const incremental = typedIncremental(of.log.facts, announced);
    const command = commandAt(of, announced);
    yield {
      line: announced,
      kind: 'datafiles',
      endLine: Math.max(announced, ...pieces),
      files: set.datafiles.map(({ file }) => file),
      ...(level !== undefined && { level }),
      pieces: set.pieces.map(({ handle }) => handle),
      ...(level !== undefined && level > 0 && incremental !== undefined && { incremental }),
      ...(isApart(of, announced, command, level) && { isApart: true }),
      ...times(command),
    };
  }
  for (const [index, { file }] of map.imageCopies.entries()) {
    const line = facts.sources.imageCopies[index] ?? 0;
    const command = commandAt(of, line);
    yield {
      line,
      kind: 'datafiles',
      endLine: line,
      files: [file],
      level: 0,
      isCopy: true,
      ...(isOfCopies(of, line, command) && { isApart: true }),
      ...times(command),
    };
  }
}

/** All of the command: single sets and copies say less. */
const times = (command: Command | undefined) => ({
  ...(command?.startedAt !== undefined && { startedAt: readLoggedTime(command.startedAt) }),
  ...(command?.finishedAt !== undefined && { finishedAt: readLoggedTime(command.finishedAt) }),
});

/** One that did not come to its end may have changed the copy: it is there, and has read nothing that is known. */
function* rollForwards({ log: { facts } }: LineLog, lastOfRun: number): Generator<RunStep> {
  const torn = (facts.tornCopies ?? []).map(({ line }) => line);
  for (const command of facts.commands) {
    const { firstLine, lastLine: endLine = lastOfRun } = command;
    const isIn = (line: number) => firstLine <= line && line <= endLine;
    if (command.command !== 'recover' || ![...facts.sources.recoveredCopies, ...torn].some(isIn)) continue;
    const read = (facts.marks ?? []).flatMap((mark) =>
      mark.kind === 'piece-read' && isIn(mark.line) ? [mark.handle] : [],
    );
    const pieces = hasEnded(command) ? [...new Set(read)] : [];
    yield { line: firstLine, kind: 'roll-forward', endLine, pieces };
  }
}

function* validations({ log }: LineLog, isInRun: (line: number) => boolean): Generator<RunStep> {
  const datafiles = log.facts.validation.datafiles.filter(({ line }) => isInRun(line));
  const [first] = datafiles;
  if (first === undefined) return;
  const isBad = ({ status, markedCorrupt, blockTypes }: (typeof datafiles)[number]) =>
    status === 'FAILED' || markedCorrupt > 0 || blockTypes.some(({ failing }) => failing > 0);
  const files = (bad: boolean) => datafiles.filter((each) => isBad(each) === bad).map(({ file }) => file);
  yield { line: first.line, kind: 'validation', failed: files(true), passed: files(false) };
}

/** SHUTDOWN ABORT shows neither `closed` nor `dismounted`. */
function instanceSteps(marks: readonly LogMark[]): RunStep[] {
  const steps: RunStep[] = [];
  const seen: string[] = [];
  for (const mark of marks) {
    if (mark.kind !== 'instance') continue;
    if (mark.state === 'opened' || mark.state === 'touched') {
      steps.push({ line: mark.line, kind: 'opened' });
      continue;
    }
    seen.push(mark.state);
    if (mark.state === 'mounted') steps.push({ line: mark.line, kind: 'not-open' });
    const isOrderly = seen.slice(-5).join(' ') === 'closed dismounted shut-down started mounted';
    if (isOrderly) steps.push({ line: mark.line, kind: 'closed-in-order' });
  }
  return steps;
}
