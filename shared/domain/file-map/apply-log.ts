import type { Deletion } from '../rman/result/map.ts';
import { type Draft, type DraftEntry, type Entry, filesOf, logKey } from './draft.ts';
import type { MappedSet } from './file-map.ts';
import { dbidAt, entriesOf, type LineLog, nameFile, sourceAt } from './log-entries.ts';
import { readLoggedTime } from './logged-time.ts';
import { schemasOf } from './reported-schema.ts';
import { runsOf } from './run-history.ts';
import type { RunRecord } from './run-record.ts';
import { compareSources, type Source } from './source.ts';

/**
 * Brings a draft forward by one log, in the order of its lines: what was made, rolled forward and deleted. A log to which each
 * run appends comes again with every snapshot: what the draft has from the same lines already stays as it is.
 */
export function applyLog(draft: Draft, of: LineLog): void {
  noteDatabases(draft, of);
  const steps = [
    ...creations(draft, of),
    ...recoveries(draft, of),
    ...deletions(draft, of),
    ...switches(draft, of),
  ];
  for (const { run } of steps.sort((one, other) => one.line - other.line)) run();
  noteHistory(draft, of);
  noteSchemas(draft, of);
  noteUncertain(draft, of);
}

interface Step {
  readonly line: number;
  readonly run: () => void;
}

function* creations(draft: Draft, of: LineLog): Generator<Step> {
  const known = new Set(draft.entries.map(({ entry }) => fingerprint(entry)));
  const foldsCase = of.host.platform === 'windows';
  for (const entry of entriesOf(of)) {
    if (known.has(fingerprint(entry))) continue;
    yield { line: entry.item.source.completedLine, run: () => draft.add(entry, foldsCase) };
  }
}

/** What the same lines of the same log give again: names and times included, without what depends on the snapshot. */
const fingerprint = (entry: Entry): string => {
  const { line, completedLine } = entry.item.source;
  const { item } = entry;
  const files = filesOf(entry).map(({ handle }) => handle);
  const said =
    'pieces' in item
      ? [item.kind, item.level, item.tag, item.startedAt, item.finishedAt, item.datafiles, item.archivedLogs]
      : ['stamp' in item && [item.recid, item.stamp, item.tag]];
  return JSON.stringify([entry.kind, entry.dbid, line, completedLine, files, said]);
};

function* recoveries(draft: Draft, of: LineLog): Generator<Step> {
  const { map, facts } = of.log;
  for (const [index, { file, name }] of (map.recoveredCopies ?? []).entries()) {
    const source = sourceAt(of, facts.sources.recoveredCopies[index] ?? facts.lines);
    yield { line: source.line, run: () => recoverCopy(draft, of, { file, name, source }) };
  }
  for (const { file, name, line } of facts.tornCopies ?? []) {
    yield { line, run: () => recoverCopy(draft, of, { file, name, source: sourceAt(of, line) }) };
  }
}

function recoverCopy(
  draft: Draft,
  of: LineLog,
  { file: fileNumber, name, source }: { file: number; name: string; source: Source },
): void {
  const claims = draft.claimsOf(nameFile(name, of.host), of.host.platform === 'windows');
  const copies = claims.filter(({ entry }) => entry.entry.kind === 'imageCopies');
  if (copies.length === 0) {
    draft.doubts.push({
      code: 'CONTENT_UNKNOWN',
      text: `${name} was rolled forward, but no log says when it was made`,
      source,
    });
  }
  const command = source.command === undefined ? undefined : of.log.facts.commands[source.command];
  const at = command?.startedAt === undefined ? undefined : readLoggedTime(command.startedAt);
  for (const { entry, file } of copies) {
    const { item } = entry.entry;
    const earlier = [...('recoveries' in item ? item.recoveries : []), ...entry.recoveries];
    const isRepeated = earlier.some((each) => each.source.line === source.line && each.at?.text === at?.text);
    if (isRepeated && at !== undefined) continue;
    const incremental = newestIncremental(draft, dbidAt(of, source), fileNumber, source);
    entry.recoveries.push({ source, ...(incremental && { incremental }), ...(at && { at }) });
    // Its content is new, and the log says why.
    file.content = undefined;
    file.deletedBy = undefined;
  }
}

/** The newest incremental of a datafile that was complete before. */
function newestIncremental(draft: Draft, dbid: string, file: number, before: Source): Source | undefined {
  const isOf = ({ level, datafiles }: MappedSet) =>
    level !== undefined && level > 0 && datafiles.some((datafile) => datafile.file === file);
  return draft.entries
    .flatMap(({ entry }) => (entry.kind === 'backupSets' && entry.dbid === dbid ? [entry.item] : []))
    .filter((set) => isOf(set) && compareSources(set.source, before) < 0)
    .map(({ source }) => source)
    .sort(compareSources)
    .at(-1);
}

function* deletions(draft: Draft, of: LineLog): Generator<Step> {
  for (const [index, deletion] of of.log.map.deletions.entries()) {
    const source = sourceAt(of, of.log.facts.sources.deletions[index] ?? 0);
    yield { line: source.line, run: () => deleteFile(draft, of, deletion, source) };
  }
}

/** The database writes to what was a copy of a datafile: whatever the snapshot has of it is none. */
function* switches(draft: Draft, of: LineLog): Generator<Step> {
  for (const mark of of.log.facts.marks ?? []) {
    if (mark.kind !== 'switched') continue;
    const run = () => {
      for (const { entry, file } of draft.claimsOf(
        nameFile(mark.copy, of.host),
        of.host.platform === 'windows',
      ))
        if (entry.entry.kind === 'imageCopies') file.isGone = true;
    };
    yield { line: mark.line, run };
  }
}

function deleteFile(draft: Draft, of: LineLog, deletion: Deletion, source: Source): void {
  const name = deletion.type === 'backuppiece' ? deletion.handle : deletion.name;
  const claims = draft.claimsOf(nameFile(name, of.host), of.host.platform === 'windows');
  for (const { entry, file } of claims) {
    if (!isMeant(entry, deletion)) continue;
    const isOwn = logKey(entry.entry.item.source) === logKey(source);
    // What is elsewhere cannot be looked for: there the log is all that is known.
    if (isOwn || file.named.path === undefined) file.isGone = true;
    else file.deletedBy = source;
  }
}

/** RECID and STAMP tell a copy from an earlier one of the same name; the lines that make pieces print none. */
const isMeant = ({ entry: { kind, item } }: DraftEntry, { type, recid, stamp }: Deletion): boolean => {
  if (kind === 'backupSets' || kind === 'autobackups') return type === 'backuppiece';
  return type !== 'backuppiece' && item.recid === recid && item.stamp === stamp;
};

/** Newer logs know a database's names better. */
function noteDatabases(draft: Draft, of: LineLog): void {
  const { map } = of.log;
  for (const { dbid, ...said } of map.databases) {
    draft.freshDatabases.add(dbid);
    const earlier = draft.databases.get(dbid);
    const { dbidFrom: _, ...known } = earlier ?? {};
    // A connect line is better than a name, in whichever log it stands.
    const isConnected = earlier !== undefined && earlier.dbidFrom === undefined;
    const { dbidFrom, ...names } = said;
    draft.databases.set(dbid, {
      resetlogsIds: [],
      ...known,
      dbid,
      ...names,
      platform: of.host.platform,
      ...(dbidFrom !== undefined && !isConnected && { dbidFrom }),
    });
  }
}

/** Runs that an appended log repeats are known, under the log that showed them first. */
function noteHistory(draft: Draft, of: LineLog): void {
  const contentOf = ({ source, ...said }: RunRecord) => JSON.stringify([source.run, source.line, said]);
  for (const { dbid, record } of runsOf(of)) {
    const known = draft.databases.get(dbid);
    if (known === undefined) continue;
    const { history = [] } = known;
    if (history.some((each) => contentOf(each) === contentOf(record))) continue;
    draft.databases.set(dbid, { ...known, history: [...history, record] });
  }
}

/** The newest report counts. */
function noteSchemas(draft: Draft, of: LineLog): void {
  for (const { dbid, schema } of schemasOf(of)) {
    const known = draft.databases.get(dbid);
    if (known !== undefined) draft.databases.set(dbid, { ...known, schema });
  }
}

function noteUncertain(draft: Draft, of: LineLog): void {
  const { unattributedPieces, copiedPieces, doubts } = of.log.facts;
  for (const { handle, line } of [...unattributedPieces, ...copiedPieces]) {
    const { path } = nameFile(handle, of.host);
    draft.doubts.push({
      code: 'CONTENT_UNKNOWN',
      text: `${handle} was written, but no log says which set it belongs to`,
      ...(path !== undefined && { path }),
      source: { uploadId: of.uploadId, logNumber: of.logNumber, line },
    });
  }
  for (const { text, line } of doubts) {
    const { uploadId, logNumber } = of;
    const source = { uploadId, logNumber, ...(line !== undefined && { line }) };
    draft.doubts.push({ code: 'LOG_UNCERTAIN', text, source });
  }
}
