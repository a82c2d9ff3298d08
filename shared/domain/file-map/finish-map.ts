import { readFileName } from '../rman/file-names.ts';
import {
  type DatabaseFacts,
  type Draft,
  type DraftEntry,
  type DraftFile,
  type Entry,
  type EntryKind,
  filesOf,
  logKey,
} from './draft.ts';
import {
  type DatabaseFiles,
  type FileMap,
  isWhole,
  type MapDoubt,
  type MapLog,
  type MappedFile,
  unknownDatabase,
} from './file-map.ts';
import type { RunRecord, RunStep } from './run-record.ts';
import type { SnapshotScan } from './snapshot-scan.ts';
import { compareSources } from './source.ts';

/** Which point a map is of. */
export type MapIdentity = Pick<
  FileMap,
  'mountId' | 'recoveryPointId' | 'number' | 'seq' | 'takenAt' | 'manifestSha256' | 'parent'
>;

/** RMAN and the database write whole blocks, of which none is smaller: another size has lost its end. */
const smallestBlock = 512;
/** Entries on tape, in ASM or on other mounts never leave by a snapshot: the oldest make room. */
const maxElsewhere = 10_000;
const maxDoubts = 2_000;

/** Holds a draft against the files that the snapshot has. */
export function finishMap(draft: Draft, scan: SnapshotScan, identity: MapIdentity): FileMap {
  const doubts = [...draft.doubts];
  const resolved = draft.entries.flatMap((entry) => resolveEntry(entry, scan, doubts) ?? []);
  scan.end();
  const entries = dropOldElsewhere(resolved, doubts).sort((one, other) =>
    compareSources(one.item.source, other.item.source),
  );
  if (scan.uninferred > 0) {
    const text = `${scan.uninferred} more files have names that say what they are; they count as additional`;
    doubts.push({ code: 'TOO_MANY', text });
  }
  return {
    version: 1,
    ...identity,
    logs: logsOf(draft, entries, identity),
    databases: databasesOf(draft, entries, scan),
    inferred: scan.inferred,
    additional: { ...scan.additional },
    doubts: shorten(doubts),
  };
}

/** The entry as it stands in this snapshot; undefined when it is no more. */
function resolveEntry(draft: DraftEntry, scan: SnapshotScan, doubts: MapDoubt[]): Entry | undefined {
  const { entry, files, isNew } = draft;
  if (files.length > 0 && files.every(({ isGone }) => isGone)) return undefined;
  const mapped = files.map((file) => resolveFile(file, scan));
  const isAnywhere = mapped.some(({ presence }) => presence !== 'missing');
  const isDeleted = files.every(({ deletedBy, isGone }) => deletedBy !== undefined || isGone);
  // What an earlier log named and this snapshot does not have is gone; what this point's logs name is missing.
  if (!isAnywhere && (!isNew || isDeleted)) return undefined;
  for (const [index, file] of files.entries()) noteFile(file, mapped[index], doubts);
  const whole = withFiles(entry, mapped, draft);
  if (
    whole.kind === 'backupSets' &&
    isAnywhere &&
    isMissingPieces(whole.item.pieces) &&
    !isWhole(whole.item)
  ) {
    const { source } = whole.item;
    doubts.push({ code: 'SET_INCOMPLETE', text: 'pieces of a backup set are not in the snapshot', source });
  }
  return whole;
}

const isMissingPieces = (pieces: readonly MappedFile[]) =>
  pieces.some(({ presence }) => presence === 'missing');

function resolveFile({ named, foldsCase, content, isGone }: DraftFile, scan: SnapshotScan): MappedFile {
  if (named.path === undefined) return named;
  const { content: _, ...rest } = named;
  const found = isGone ? undefined : scan.claim(named.path, foldsCase);
  if (found === undefined) return { ...rest, presence: 'missing', ...(content && !isGone && { content }) };
  const { path } = found;
  const first = content ?? found.content;
  const isChanged = first.digest !== found.content.digest || first.sizeBytes !== found.content.sizeBytes;
  const presence = isChanged ? 'changed' : isWholeFile(first.sizeBytes) ? 'present' : 'damaged';
  return { ...rest, path, presence, content: first };
}

export const isWholeFile = (sizeBytes: number): boolean => sizeBytes > 0 && sizeBytes % smallestBlock === 0;

function noteFile({ deletedBy }: DraftFile, mapped: MappedFile | undefined, doubts: MapDoubt[]): void {
  const { path, presence, content } = mapped ?? {};
  if (path === undefined || presence === 'missing') return;
  if (deletedBy !== undefined) {
    const text = `the log says that ${path} was deleted; the snapshot has it`;
    doubts.push({ code: 'DELETED_BUT_PRESENT', text, path, source: deletedBy });
  }
  if (presence === 'changed') {
    const text = `${path} has another content than when its log named it, and no log says why`;
    doubts.push({ code: 'CONTENT_CHANGED', text, path });
  }
  if (presence === 'damaged') {
    const text = `${path} has ${content?.sizeBytes ?? 0} bytes, which is not a whole number of blocks: it is cut off`;
    doubts.push({ code: 'FILE_DAMAGED', text, path });
  }
}

function withFiles(entry: Entry, files: readonly MappedFile[], { recoveries }: DraftEntry): Entry {
  const [file] = files;
  if (entry.kind === 'backupSets') {
    const pieces = entry.item.pieces.map(({ piece, tag }, index) => {
      const mapped = files[index];
      return {
        ...(mapped ?? { handle: '', presence: 'missing' as const }),
        piece,
        ...(tag !== undefined && { tag }),
      };
    });
    return { ...entry, item: { ...entry.item, pieces } };
  }
  const { content: _, ...item } = entry.item;
  const isCopy = entry.kind === 'imageCopies' && recoveries.length > 0;
  const history = isCopy && { recoveries: [...entry.item.recoveries, ...recoveries] };
  return { ...entry, item: { ...item, ...file, ...history } } as Entry;
}

/** The oldest that are nowhere on this mount make room for newer ones. */
function dropOldElsewhere(entries: readonly Entry[], doubts: MapDoubt[]): Entry[] {
  const isElsewhere = (entry: Entry) => filesOf(entry).every(({ presence }) => presence === 'elsewhere');
  const surplus = entries.filter(isElsewhere).length - maxElsewhere;
  if (surplus <= 0) return [...entries];
  doubts.push({ code: 'TOO_MANY', text: `${surplus} of the oldest backups that lie elsewhere are left out` });
  let left = surplus;
  return entries.filter((entry) => !(isElsewhere(entry) && left-- > 0));
}

function logsOf(draft: Draft, entries: readonly Entry[], { recoveryPointId }: MapIdentity) {
  const named = new Set<string>();
  for (const { kind, item } of entries) {
    named.add(logKey(item.source));
    if (kind === 'imageCopies') for (const { source } of item.recoveries) named.add(logKey(source));
  }
  const oldest = entries.reduce(
    (least, { item }) => Math.min(least, item.source.seq),
    Number.POSITIVE_INFINITY,
  );
  // What it said between two backups stays unknown as long as these are there.
  const isGap = ({ status, seq }: MapLog) => ['unreadable', 'truncated'].includes(status) && seq >= oldest;
  return draft.logs.filter((log) => log.uploadId === recoveryPointId || named.has(logKey(log)) || isGap(log));
}

function databasesOf(draft: Draft, entries: readonly Entry[], scan: SnapshotScan): DatabaseFiles[] {
  const facts = new Map<string, DatabaseFacts>();
  const own = new Set(draft.freshDatabases);
  const ofEntries = new Set(entries.map(({ dbid }) => dbid));
  for (const [dbid, known] of draft.databases) {
    if (own.has(dbid) || ofEntries.has(dbid)) facts.set(dbid, known);
  }
  for (const dbid of ofEntries) if (!facts.has(dbid)) facts.set(dbid, { dbid, resetlogsIds: [] });
  for (const { dbid, path } of scan.inferred) {
    if (dbid !== undefined && !facts.has(dbid)) {
      facts.set(dbid, { dbid, resetlogsIds: [], dbidFrom: `name of ${path}` });
    }
  }
  return [...facts.values()]
    .map((known) => databaseOf(known, entries, scan))
    .sort((one, other) => compareDbids(one.dbid, other.dbid));
}

function databaseOf(facts: DatabaseFacts, entries: readonly Entry[], scan: SnapshotScan): DatabaseFiles {
  const { dbid } = facts;
  const own = entries.filter((entry) => entry.dbid === dbid);
  const itemsOf = <Kind extends EntryKind>(kind: Kind) =>
    own.flatMap((entry) => (entry.kind === kind ? [entry.item as ItemOf<Kind>] : []));
  const archivedLogCopies = itemsOf('archivedLogCopies');
  const names = archivedLogCopies.map(({ handle }) => readFileName(handle));
  const resetlogsIds = [...names, ...scan.inferred.filter((file) => file.dbid === dbid)].flatMap((named) =>
    named?.kind === 'archivedlog' && named.resetlogsId !== undefined ? [named.resetlogsId] : [],
  );
  const hasUnnamed = scan.additional.files > 0 || scan.inferred.length > 0;
  const history = historySince(facts, own, hasUnnamed);
  return {
    ...facts,
    ...(history && { history }),
    resetlogsIds: [...new Set(resetlogsIds)].sort(),
    backupSets: itemsOf('backupSets'),
    imageCopies: itemsOf('imageCopies'),
    archivedLogCopies,
    controlFileCopies: itemsOf('controlFileCopies'),
    autobackups: itemsOf('autobackups'),
  };
}

/**
 * Runs of points before everything that is still there explain nothing. Those of the same point stay: its logs may have come in another
 * order than that in which they were made. So does the last one before whose log was cut off, as long as there are files of which no
 * log says anything: it may have made them.
 */
function historySince({ history }: DatabaseFacts, entries: readonly Entry[], hasUnnamed: boolean) {
  const [oldest] = entries.map(({ item }) => item.source).sort(compareSources);
  if (history === undefined) return undefined;
  const isOld = (run: RunRecord) =>
    oldest === undefined ? run !== history.at(-1) : run.source.seq < oldest.seq;
  const cut = hasUnnamed ? history.findLast((run) => isOld(run) && mayHaveMadeMore(run)) : undefined;
  const since = history.filter((run) => !isOld(run));
  return cut ? [{ ...cut, steps: cut.steps.filter(isUncertain) }, ...since] : since;
}

const isUncertain = (step: RunStep): boolean => step.kind === 'uncertain';

/** Whether lines are missing from a run; where only its end is, it has made what it was to make. */
const mayHaveMadeMore = ({ steps }: RunRecord): boolean =>
  steps.some((step) => step.kind === 'uncertain' && !step.isEnd) ||
  (steps.some(isUncertain) && steps.every(({ kind }) => kind !== 'datafiles'));

type ItemOf<Kind extends EntryKind> = Extract<Entry, { kind: Kind }>['item'];

const compareDbids = (one: string, other: string): number => {
  if (one === unknownDatabase || other === unknownDatabase) return Number(one === unknownDatabase) - 1;
  return one.length - other.length || (one < other ? -1 : Number(one > other));
};

function shorten(doubts: readonly MapDoubt[]): MapDoubt[] {
  if (doubts.length <= maxDoubts) return [...doubts];
  const text = `${doubts.length - maxDoubts} more doubts are left out`;
  return [...doubts.slice(0, maxDoubts), { code: 'TOO_MANY', text }];
}
