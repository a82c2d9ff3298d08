import type { Run } from '../rman/result/facts.ts';
import type { LineLog } from './log-entries.ts';

/** Every database has it. Without it these are the files of a pluggable database, to which 12.1 connects under the name of the whole. */
const systemDatafile = 1;

/**
 * The datafiles that a database has, where a run proves that it names all of them: REPORT SCHEMA lists them, and a BACKUP of the whole
 * database names each that it backs up or skips. A list of backed up files alone proves nothing: it may be some tablespaces.
 */
export function provenDatafiles(of: LineLog, run: Run): readonly number[] | undefined {
  const { map, facts } = of.log;
  // Connected to a pluggable database RMAN sees its files only.
  const { name } = map.databases.find(({ dbid }) => dbid === run.dbid) ?? {};
  if (name?.includes(':')) return undefined;
  const marks = (facts.marks ?? []).filter(({ line }) => line >= run.firstLine && line <= run.lastLine);
  const typed = marks.flatMap((mark) => (mark.kind === 'statement' ? [mark] : []));
  // Which of several reports is the one of the past, the log does not say.
  const isOfPast = typed.some(({ does }) => does === 'report-past');
  const schema = marks.findLast((mark) => mark.kind === 'schema' && !isOfPast);
  const found = new Set(schema?.kind === 'schema' ? schema.datafiles : []);
  // Added since the report, if not in it.
  if (schema !== undefined) for (const file of madeIn(of, schema.line, run.lastLine)) found.add(file);
  for (const [index, statement] of typed.entries()) {
    if (statement.does !== 'whole-database') continue;
    for (const file of filesOfBlock(of, blockAround(of, typed, index, run))) found.add(file);
  }
  return found.has(systemDatafile) ? [...found].sort((one, other) => one - other) : undefined;
}

interface Lines {
  readonly first: number;
  readonly last: number;
}

/** Statements are often shown together before the first of them runs: what was made up to the next statement is of all of them. */
function blockAround(of: LineLog, typed: readonly { line: number }[], index: number, run: Run): Lines {
  const starts = of.log.facts.commands.map(({ firstLine }) => firstLine);
  const first = typed[index]?.line ?? run.firstLine;
  const work = starts.find((line) => line > first) ?? run.lastLine;
  const next = typed.find(({ line }) => line > work)?.line ?? run.lastLine + 1;
  return { first, last: next - 1 };
}

/** Empty when something in the block went wrong, or is not known for certain. */
function filesOfBlock(of: LineLog, { first, last }: Lines): number[] {
  const { map, facts } = of.log;
  const isIn = (line: number) => first <= line && line <= last;
  const commands = facts.commands.filter((command) => isIn(command.firstLine));
  const hasFailed =
    commands.some(({ status }) => status !== 'completed' && status !== 'completed-with-warnings') ||
    facts.sources.errors.some(isIn) ||
    // What only validates is not taken for a backup of the whole: these sets lost the lines of their pieces.
    (facts.sources.setsWithoutPiece ?? []).some(isIn) ||
    facts.channelFailures.some(({ line }) => isIn(line)) ||
    (facts.marks ?? []).some(({ kind, line }) => kind === 'pluggable-excluded' && isIn(line)) ||
    facts.doubts.some(({ line }) => line === undefined || isIn(line));
  if (hasFailed) return [];
  const made = madeIn(of, first, last);
  if (made.length === 0) return [];
  const skipped = (map.skipped ?? []).flatMap((each) => ('datafile' in each ? [each.datafile] : []));
  const excluded = (facts.marks ?? []).flatMap((mark) => (mark.kind === 'excluded' ? [mark.datafile] : []));
  return [...made, ...skipped, ...excluded];
}

/** Datafiles that these lines back up. */
function madeIn({ log: { map, facts } }: LineLog, first: number, last: number): number[] {
  const isIn = (line = 0) => first <= line && line <= last;
  const sets = map.backupSets.filter((_, at) => isIn(facts.sources.backupSets[at]?.announced));
  const copies = map.imageCopies.filter((_, at) => isIn(facts.sources.imageCopies[at]));
  return [...sets.flatMap(({ datafiles = [] }) => datafiles), ...copies].map(({ file }) => file);
}
