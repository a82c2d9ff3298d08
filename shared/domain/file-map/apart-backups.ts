import type { Command } from '../rman/result/facts.ts';
import type { LineLog } from './log-entries.ts';

/**
 * Whether a set that is announced in this line may be one that the database cannot be restored from: of INCREMENTAL FROM SCN, which RMAN
 * announces as a full backup, or for another platform. By what was typed before it, and by what RMAN says of its logs.
 */
export function isApart(
  { log: { facts } }: LineLog,
  announced: number,
  command: Command | undefined,
  level: number | undefined,
): boolean {
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
