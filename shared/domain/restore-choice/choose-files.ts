import { entriesOfDatabase, filesOf } from '../file-map/draft.ts';
import { type DatabaseFiles, type FileMap, isWhole, type MappedSet } from '../file-map/file-map.ts';
import { allEntries } from '../file-map/file-map-json.ts';
import { type LogRecord, logRecordsOf } from '../recoverability/archived-logs.ts';
import { Evidence, pathsOf } from '../recoverability/evidence.ts';
import { judgeRun, type RunVerdict } from '../recoverability/judge-run.ts';
import { latestLocal, reachOfWindow } from '../recoverability/reach.ts';
import type { LogGap, Reason } from '../recoverability/verdict.ts';
import { candidateRuns } from './candidate-runs.ts';
import { coverLogs, lastNeeded } from './cover-logs.ts';
import { findDatabaseIn, findScope } from './find-scope.ts';
import { missingBackups, missingControlFiles, missingLogs, missingOf } from './missing-files.ts';
import { parameterFiles } from './parameter-files.ts';
import type {
  ChoiceTarget,
  ChosenFile,
  DatabaseScope,
  FileRole,
  MissingFile,
  RestoreChoice,
  ScopeRefusal,
} from './scope.ts';

type Yes = Extract<RunVerdict, { outcome: 'yes' }>;

/**
 * The smallest set of a point's files that restores what is asked for, by the chains and redo that its judgement is made of. Where the
 * logs leave open whether it can be restored, everything of the database; what is not there is named with the reason.
 */
export function chooseFiles(
  map: FileMap,
  wanted: {
    readonly database?: string | undefined;
    readonly scope: DatabaseScope;
    readonly target: ChoiceTarget;
  },
): RestoreChoice | ScopeRefusal {
  const found = findDatabaseIn(map, wanted.database);
  if (found.outcome === 'refused') return found;
  const { database } = found;
  const scope = findScope(database, wanted.scope, wanted.target);
  const choosing = new Choosing(map, database, wanted.target);
  switch (scope.outcome) {
    case 'refused':
      return scope;
    case 'sets':
      return choosing.sets(scope.sets);
    case 'open':
      return openChoice(choosing.datafiles(undefined), scope.why);
    case 'whole':
      return choosing.datafiles(undefined);
    case 'datafiles':
      return choosing.datafiles(scope.numbers, scope.note);
  }
}

/** All of the database has what is meant, if there is such a thing. */
function openChoice(whole: RestoreChoice, why: string): RestoreChoice {
  const outcome = whole.outcome === 'complete' ? 'unknown' : whole.outcome;
  return { ...whole, outcome, text: `${capital(why)}. The whole database is chosen. ${whole.text}` };
}

const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;

/** A choice in one database of one point. */
class Choosing {
  readonly #map: FileMap;
  readonly #database: DatabaseFiles;
  readonly #target: ChoiceTarget;
  readonly #sizes = new Map<string, number>();

  constructor(map: FileMap, database: DatabaseFiles, target: ChoiceTarget) {
    this.#map = map;
    this.#database = database;
    this.#target = target;
    for (const { path, content } of map.inferred) this.#sizes.set(path, content.sizeBytes);
    for (const entry of allEntries(map)) {
      for (const { path, content } of filesOf(entry)) {
        if (path !== undefined && content !== undefined) this.#sizes.set(path, content.sizeBytes);
      }
    }
  }

  /** The files of backup sets, and nothing else. */
  sets(sets: readonly MappedSet[]): RestoreChoice {
    const missing = sets
      .filter((set) => !isWhole(set))
      .flatMap(({ pieces }) => missingOf(pieces, 'the backup set'));
    const files = this.#filesAs('backup-set', sets.flatMap(pathsOf));
    const text =
      missing.length === 0
        ? 'All pieces are there.'
        : 'The backup set lacks pieces: RMAN cannot restore from it.';
    return this.#choice(missing.length === 0 ? 'complete' : 'incomplete', text, files, missing, []);
  }

  /** Datafiles, or all of them, with the redo that brings them to the target. */
  datafiles(numbers: readonly number[] | undefined, note?: string): RestoreChoice {
    const evidence = new Evidence(this.#map, this.#database);
    const records = logRecordsOf(evidence);
    const runs = candidateRuns(evidence, numbers);
    const verdicts = runs.map((run) => ({ run, verdict: judgeRun(evidence, records, run, numbers) }));
    const proven = verdicts.flatMap(({ verdict }) => (verdict.outcome === 'yes' ? [verdict] : []));
    const last = verdicts.at(-1);
    if (last === undefined) return this.#withoutBackup(evidence, numbers);
    const { run, verdict } = last;
    if (verdict.outcome === 'yes') return this.#reach(records, proven, numbers, note);
    const { reasons } = verdict;
    const lacking = numbers ?? reasons.flatMap(({ datafiles = [] }) => datafiles);
    const missing = [
      ...missingBackups(evidence, lacking, run),
      ...missingControlFiles(this.#database, reasons),
      ...this.#missingOfGap(records, verdict.gap),
    ];
    if (proven.length > 0) {
      const choice = this.#reach(records, proven, numbers, note);
      const text = `${choice.text} The newest backup cannot be used, or not for certain; an earlier one is.`;
      const notes = reasons.map((reason) => ({ ...reason, effect: 'note' as const }));
      return {
        ...choice,
        text,
        missing: [...missing, ...choice.missing],
        reasons: [...notes, ...choice.reasons],
      };
    }
    const isOpen = verdicts.some(({ verdict: each }) => each.outcome === 'unknown');
    const text = isOpen
      ? 'Whether this can be restored is not known: everything that may be needed is chosen.'
      : 'This cannot be restored from this recovery point alone.';
    return this.everything(isOpen ? 'unknown' : 'incomplete', text, missing, reasons);
  }

  #withoutBackup(evidence: Evidence, numbers: readonly number[] | undefined): RestoreChoice {
    const what = numbers === undefined ? 'the database' : `datafile ${numbers.join(', ')}`;
    const missing: MissingFile = { what: `a backup of ${what}`, reason: 'in-no-log', neededFor: what };
    const outcome = evidence.hasUnnamedBackups ? 'unknown' : 'incomplete';
    return this.everything(outcome, `No log shows a backup of ${what}.`, [missing], []);
  }

  /** Everything of the database: the logs do not tell what of it is needed. */
  everything(
    outcome: 'incomplete' | 'unknown',
    text: string,
    missing: readonly MissingFile[],
    reasons: readonly Reason[],
  ): RestoreChoice {
    const { dbid } = this.#database;
    const named = [...entriesOfDatabase(this.#database)].flatMap((entry) => filesOf(entry));
    const here = named.flatMap(({ path, presence }) =>
      path !== undefined && presence !== 'missing' && presence !== 'elsewhere' ? [path] : [],
    );
    const inferred = this.#map.inferred
      .filter((file) => (file.dbid ?? dbid) === dbid)
      .map(({ path }) => path);
    const files = this.#filesAs('unknown', [...here, ...inferred]);
    const choice = this.#choice(outcome, text, files, missing, reasons);
    const isWhole = outcome === 'unknown' && this.#map.additional.files > 0;
    return isWhole ? { ...choice, needsWholePoint: true } : choice;
  }

  /** Of what is proven, the newest that reaches the target. */
  #reach(
    records: readonly LogRecord[],
    proven: readonly Yes[],
    numbers: readonly number[] | undefined,
    note: string | undefined,
  ): RestoreChoice {
    const { time, offsetMinutes, scn } = this.#target;
    const said = note === undefined ? '' : ` ${capital(note)}.`;
    if (scn !== undefined) {
      const text = `No log says in which archived log SCN ${scn} lies: every backup that can be restored is chosen, with all redo behind it.${said}`;
      return this.#union('unknown', text, records, proven);
    }
    if (time === undefined) {
      const newest = proven.at(-1);
      return newest === undefined
        ? this.everything('unknown', '', [], [])
        : this.#exact(records, newest, undefined, `These files are enough.${said}`);
    }
    const reaches = proven.map((verdict) => reachOfWindow(verdict.window, time, offsetMinutes));
    const certain = proven[reaches.lastIndexOf('yes')];
    if (certain !== undefined) {
      const local = latestLocal(time, offsetMinutes);
      return this.#exact(records, certain, local, `These files are enough for this time.${said}`);
    }
    const possible = proven.filter((_, index) => reaches[index] === 'unknown');
    if (possible.length > 0) {
      const why =
        offsetMinutes === undefined
          ? "the logs have the time of the database's host, whose offset from UTC is not given"
          : 'the logs leave open whether they reach it';
      return this.#union(
        'unknown',
        `Whether this time can be reached is not certain: ${why}.${said}`,
        records,
        possible,
      );
    }
    const what = numbers !== undefined ? 'these datafiles' : 'the database';
    const missing: MissingFile = {
      what: `a backup of ${what} from before ${time}`,
      reason: 'in-no-log',
      neededFor: time,
    };
    const text = 'The backups of this recovery point are all of a later time; a backup cannot go back.';
    return this.everything('incomplete', text, [missing], []);
  }

  #exact(
    records: readonly LogRecord[],
    verdict: Yes,
    local: string | undefined,
    text: string,
  ): RestoreChoice {
    const { logs, gap } = verdict;
    const last = logs && lastNeeded(logs, local);
    const through = [...(last ?? [])].map(([thread, { sequence }]) => ({ thread, sequence }));
    const files = this.#filesOfVerdict(records, verdict, local);
    const {
      files: parameters,
      missing,
      reasons,
    } = parameterFiles(this.#map, this.#database, verdict.controlFiles);
    // What lies behind a gap is of no use for an earlier time.
    const behind = local === undefined ? this.#missingOfGap(records, gap) : [];
    const ends = behind.length > 0 ? ' Recovery ends before the logs that are missing.' : '';
    const choice = this.#choice(
      'complete',
      `${text}${ends}`,
      [...files, ...parameters],
      [...missing, ...behind],
      reasons,
    );
    return through.length === 0 ? choice : { ...choice, through };
  }

  #union(
    outcome: 'unknown',
    text: string,
    records: readonly LogRecord[],
    verdicts: readonly Yes[],
  ): RestoreChoice {
    const files = verdicts.flatMap((verdict) => this.#filesOfVerdict(records, verdict, undefined));
    const controlFiles = verdicts.flatMap((verdict) => verdict.controlFiles);
    const parameters = parameterFiles(this.#map, this.#database, controlFiles);
    return this.#choice(
      outcome,
      text,
      [...files, ...parameters.files],
      parameters.missing,
      parameters.reasons,
    );
  }

  #filesOfVerdict(records: readonly LogRecord[], verdict: Yes, local: string | undefined): ChosenFile[] {
    const { chains, controlFiles, logs } = verdict;
    const redo =
      logs && coverLogs(logs, lastNeeded(logs, local), records, (path) => this.#sizes.get(path) ?? 0);
    return [
      ...this.#filesAs('control-file', controlFiles),
      ...this.#filesAs(
        'datafile-backup',
        chains.flatMap((chain) => chain.files),
      ),
      ...this.#filesAs('archived-logs', redo ?? []),
    ];
  }

  #missingOfGap(records: readonly LogRecord[], gap: LogGap | undefined): MissingFile[] {
    return gap === undefined ? [] : missingLogs(this.#database, records, gap);
  }

  #filesAs(role: FileRole, paths: readonly string[]): ChosenFile[] {
    return paths.map((path) => {
      const sizeBytes = this.#sizes.get(path);
      return { path, role, ...(sizeBytes !== undefined && { sizeBytes }) };
    });
  }

  #choice(
    outcome: RestoreChoice['outcome'],
    text: string,
    files: readonly ChosenFile[],
    missing: readonly MissingFile[],
    reasons: readonly Reason[],
  ): RestoreChoice {
    const { dbid } = this.#database;
    const byPath = new Map<string, ChosenFile>();
    // A set may hold both the control file and datafiles.
    for (const file of files) if (!byPath.has(file.path)) byPath.set(file.path, file);
    return { outcome, text, dbid, files: [...byPath.values()], missing, reasons };
  }
}
