import { type Entry, entriesOfDatabase, filesOf, logKey } from '../file-map/draft.ts';
import { type FileMap, type MappedFile, unknownDatabase } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { logRecordsOf } from './archived-logs.ts';
import { findChain } from './chain.ts';
import { type BackupWork, Evidence } from './evidence.ts';
import { judgeRun } from './judge-run.ts';
import { isSurelyBefore } from './local-time.ts';
import type { Restored } from './lost.ts';
import { compareRuns, compareWork, isOfRun, stepsOf } from './order.ts';

/** What the newest backup of a database needs, whether or not the snapshot has it. */
export interface Needs {
  readonly entries: readonly Entry[];
  /** Incrementals are here, and nobody can name the files of a backup that they go back to. */
  readonly isBaseUnknown: boolean;
}

/**
 * So many backups are looked back. A datafile that was backed up longer ago is read-only, as a rule, and needs no redo; by the logs it
 * would need all of it, and every point since would stay for ever.
 */
const maxRunsBack = 32;

/**
 * What the newest backup of a database may need of earlier points: for each datafile its base and the incrementals behind it, the redo
 * since the oldest of these began, and its control file. Judged as if nothing had been lost, and rather too much than too little: what is
 * named here keeps a point, what is forgotten may be deleted.
 */
export function findNeeds(map: FileMap, restored: Restored): Needs {
  const { database, lacking } = restored;
  const known = new Set(map.logs.map(logKey));
  const logs = [...restored.logs.filter((log) => !known.has(logKey(log))), ...map.logs];
  const evidence = new Evidence({ ...map, logs }, database);
  const isHere = (work: BackupWork) =>
    filesOfWork(evidence, work).some((file) => file.presence === 'present' && !lacking.has(file));
  const isOfUnknown = database.dbid === unknownDatabase && evidence.works.some(isIncremental);
  const until = newestOfUse(evidence);
  if (until === undefined) return { entries: [], isBaseUnknown: isOfUnknown };
  const chains = datafilesOf(evidence, until, isHere).map((file) => chainOf(evidence, file, until, isHere));
  const recent = backupRunsOf(evidence, until).slice(-maxRunsBack);
  const oldest = chains
    .flatMap(({ content }) => content ?? [])
    .filter(({ run }) => recent.includes(run))
    .sort(compareWork)[0];
  return {
    entries: [
      ...entriesOfWorks(restored, evidence, new Set(chains.flatMap(({ works }) => works))),
      ...(oldest === undefined ? [] : redoSince(restored, evidence, oldest)),
      ...controlFileOf(restored, until),
    ],
    isBaseUnknown: isOfUnknown || chains.some(({ isBaseUnknown }) => isBaseUnknown),
  };
}

/** The newest run that backed up datafiles and that may do, with everything that was lost; where none may, the newest. */
function newestOfUse(evidence: Evidence): RunRecord | undefined {
  const records = logRecordsOf(evidence);
  const recent = backupRunsOf(evidence).slice(-maxRunsBack);
  return recent.findLast((run) => judgeRun(evidence, records, run).outcome !== 'no') ?? recent.at(-1);
}

const backupRunsOf = ({ runs }: Evidence, until?: RunRecord): RunRecord[] =>
  runs.filter(
    (run) => stepsOf(run, 'datafiles').length > 0 && (until === undefined || compareRuns(run, until) <= 0),
  );

const isIncremental = ({ step }: BackupWork): boolean => (step.level ?? 0) > 0;

function filesOfWork(evidence: Evidence, work: BackupWork): readonly MappedFile[] {
  const copy = work.step.isCopy ? evidence.copyOf(work) : undefined;
  return copy === undefined ? (evidence.setOf(work)?.pieces ?? []) : [copy];
}

/** Those that the newest proven list has, and those of which the snapshot has something that the list does not speak of. */
function datafilesOf(evidence: Evidence, until: RunRecord, isHere: (work: BackupWork) => boolean): number[] {
  const isUpTo = (run: RunRecord) => compareRuns(run, until) <= 0;
  const proving = evidence.runs.findLast((run) => run.datafiles !== undefined && isUpTo(run));
  const others = evidence.works.filter(
    (work) =>
      isUpTo(work.run) && (proving === undefined || compareRuns(work.run, proving) > 0) && isHere(work),
  );
  return [...new Set([...(proving?.datafiles ?? []), ...others.flatMap(({ step }) => step.files)])];
}

interface NeededWorks {
  readonly works: readonly BackupWork[];
  readonly content?: BackupWork;
  /** Something here goes back to a backup whose files nobody can name. */
  readonly isBaseUnknown: boolean;
}

/** The chain that is proven, and whatever may belong to it: what lies behind its end or, without one, behind the newest base. */
function chainOf(
  evidence: Evidence,
  file: number,
  until: RunRecord,
  isHere: (work: BackupWork) => boolean,
): NeededWorks {
  const all = evidence.worksOf(file).filter((work) => compareRuns(work.run, until) <= 0);
  const usable = all.filter((work) => evidence.isUsable(work));
  const found = findChain(evidence, file, until);
  if (found.outcome === 'chain') {
    const { restored, content } = found.chain;
    const behind = all.filter((work) => compareWork(work, content) > 0);
    const gap = behind.find((work) => !isNamed(evidence, work));
    const isBaseUnknown =
      gap !== undefined && behind.some((work) => compareWork(work, gap) > 0 && isHere(work));
    const open = usable.filter((work) => compareWork(work, content) > 0);
    return { works: [...restored, ...open], isBaseUnknown, content };
  }
  const bases = all.filter((work) => !isIncremental(work));
  const base = usable.findLast((work) => !isIncremental(work));
  const works = usable.filter((work) => base === undefined || compareWork(work, base) >= 0);
  const content = works.at(-1);
  const isNameless =
    bases.length === 0
      ? !isAddedSince(evidence, file, all[0])
      : bases.some((work) => !isNamed(evidence, work));
  const isBaseUnknown = base === undefined && isNameless && all.some(isHere);
  return { works, isBaseUnknown, ...(content && { content }) };
}

/** A run from before its first backup proves that there was no such datafile: what RMAN calls a level 1 then has every block. */
const isAddedSince = ({ runs }: Evidence, file: number, first: BackupWork | undefined): boolean =>
  first !== undefined &&
  runs.some(
    ({ datafiles, ...run }) =>
      datafiles !== undefined && !datafiles.includes(file) && compareRuns(run, first.run) < 0,
  );

/** The map still has its entry, or it is remembered. Of others only the run is known. */
const isNamed = (evidence: Evidence, work: BackupWork): boolean =>
  (work.step.isCopy ? evidence.copyOf(work) : evidence.setOf(work)) !== undefined;

function entriesOfWorks({ database }: Restored, evidence: Evidence, works: ReadonlySet<BackupWork>): Entry[] {
  const items = new Set<Entry['item'] | undefined>();
  for (const work of works) items.add(work.step.isCopy ? evidence.copyOf(work) : evidence.setOf(work));
  return [...entriesOfDatabase(database)].filter(({ item }) => items.has(item));
}

/** Archived logs of the run that made a backup and of those after it, and what was archived while it ran; of each log one is enough. */
function redoSince({ database, lacking }: Restored, evidence: Evidence, { run }: BackupWork): Entry[] {
  const began = stepsOf(run, 'datafiles')
    .flatMap(({ startedAt }) => startedAt?.local ?? [])
    .sort()[0];
  const here = new Set<string>();
  const entries = [...entriesOfDatabase(database)].filter((entry) => logsOf(entry).length > 0);
  for (const entry of entries) {
    if (!filesOf(entry).every((file) => file.presence === 'present' && !lacking.has(file))) continue;
    for (const log of logsOf(entry)) here.add(recordKey(log));
  }
  return entries.filter((entry) => {
    const own = evidence.runs.find((each) => isOfRun(entry.item.source, each));
    // The logs of one point may have come in any order.
    const isLater = own === undefined || own.source.seq >= run.source.seq;
    return logsOf(entry).some((log) => {
      const isDuring =
        began !== undefined && log.archivedAt !== undefined && !isSurelyBefore(log.archivedAt, began);
      return (isLater || isDuring) && !here.has(recordKey(log));
    });
  });
}

interface Log {
  readonly recid: number;
  readonly stamp: number;
  readonly thread: number;
  readonly sequence: number;
  readonly archivedAt?: string | undefined;
}

function logsOf({ kind, item }: Entry): readonly Log[] {
  if (kind === 'backupSets') return item.archivedLogs;
  if (kind !== 'archivedLogCopies') return [];
  const { thread, sequence, recid, stamp, createdAt: archivedAt } = item;
  return [{ thread, sequence, recid, stamp, archivedAt }];
}

const recordKey = ({ thread, sequence, recid, stamp }: Log): string =>
  `${thread} ${sequence} ${recid} ${stamp}`;

/** The newest of the run, unless one of them is here. */
function controlFileOf({ database, lacking }: Restored, run: RunRecord): Entry[] {
  const ofRun = [...entriesOfDatabase(database)].filter(
    (entry) => hasControlFile(entry) && isOfRun(entry.item.source, run),
  );
  const isHere = (entry: Entry) =>
    filesOf(entry).every((file) => file.presence === 'present' && !lacking.has(file));
  return ofRun.some(isHere) ? [] : ofRun.slice(-1);
}

const hasControlFile = ({ kind, item }: Entry): boolean =>
  kind === 'autobackups' ||
  kind === 'controlFileCopies' ||
  (kind === 'backupSets' && item.controlFile === 'current');

/** Files of an entry that the snapshot lacks; of a duplexed piece none as long as one of its copies is here. */
export function lackedFilesOf(entry: Entry, lacking: ReadonlySet<MappedFile>): MappedFile[] {
  if (entry.kind !== 'backupSets') return filesOf(entry).filter((file) => lacking.has(file));
  const { pieces } = entry.item;
  const here = new Set(
    pieces.flatMap((file) => (file.presence === 'present' && !lacking.has(file) ? [file.piece] : [])),
  );
  return pieces.filter((file) => lacking.has(file) && !here.has(file.piece));
}
