import { type Entry, type EntryKind, entriesOfDatabase, filesOf } from './draft.ts';
import {
  type DatabaseFiles,
  type Elsewhere,
  type FileMap,
  type InferredFile,
  type MappedArchivedLog,
  type MappedArchivedLogCopy,
  type MappedCopy,
  type MappedSet,
  type Presence,
  unknownDatabase,
} from './file-map.ts';
import { allEntries } from './file-map-json.ts';
import type { LoggedTime, Source } from './source.ts';

const kindNames = {
  backupSets: 'backup-piece',
  imageCopies: 'image-copy',
  archivedLogCopies: 'archived-log-copy',
  controlFileCopies: 'control-file-copy',
  autobackups: 'autobackup',
} as const satisfies Record<EntryKind, string>;

/** Files of one database, each with what it is: those of its logs in RMAN's order, then the inferred ones. */
export function* filesOfDatabase({ databases, inferred }: FileMap, dbid: string): Generator<FileRow> {
  for (const database of databases) {
    if (database.dbid === dbid) for (const entry of entriesOfDatabase(database)) yield* rowsOf(entry);
  }
  for (const file of inferred)
    if ((file.dbid ?? unknownDatabase) === dbid) yield describeInferred(file, dbid);
}

/** Names of the logs, of all databases, that the snapshot lacks. */
export function* missingFiles(map: FileMap): Generator<FileRow> {
  for (const entry of allEntries(map)) {
    for (const row of rowsOf(entry)) if (row.presence === 'missing') yield row;
  }
}

/** Paths that belong to some database, or seem to. */
export function claimedPaths(map: FileMap): ReadonlySet<string> {
  const paths = new Set(map.inferred.map(({ path }) => path));
  for (const entry of allEntries(map)) {
    for (const { path, presence } of filesOf(entry)) {
      if (path !== undefined && presence !== 'missing') paths.add(path);
    }
  }
  return paths;
}

/** The databases of a point, each with how much there is of it. Files without a database are counted under `unknown`. */
export function describeDatabases({ databases, inferred }: FileMap) {
  const described = databases.map((database) => describeDatabase(database, inferred));
  const isOwned = databases.some(({ dbid }) => dbid === unknownDatabase);
  const unowned = inferred.filter(({ dbid }) => dbid === undefined).length;
  return isOwned || unowned === 0 ? described : [...described, describeDatabase(noDatabase, inferred)];
}

const noDatabase: DatabaseFiles = {
  dbid: unknownDatabase,
  resetlogsIds: [],
  backupSets: [],
  imageCopies: [],
  archivedLogCopies: [],
  controlFileCopies: [],
  autobackups: [],
};

function describeDatabase(database: DatabaseFiles, inferred: readonly InferredFile[]) {
  const { backupSets, imageCopies, archivedLogCopies, controlFileCopies, autobackups, ...facts } = database;
  const files: Record<Presence, number> = { present: 0, missing: 0, changed: 0, damaged: 0, elsewhere: 0 };
  for (const entry of entriesOfDatabase(database)) {
    for (const { presence } of filesOf(entry)) files[presence]++;
  }
  return {
    ...facts,
    backupSets: backupSets.length,
    imageCopies: imageCopies.length,
    archivedLogCopies: archivedLogCopies.length,
    controlFileCopies: controlFileCopies.length,
    autobackups: autobackups.length,
    inferredFiles: inferred.filter(({ dbid }) => (dbid ?? unknownDatabase) === facts.dbid).length,
    files,
  };
}

/** One file and what it is, as lists show it. */
export interface FileRow {
  readonly dbid: string;
  readonly kind: (typeof kindNames)[EntryKind] | 'inferred';
  readonly path?: string | undefined;
  readonly handle?: string;
  readonly presence: Presence;
  readonly elsewhere?: Elsewhere | undefined;
  readonly sizeBytes?: number | undefined;
  readonly tag?: string | undefined;
  readonly set?: ReturnType<typeof describeSet>;
  readonly piece?: number;
  readonly level?: number | undefined;
  readonly incremental?: MappedSet['incremental'];
  readonly startedAt?: LoggedTime | undefined;
  readonly finishedAt?: LoggedTime | undefined;
  readonly createdAt?: string | undefined;
  readonly datafile?: number | undefined;
  readonly thread?: number | undefined;
  readonly sequence?: number | undefined;
  readonly rolledForward?: number;
  readonly inferred?: InferredFile['kind'];
  readonly source?: Pick<Source, 'uploadId' | 'logNumber' | 'line'>;
}

function* rowsOf({ kind, dbid, item }: Entry): Generator<FileRow> {
  const common = { dbid, kind: kindNames[kind], source: item.source };
  if (kind === 'backupSets') {
    const { level, incremental, startedAt, finishedAt } = item;
    const set = { set: describeSet(item), level, incremental, startedAt, finishedAt };
    for (const { content, ...piece } of item.pieces) {
      yield { ...common, ...set, ...piece, sizeBytes: content?.sizeBytes };
    }
    return;
  }
  const { content, handle, path, presence, elsewhere } = item;
  const file = { ...common, handle, path, presence, elsewhere, sizeBytes: content?.sizeBytes };
  if (kind === 'autobackups') yield file;
  else {
    const { tag, createdAt } = item;
    yield { ...file, tag, createdAt, ...(kind !== 'controlFileCopies' && describeCopy(item)) };
  }
}

const describeCopy = (copy: MappedCopy | MappedArchivedLogCopy) =>
  'datafile' in copy
    ? { datafile: copy.datafile.file, level: copy.level, rolledForward: copy.recoveries.length }
    : { thread: copy.thread, sequence: copy.sequence };

const describeSet = (set: MappedSet) => ({
  kind: set.kind,
  pieces: set.pieces.length,
  compressed: set.compressed,
  datafiles: set.datafiles.map(({ file }) => file),
  archivedLogs: rangesOf(set.archivedLogs),
  ...(set.controlFile && { controlFile: set.controlFile }),
  includesSpfile: set.includesSpfile,
});

/** Sequences without a gap, thread by thread. */
function rangesOf(logs: readonly MappedArchivedLog[]) {
  const ranges: { thread: number; firstSequence: number; lastSequence: number }[] = [];
  const sorted = [...logs].sort((one, other) => one.thread - other.thread || one.sequence - other.sequence);
  for (const { thread, sequence } of sorted) {
    const last = ranges.at(-1);
    if (last?.thread === thread && sequence <= last.lastSequence + 1) last.lastSequence = sequence;
    else ranges.push({ thread, firstSequence: sequence, lastSequence: sequence });
  }
  return ranges;
}

function describeInferred(file: InferredFile, dbid: string): FileRow {
  const { path, content, kind: inferred, datafile, thread, sequence, level } = file;
  const { sizeBytes } = content;
  const said = { path, sizeBytes, inferred, datafile, thread, sequence, level };
  return { dbid, kind: 'inferred', presence: 'present', ...said };
}
