import type { Listed } from '../reports/listed.ts';
import type { LogState } from '../state/log-state.ts';
import type { Encoding } from '../text/encoding.ts';
import { redact } from '../text/redact.ts';
import type { Doubt, LogFacts, ParsedRmanLog, Run } from './facts.ts';
import type { CommandOutcome, RmanMap } from './map.ts';
import { giveUpMixed } from './mixed-runs.ts';
import { statusOfCommand, statusOfLog, statusOfRuns } from './status.ts';
import { survivingPieces } from './survivors.ts';

interface Origin {
  readonly source: string;
  readonly lines: number;
  readonly encoding?: Encoding;
}

/** Ends the log and makes the result of all that was read. */
export const assembleResult = (state: LogState, origin: Origin): ParsedRmanLog => {
  state.endFailure(origin.lines);
  state.closeWork(false);
  giveUpMixed(state);
  const doubts = listDoubts(state, origin);
  const facts = assembleFacts(state, origin, doubts);
  return { map: assembleMap(state, origin.source, facts), facts };
};

const assembleMap = (state: LogState, source: string, facts: LogFacts): RmanMap => {
  const { deletions, failures } = state;
  const note = noteOf(facts);
  const commands = outcomesOf(state);
  const recovered = recoveredOf(state);
  const surviving = survivingPieces(state);
  return {
    source: redact(source),
    databases: state.runs.databases,
    backupSets: state.finishedSets,
    imageCopies: state.imageCopies.map(({ copy }) => copy),
    autobackups: state.autobackups.map(({ autobackup }) => autobackup),
    ...(recovered.length > 0 && { recoveredCopies: recovered.map(({ file, name }) => ({ file, name })) }),
    deletions: deletions.deleted,
    ...(deletions.refused.length > 0 && { notDeleted: deletions.refused }),
    ...(state.skipped.length > 0 && { skipped: state.skipped.map(({ entry }) => entry) }),
    errors: failures.errors.map(({ code, text }) => ({ code, text: text.trim() })),
    ...(failures.warnings.length > 0 && {
      warnings: failures.warnings.map(({ code, text }) => ({ code, text: text.trim() })),
    }),
    ...(state.failedSets.length > 0 && { failedSets: state.failedSets }),
    ...(commands && { commands }),
    ...(surviving && { survivingPieces: surviving }),
    status: statusOfLog(state),
    ...(note !== '' && { note }),
  };
};

const assembleFacts = (state: LogState, { lines, encoding }: Origin, doubts: readonly Doubt[]): LogFacts => ({
  lines,
  ...(encoding && { encoding }),
  runs: runsOf(state, lines),
  channels: state.channelFacts,
  commands: state.commands.all.map((command) => {
    const { command: name, firstLine, lastLine, startedAt, finishedAt, isBackup } = command;
    return {
      command: name,
      firstLine,
      ...(lastLine !== undefined && { lastLine }),
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
      isBackup,
      status: statusOfCommand(command),
    };
  }),
  sources: {
    backupSets: state.setSources,
    imageCopies: state.imageCopies.map(({ line }) => line),
    autobackups: state.autobackups.map(({ line }) => line),
    recoveredCopies: recoveredOf(state).map(({ line }) => line),
    deletions: state.deletions.lines,
    ...(state.skipped.length > 0 && { skipped: state.skipped.map(({ line }) => line) }),
    ...(state.sets.withoutPiece.length > 0 && { setsWithoutPiece: state.sets.withoutPiece }),
    errors: state.failures.errors.map(({ line }) => line),
  },
  channelFailures: state.channelFailures,
  ...(state.failures.noArchivelog && { noArchivelog: state.failures.noArchivelog }),
  unattributedPieces: state.unattributedPieces,
  copiedPieces: state.copiedPieces,
  controlFileCopies: state.controlFileCopies,
  ...(state.copies.torn.length > 0 && { tornCopies: state.copies.torn }),
  archivedLogCopies: state.archivedLogCopies,
  validation: state.validation.report,
  ...listedOf(state),
  doubts,
});

/** In the order of the log: channels end in another one than they begin. */
const recoveredOf = (state: LogState) =>
  [...state.recoveredCopies].sort((one, other) => one.line - other.line);

const listedOf = ({ lists, deletions }: LogState): { readonly listed?: Listed } =>
  lists.isEmpty && deletions.missing.size === 0
    ? {}
    : { listed: { ...lists.listed, missing: [...deletions.missing.values()] } };

const runsOf = (state: LogState, lines: number): Run[] => {
  const statuses = statusOfRuns(state);
  return state.runs.all.map(({ firstLine, version, dbid, isMixed, isOver }, index, { length }) => ({
    firstLine,
    lastLine: (state.runs.all[index + 1]?.firstLine ?? lines + 1) - 1,
    ...(version !== undefined && { version }),
    ...(dbid !== undefined && !isMixed && { dbid }),
    ...(!isOver && index === length - 1 && { isOpenEnded: true as const }),
    status: statuses[index] ?? 'completed',
  }));
};

/** The backup commands, where they did not all end alike. */
const outcomesOf = (state: LogState): CommandOutcome[] | undefined => {
  const outcomes = state.commands.all
    .filter(({ isBackup }) => isBackup)
    .map((command) => ({ command: command.command, status: statusOfCommand(command) }));
  return new Set(outcomes.map(({ status }) => status)).size > 1 ? outcomes : undefined;
};

const listDoubts = (state: LogState, { encoding }: Origin): Doubt[] => {
  const doubts = [...state.doubts];
  if (encoding && !encoding.isCertain) {
    doubts.push({
      text: `the code page of the log is not known; its letters beyond ASCII were read as ${encoding.name}`,
    });
  }
  for (const { handle, line } of state.unattributedPieces) {
    doubts.push({ line, text: `${handle} was written, but the log does not say what it holds` });
  }
  if (!state.hasMessages) doubts.push({ text: 'no message of RMAN was found' });
  return doubts;
};

const noteOf = (facts: LogFacts): string => {
  const { noArchivelog, controlFileCopies, archivedLogCopies, copiedPieces, channelFailures } = facts;
  return [
    ...(noArchivelog
      ? [`the database is in NOARCHIVELOG mode (${noArchivelog.code}): it cannot be backed up while open`]
      : []),
    ...(controlFileCopies.length > 0
      ? [`${controlFileCopies.length} copies of the control file were made`]
      : []),
    ...(archivedLogCopies.length > 0 ? [`${archivedLogCopies.length} archived logs were copied`] : []),
    ...(copiedPieces.length > 0 ? [`${copiedPieces.length} pieces of existing sets were copied`] : []),
    ...channelFailures.map(
      ({ channel, isRerun }) => `channel ${channel} failed${isRerun ? '; another one took its job' : ''}`,
    ),
    ...facts.doubts.map(({ text, line }) => (line === undefined ? text : `line ${line}: ${text}`)),
  ].join('; ');
};
