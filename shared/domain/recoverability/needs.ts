import { type Entry, entriesOfDatabase, filesOf, logKey } from '../file-map/draft.ts';
import { type FileMap, type MappedFile, unknownDatabase } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { logRecordsOf } from './archived-logs.ts';
import { type BackupWork, Evidence } from './evidence.ts';
import { judgeRun } from './judge-run.ts';
import type { Restored } from './lost.ts';
import { controlFileOf, redoSince } from './needed-redo.ts';
import { isIncremental, neededWorks } from './needed-works.ts';
import { compareRuns, compareWork, stepsOf } from './order.ts';

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
  const chains = datafilesOf(evidence, until, isHere).map((file) =>
    neededWorks(evidence, file, until, isHere),
  );
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

function entriesOfWorks({ database }: Restored, evidence: Evidence, works: ReadonlySet<BackupWork>): Entry[] {
  const items = new Set<Entry['item'] | undefined>();
  for (const work of works) items.add(work.step.isCopy ? evidence.copyOf(work) : evidence.setOf(work));
  return [...entriesOfDatabase(database)].filter(({ item }) => items.has(item));
}

/** Files of an entry that the snapshot lacks; of a duplexed piece none as long as one of its copies is here. */
export function lackedFilesOf(entry: Entry, lacking: ReadonlySet<MappedFile>): MappedFile[] {
  if (entry.kind !== 'backupSets') return filesOf(entry).filter((file) => lacking.has(file));
  const { pieces } = entry.item;
  const here = new Set(
    pieces.flatMap((file) => (file.presence === 'present' && !lacking.has(file) ? [file.piece] : [])),
  );
  return pieces.filter((file) => lacking.has(file) && !here.has(file.piece));
}
