import {
  type DatabaseFiles,
  type FileMap,
  isWhole,
  type MapLog,
  type MappedCopy,
  type MappedSet,
  unknownDatabase,
} from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { isSameIncarnation } from './incarnation.ts';
import { compareRuns, compareWork, isOfRun, oncePerPair, type StepOf, stepsOf, type Work } from './order.ts';

/** Datafiles that a command backed up, and where that stands. */
export interface BackupWork extends Work {
  readonly step: StepOf<'datafiles'>;
}

/** What a map says of one database, in the form in which it is judged. */
export class Evidence {
  readonly map: FileMap;
  readonly database: DatabaseFiles;
  readonly runs: readonly RunRecord[];
  /** Every backup of datafiles that a log shows, in order, whether or not its files are there. */
  readonly works: readonly BackupWork[];
  /** Where copies were rolled forward, in order. */
  readonly rollForwards: readonly Work[];
  readonly #failed: readonly (Work & { readonly text: string })[];
  readonly #sets: ReadonlyMap<string, MappedSet>;
  readonly #copies: ReadonlyMap<string, MappedCopy>;
  readonly #unreadable: FileMap['logs'];
  readonly #uncertain: readonly (Work & { readonly isEnd: true | undefined })[];
  /** Datafiles in which the last validation found corrupt blocks. */
  readonly corrupt: ReadonlySet<number>;
  readonly #worksByFile = new Map<number, BackupWork[]>();
  readonly #usable = new Map<BackupWork, boolean>();
  readonly #ordered = new Map<RunRecord, Map<number, boolean>>();

  constructor(map: FileMap, database: DatabaseFiles) {
    this.map = map;
    this.database = database;
    this.runs = [...(database.history ?? [])].sort(compareRuns);
    this.works = this.runs.flatMap((run) =>
      stepsOf(run, 'datafiles').map((step) => ({ run, step, line: step.line, endLine: step.endLine })),
    );
    this.rollForwards = this.runs.flatMap((run) =>
      stepsOf(run, 'roll-forward').map(({ line }) => ({ run, line, endLine: line })),
    );
    this.#failed = this.runs.flatMap((run) =>
      stepsOf(run, 'piece-failed').map(({ line, text }) => ({ run, line, endLine: line, text })),
    );
    this.corrupt = corruptAtLast(this.runs);
    this.#unreadable = map.logs.filter((log) => isUnknown(log, map));
    this.#uncertain = this.runs.flatMap((run) =>
      stepsOf(run, 'uncertain').map(({ line, isEnd }) => ({ run, line, endLine: line, isEnd })),
    );
    for (const work of this.works) {
      for (const file of work.step.files) {
        const known = this.#worksByFile.get(file);
        if (known === undefined) this.#worksByFile.set(file, [work]);
        else known.push(work);
      }
    }
    this.#sets = new Map(database.backupSets.map((set) => [placeOf(set.source), set]));
    this.#copies = new Map(database.imageCopies.map((copy) => [placeOf(copy.source), copy]));
  }

  /** Those of one datafile. */
  worksOf(file: number): readonly BackupWork[] {
    return this.#worksByFile.get(file) ?? [];
  }

  /** Whether it is certain of every backup of a datafile that it was made before a run, or after. */
  isAmongOrdered(file: number, run: RunRecord): boolean {
    const known = this.#ordered.get(run) ?? new Map<number, boolean>();
    this.#ordered.set(run, known);
    const isOrdered =
      known.get(file) ?? this.worksOf(file).every((work) => this.isOrderCertain(work.run, run));
    known.set(file, isOrdered);
    return isOrdered;
  }

  /** Whether some report says that a datafile was written to without redo after a backup of it. */
  isUnloggedSince(file: number, content: BackupWork): boolean {
    return this.runs.some((run) =>
      stepsOf(run, 'unlogged').some(
        ({ files, line }) => files.includes(file) && compareWork({ run, line, endLine: line }, content) > 0,
      ),
    );
  }

  /** The set or copy that a step made, if the map still has it. */
  setOf({ run, step }: BackupWork): MappedSet | undefined {
    const set = this.#sets.get(placeOf({ ...run.source, line: step.line }));
    return set !== undefined && isOfRun(set.source, run) ? set : undefined;
  }

  copyOf({ run, step }: BackupWork): MappedCopy | undefined {
    const copy = this.#copies.get(placeOf({ ...run.source, line: step.line }));
    return copy !== undefined && isOfRun(copy.source, run) ? copy : undefined;
  }

  /** Whether all that a step made is in the snapshot as the logs speak of it. */
  isUsable(work: BackupWork): boolean {
    const isUsable = this.#usable.get(work) ?? this.#isUsable(work);
    this.#usable.set(work, isUsable);
    return isUsable;
  }

  /** All of it is there, and RMAN has tried to read it since, and could not. */
  isUnreadable(work: BackupWork): boolean {
    return !work.step.isCopy && this.hasFailed(work.step.pieces ?? [], work) && this.#isThere(work);
  }

  /** Whether some run behind a line could not read one of these pieces. */
  hasFailed(handles: readonly string[], since: Work): boolean {
    return this.#failed.some(
      ({ text, ...at }) => compareWork(at, since) > 0 && handles.some((handle) => isNamed(handle, text)),
    );
  }

  #isUsable(work: BackupWork): boolean {
    return !work.step.isApart && this.#isThere(work) && !this.isUnreadable(work);
  }

  #isThere(work: BackupWork): boolean {
    if (work.step.isCopy) return this.copyOf(work)?.presence === 'present';
    const set = this.setOf(work);
    return set !== undefined && isWhole(set);
  }

  /** Its files are not on this mount, and may well be where the log says. */
  isElsewhere(work: BackupWork): boolean {
    const files = work.step.isCopy ? [this.copyOf(work)] : (this.setOf(work)?.pieces ?? []);
    return files.some((file) => file?.presence === 'elsewhere');
  }

  /** A log between two runs that could not be read may hold anything. */
  hasUnreadableBetween(one: RunRecord, other: RunRecord): boolean {
    return this.#unreadable.some(({ seq, logNumber }) => {
      const place = { source: { ...one.source, seq, logNumber } } as RunRecord;
      return compareRuns(one, place) < 0 && compareRuns(place, other) < 0;
    });
  }

  /** Lines are missing between two backups of a datafile, which another one may have had. A run backs it up once: behind that nothing is. */
  hasUncertainBetween(file: number, one: Work, other: Work): boolean {
    return this.#uncertain.some(({ isEnd, ...at }) => {
      if (compareWork(one, at) >= 0 || compareWork(at, other) >= 0) return false;
      return !isEnd || !this.worksOf(file).some(({ run }) => run === at.run);
    });
  }

  /**
   * Whether the order in which two runs stand is the order in which they worked: logs may come late, and two of one point in any order.
   * The archived logs that the runs saw tell, or else that the logs came with different points and in time.
   */
  readonly isOrderCertain = oncePerPair((one, other) => this.#isOrderCertain(one, other));

  /** Whether no OPEN RESETLOGS can lie between two runs, as the logs that they switched show. */
  readonly isSameIncarnation = oncePerPair((one, other) => isSameIncarnation(this.runs, one, other));

  #isOrderCertain(one: RunRecord, other: RunRecord): boolean {
    const [first, second] = compareRuns(one, other) <= 0 ? [one, other] : [other, one];
    if (
      first.source.uploadId === second.source.uploadId &&
      first.source.logNumber === second.source.logNumber
    ) {
      return true;
    }
    const before = stampsOf(first);
    const after = stampsOf(second);
    if (before.length > 0 && after.length > 0) return Math.max(...before) <= Math.min(...after);
    return first.source.seq < second.source.seq && !this.#isLate(first) && !this.#isLate(second);
  }

  #isLate({ source: { uploadId, logNumber } }: RunRecord): boolean {
    const log = this.map.logs.find((each) => each.uploadId === uploadId && each.logNumber === logNumber);
    return log?.isLate ?? true;
  }

  /** Whether the files of the snapshot may hold backups of which the logs say nothing. */
  get hasUnnamedBackups(): boolean {
    const { dbid } = this.database;
    const isOwn = (other: string | undefined) => other === undefined || other === dbid;
    return (
      this.map.additional.files > 0 ||
      this.map.inferred.some((file) => isOwn(file.dbid) && ['piece', 'imagecopy'].includes(file.kind)) ||
      this.hasUncertainLogs
    );
  }

  get hasUncertainLogs(): boolean {
    return (
      this.#unreadable.length > 0 ||
      this.#uncertain.some(({ isEnd, run }) => !isEnd || stepsOf(run, 'datafiles').length === 0) ||
      this.map.doubts.some(({ code }) => ['CONTENT_UNKNOWN', 'LOG_UNREADABLE', 'TOO_MANY'].includes(code))
    );
  }
}

/** It could not be read, or was cut off before it said which database it is of. */
const isUnknown = ({ status, uploadId, logNumber }: MapLog, { databases }: FileMap): boolean =>
  status === 'unreadable' ||
  (status === 'truncated' &&
    !databases.some(
      ({ dbid, history = [] }) =>
        dbid !== unknownDatabase &&
        history.some(({ source }) => source.uploadId === uploadId && source.logNumber === logNumber),
    ));

function corruptAtLast(runs: readonly RunRecord[]): ReadonlySet<number> {
  const corrupt = new Set<number>();
  for (const { failed, passed } of runs.flatMap((run) => stepsOf(run, 'validation'))) {
    for (const file of passed) corrupt.delete(file);
    for (const file of failed) corrupt.add(file);
  }
  return corrupt;
}

/** Names go on in letters that names are of: one may begin another. */
function isNamed(handle: string, text: string): boolean {
  const at = text.indexOf(handle);
  return at >= 0 && !/[\w./\\-]/.test(text.charAt(at + handle.length));
}

const stampsOf = (run: RunRecord): number[] =>
  stepsOf(run, 'log-switch').flatMap(({ ended }) => ended.map(({ stamp }) => stamp));

const placeOf = ({ uploadId, logNumber, line }: { uploadId: string; logNumber: number; line: number }) =>
  `${uploadId} ${logNumber} ${line}`;

/** One present file of each piece number: duplexed copies are the same. */
export function pathsOf({ pieces }: MappedSet): string[] {
  const byPiece = new Map<number, string>();
  for (const { piece, presence, path } of pieces) {
    if (presence === 'present' && path !== undefined && !byPiece.has(piece)) byPiece.set(piece, path);
  }
  return [...byPiece.values()];
}
