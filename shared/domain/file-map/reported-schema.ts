import type { ReportedSchema } from './file-map.ts';
import { type LineLog, sourceAt } from './log-entries.ts';

/** What the runs of a log report of the tablespaces of their databases. */
export function* schemasOf(
  of: LineLog,
): Generator<{ readonly dbid: string; readonly schema: ReportedSchema }> {
  const { map, facts } = of.log;
  const rows = (facts.listed?.schema ?? []).filter(({ isTemporary }) => !isTemporary);
  for (const { dbid, firstLine, lastLine } of facts.runs) {
    const { name } = map.databases.find((each) => each.dbid === dbid) ?? {};
    const isIn = (line: number) => line >= firstLine && line <= lastLine;
    const last = (facts.marks ?? []).findLast(({ kind, line }) => kind === 'schema' && isIn(line));
    // A datafile that an earlier report of the run has, and not the last, is dropped.
    const named = last?.kind === 'schema' ? last.datafiles : [];
    const own = rows.filter(({ line, file }) => isIn(line) && named.includes(file));
    const [first] = own;
    // Connected to a pluggable database RMAN sees its files only, and leaves the container's name out. A list that was cut is none.
    if (dbid === undefined || first === undefined || name?.includes(':') || facts.listed?.isCut) continue;
    const datafiles = own.map(({ file, name: path, tablespace }) => ({ file, name: path, tablespace }));
    yield { dbid, schema: { source: sourceAt(of, first.line), datafiles } };
  }
}
