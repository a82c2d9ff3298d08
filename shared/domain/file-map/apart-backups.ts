import type { Command } from '../rman/result/facts.ts';
import type { LineLog } from './log-entries.ts';

/**
 * Whether what a command made are backups of copies, which are older than it by nobody knows how much. One that is told to back up
 * both is taken for such.
 */
export function isOfCopies({ log: { facts } }: LineLog, line: number, command: Command | undefined): boolean {
  const { firstLine = 0, lastLine = facts.lines } = command ?? { firstLine: 0, lastLine: line };
  return (facts.marks ?? []).some(
    (mark) => mark.kind === 'copy-as-input' && mark.line >= firstLine && mark.line <= lastLine,
  );
}

/**
 * Whether a set that is announced in this line may be one that the database cannot be restored from: of INCREMENTAL FROM SCN, which RMAN
 * announces as a full backup, for another platform, or of copies. By what was typed before it, and by what RMAN says of its logs.
 */
export function isApart(
  of: LineLog,
  announced: number,
  command: Command | undefined,
  level: number | undefined,
): boolean {
  if (isOfCopies(of, announced, command)) return true;
  const { facts } = of.log;
  const { marks = [], commands, runs } = facts;
  const begin = runs.findLast(({ firstLine }) => firstLine <= announced)?.firstLine ?? 0;
  const typed = marks.flatMap((mark) =>
    mark.kind === 'statement' && mark.line >= begin && mark.line < announced ? [mark] : [],
  );
  // Statements are often shown together before the first of them runs: which of them made the set is not known then.
  const last = typed.at(-1)?.line ?? 0;
  const workBefore = commands.findLast(({ firstLine }) => firstLine < last)?.firstLine ?? 0;
  const around = typed.filter(({ line }) => line > workBefore);
  if (around.some(({ does }) => does === 'apart')) return true;
  const { firstLine = 0 } = command ?? {};
  const isWithoutLogs = marks.some(
    ({ kind, line }) => kind === 'logs-not-kept' && line >= firstLine && line < announced,
  );
  return isWithoutLogs && level === undefined && !around.some(({ isKept }) => isKept);
}
