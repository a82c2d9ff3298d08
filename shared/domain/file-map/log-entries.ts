import type { UploadId } from '../ids.ts';
import { readFileName } from '../rman/file-names.ts';
import type { ParsedRmanLog } from '../rman/result/facts.ts';
import type { BackupSet } from '../rman/result/map.ts';
import { decodeStamp } from '../rman/stamp.ts';
import type { Entry } from './draft.ts';
import { type MappedFile, type MappedSet, unknownDatabase } from './file-map.ts';
import { typedIncremental } from './incremental-kind.ts';
import { readLoggedTime } from './logged-time.ts';
import type { LoggedTime, Source } from './source.ts';
import { type LogHost, placeOf } from './store-path.ts';

/** A log that was parsed, and where it stands in the line. */
export interface LineLog {
  readonly uploadId: UploadId;
  readonly seq: number;
  readonly logNumber: number;
  readonly host: LogHost;
  readonly log: ParsedRmanLog;
}

/** Everything that a log says was made. It exists from the line on in which it was completed. */
export function* entriesOf(of: LineLog): Generator<Entry> {
  yield* setsOf(of);
  yield* imageCopiesOf(of);
  yield* otherCopiesOf(of);
  yield* autobackupsOf(of);
}

/** A name in a log as a file of which nothing else is known. */
export function nameFile(handle: string, host: LogHost): MappedFile {
  const place = placeOf(handle, host);
  return { handle, ...place, presence: 'path' in place ? 'missing' : 'elsewhere' };
}

function* setsOf(of: LineLog): Generator<Entry> {
  const { map, facts } = of.log;
  for (const [index, set] of map.backupSets.entries()) {
    const { announced, pieces } = facts.sources.backupSets[index] ?? { announced: 0, pieces: [] };
    const source = sourceAt(of, announced, Math.max(announced, ...pieces));
    yield { kind: 'backupSets', dbid: dbidAt(of, source), item: mapSet(set, source, of) };
  }
}

function mapSet(set: BackupSet, source: Source, { host, log }: LineLog): MappedSet {
  const { kind, level, compressed, datafiles = [], archivelogs = [], sections, includesSpfile } = set;
  const [first] = set.pieces;
  const incremental = level ? typedIncremental(log.facts, source.line) : undefined;
  const key = listedKey(log, set, source.line);
  return {
    source,
    ...(key !== undefined && { key }),
    kind,
    ...(level !== undefined && { level }),
    ...(incremental !== undefined && { incremental }),
    ...(first?.tag !== undefined && { tag: first.tag }),
    compressed,
    datafiles,
    archivedLogs: archivelogs.map((archived) => ({
      ...archived,
      ...stampTime('archivedAt', archived.stamp),
    })),
    ...(set.includesControlFile && { controlFile: set.controlFileKind ?? ('current' as const) }),
    includesSpfile,
    ...(sections && {
      sections: sections.map(({ piece, blocks: [firstBlock, lastBlock] }) => ({
        piece,
        firstBlock,
        lastBlock,
      })),
    }),
    pieces: set.pieces.map(({ handle, piece, tag }) => ({
      ...nameFile(handle, host),
      piece,
      ...(tag !== undefined && { tag }),
    })),
    ...loggedTime('startedAt', set.startedAt),
    ...loggedTime('finishedAt', set.pieces.at(-1)?.finishedAt),
  };
}

/** LIST BACKUP behind the backup shows the set by the same pieces. */
function listedKey({ facts }: ParsedRmanLog, { pieces }: BackupSet, announced: number): number | undefined {
  const handles = new Set(pieces.map(({ handle }) => handle));
  return facts.listed?.backupSets.find(
    (listed) =>
      listed.line > announced &&
      listed.pieces.some(({ handle }) => handle !== undefined && handles.has(handle)),
  )?.key;
}

interface LoggedCopy {
  readonly output: string;
  readonly tag?: string;
  readonly recid: number;
  readonly stamp: number;
}

const mapCopy = ({ output, tag, recid, stamp }: LoggedCopy, source: Source, host: LogHost) => ({
  ...nameFile(output, host),
  source,
  ...(tag !== undefined && { tag }),
  recid,
  stamp,
  ...stampTime('createdAt', stamp),
});

function* imageCopiesOf(of: LineLog): Generator<Entry> {
  const { map, facts } = of.log;
  for (const [index, copy] of map.imageCopies.entries()) {
    const source = sourceAt(of, facts.sources.imageCopies[index] ?? 0);
    const datafile = { file: copy.file, name: copy.name };
    const item = { ...mapCopy(copy, source, of.host), datafile, level: 0 as const, recoveries: [] };
    yield { kind: 'imageCopies', dbid: dbidAt(of, source), item };
  }
}

function* otherCopiesOf(of: LineLog): Generator<Entry> {
  const { archivedLogCopies, controlFileCopies } = of.log.facts;
  for (const copy of archivedLogCopies) {
    const { thread, sequence } = copy;
    const source = sourceAt(of, copy.line);
    const item = { ...mapCopy(copy, source, of.host), thread, sequence };
    yield { kind: 'archivedLogCopies', dbid: dbidAt(of, source), item };
  }
  for (const copy of controlFileCopies) {
    const source = sourceAt(of, copy.line);
    const item = { ...mapCopy(copy, source, of.host), ...(copy.isStandby && { isStandby: true as const }) };
    yield { kind: 'controlFileCopies', dbid: dbidAt(of, source), item };
  }
}

function* autobackupsOf(of: LineLog): Generator<Entry> {
  const { map, facts } = of.log;
  for (const [index, { handle }] of map.autobackups.entries()) {
    const source = sourceAt(of, facts.sources.autobackups[index] ?? 0);
    const name = readFileName(handle);
    const item = {
      ...nameFile(handle, of.host),
      source,
      ...(name?.kind === 'autobackup' && { day: name.day, dayNumber: name.number }),
    };
    yield { kind: 'autobackups', dbid: dbidAt(of, source), item };
  }
}

export function sourceAt(of: LineLog, line: number, completedLine = line): Source {
  const { uploadId, seq, logNumber, log } = of;
  const isAround = ({ firstLine, lastLine = log.facts.lines }: { firstLine: number; lastLine?: number }) =>
    firstLine <= line && line <= lastLine;
  const run = log.facts.runs.findIndex(isAround);
  // Commands stand inside each other: the innermost is the last that began.
  const command = log.facts.commands.findLastIndex(isAround);
  return {
    uploadId,
    seq,
    logNumber,
    line,
    ...(run >= 0 && { run }),
    ...(command >= 0 && { command }),
    completedLine,
  };
}

/** Of the run in which it stands. A log in which no run has a DBID says nothing of whose files they are. */
export const dbidAt = ({ log }: LineLog, { run }: Source): string =>
  (run === undefined ? undefined : log.facts.runs[run]?.dbid) ?? unknownDatabase;

const stampTime = <Name extends string>(name: Name, stamp: number): { readonly [N in Name]?: string } => {
  const time = decodeStamp(stamp);
  return (time === undefined ? {} : { [name]: time }) as { readonly [N in Name]?: string };
};

const loggedTime = <Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [N in Name]?: LoggedTime } =>
  (text === undefined ? {} : { [name]: readLoggedTime(text) }) as { readonly [N in Name]?: LoggedTime };
