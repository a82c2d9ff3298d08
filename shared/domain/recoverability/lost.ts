import {
  type Entry,
  type EntryKind,
  entriesOfDatabase,
  entryKinds,
  filesOf,
  logKey,
} from '../file-map/draft.ts';
import type { DatabaseFiles, FileMap, MapLog, MappedFile } from '../file-map/file-map.ts';
import { isWholeFile } from '../file-map/finish-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import type { LostOfDatabase } from './judgement-json.ts';

/** What is known from the points before: the file map that a map goes on from, and what that point's judgement remembers. */
export interface Before {
  readonly map: FileMap;
  readonly lost: readonly LostOfDatabase[];
}

/** A database as if every file were there that any point of the line up to this one is known to have had. */
export interface Restored {
  readonly database: DatabaseFiles;
  /** Of its files those that the snapshot itself lacks. */
  readonly lacking: ReadonlySet<MappedFile>;
  /** Of its runs, as far as they are no longer in the point's own map. */
  readonly logs: readonly MapLog[];
}

/** Puts together what a point has of a database with what earlier ones had. */
export function restoreLost(database: DatabaseFiles, before: LostOfDatabase): Restored {
  const lacking = new Set<MappedFile>();
  const earlier = new Map(before.entries.map((entry) => [entryKey(entry), entry]));
  const own = [...entriesOfDatabase(database)].map((entry) => {
    const known = earlier.get(entryKey(entry));
    earlier.delete(entryKey(entry));
    return restoreEntry(entry, known, lacking);
  });
  const gone = [...earlier.values()].map((entry) => restoreEntry(asGone(entry), entry, lacking));
  const runs = new Set((database.history ?? []).map(runKey));
  const history = [...before.history.filter((run) => !runs.has(runKey(run))), ...(database.history ?? [])];
  return { database: { ...database, ...listsOf([...own, ...gone]), history }, lacking, logs: before.logs };
}

/** Everything that the points before are known to have had of a database, newest knowledge first. */
export function knownBefore(dbid: string, before: Before | undefined): LostOfDatabase {
  const remembered = before?.lost.find((each) => each.dbid === dbid);
  const mapped = before?.map.databases.find((each) => each.dbid === dbid);
  const known = new Map<string, Entry>();
  // What is remembered speaks of files that the map no longer knows; what the map has is joined to it.
  for (const entry of remembered?.entries ?? []) known.set(entryKey(entry), entry);
  for (const entry of mapped ? entriesOfDatabase(mapped) : []) {
    const key = entryKey(entry);
    known.set(key, restoreEntry(entry, known.get(key), new Set()));
  }
  const runs = new Map<string, RunRecord>();
  for (const run of [...(remembered?.history ?? []), ...(mapped?.history ?? [])]) runs.set(runKey(run), run);
  const logs = new Map<string, MapLog>();
  for (const log of [...(remembered?.logs ?? []), ...(before?.map.logs ?? [])]) logs.set(logKey(log), log);
  return {
    dbid,
    entries: [...known.values()],
    history: [...runs.values()],
    logs: [...logs.values()],
  };
}

/** Of what is known those entries that something of is needed, with the runs since the oldest. */
export function rememberNeeded(
  { dbid, entries, history, logs }: LostOfDatabase,
  needed: ReadonlySet<string>,
): LostOfDatabase {
  const kept = entries.filter((entry) => needed.has(entryKey(entry)));
  const oldest = Math.min(...kept.map(({ item }) => item.source.seq));
  return {
    dbid,
    entries: kept,
    history: history.filter(({ source }) => source.seq >= oldest),
    logs: logs.filter(({ seq }) => seq >= oldest),
  };
}

/** An entry keeps the lines that it came from as long as it is known. */
export const entryKey = (entry: Entry): string => {
  const { uploadId, logNumber, line } = entry.item.source;
  return `${entry.kind} ${uploadId} ${logNumber} ${line} ${filesOf(entry)[0]?.handle ?? ''}`;
};

const runKey = ({ source }: RunRecord): string =>
  `${source.uploadId} ${source.logNumber} ${source.run ?? ''} ${source.line}`;

const asGone = (entry: Entry): Entry =>
  withFiles(
    entry,
    filesOf(entry).map((file) => (file.presence === 'elsewhere' ? file : { ...file, presence: 'missing' })),
  );

function restoreEntry(entry: Entry, earlier: Entry | undefined, lacking: Set<MappedFile>): Entry {
  const before = earlier === undefined ? [] : filesOf(earlier);
  const files = filesOf(entry).map((file, index) => {
    if (file.presence === 'present' || file.presence === 'elsewhere') return file;
    const content = file.content ?? before[index]?.content;
    if (content === undefined || !isWholeFile(content.sizeBytes)) return file;
    const restored = { ...file, presence: 'present' as const, content };
    lacking.add(restored);
    return restored;
  });
  return withFiles(entry, files);
}

function withFiles(entry: Entry, files: readonly MappedFile[]): Entry {
  // Of all others the entry's one file is the entry itself.
  if (entry.kind !== 'backupSets') return { ...entry, item: files[0] ?? entry.item } as Entry;
  return { ...entry, item: { ...entry.item, pieces: files as typeof entry.item.pieces } };
}

type Lists = Pick<DatabaseFiles, EntryKind>;

function listsOf(entries: readonly Entry[]): Lists {
  const lists = entryKinds.map((kind) => [
    kind,
    entries.filter((entry) => entry.kind === kind).map(({ item }) => item),
  ]);
  return Object.fromEntries(lists) as Lists;
}
