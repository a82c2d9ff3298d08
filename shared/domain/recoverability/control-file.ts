import { isWhole } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { type Evidence, pathsOf } from './evidence.ts';
import { compareRuns, isOfRun } from './order.ts';

export type ControlFileOutcome =
  | { readonly outcome: 'found'; readonly files: readonly string[] }
  | { readonly outcome: 'other-run' | 'unreadable' | 'elsewhere' | 'standby' | 'uncertain' | 'missing' };

interface ControlFile {
  readonly run: RunRecord | undefined;
  readonly line: number;
  readonly isPresent: boolean;
  readonly isElsewhere: boolean;
  /** RMAN has tried to read it since, and could not. */
  readonly isUnreadable: boolean;
  readonly files: readonly string[];
}

/**
 * The control file says which datafiles there are: one from before knows nothing of a datafile that was added, one from after nothing
 * of one that was dropped, and one from after OPEN RESETLOGS belongs to another incarnation. It has to be of the run itself.
 */
export function findControlFile(evidence: Evidence, run: RunRecord): ControlFileOutcome {
  const all = controlFilesOf(evidence);
  const present = all.filter(({ isPresent, isUnreadable }) => isPresent && !isUnreadable);
  const first = evidence.works.find((work) => work.run === run)?.line ?? 0;
  const fits = present.filter((file) => file.run === run && file.line >= first);
  const found = fits.at(-1);
  if (found !== undefined) return { outcome: 'found', files: found.files };
  if (present.length > 0) return { outcome: 'other-run' };
  if (all.some(({ isPresent }) => isPresent)) return { outcome: 'unreadable' };
  if (all.some(({ isElsewhere }) => isElsewhere)) return { outcome: 'elsewhere' };
  if (hasOneForStandby(evidence)) return { outcome: 'standby' };
  const { dbid } = evidence.database;
  const named = evidence.map.inferred.some(
    (file) => (file.dbid ?? dbid) === dbid && ['controlfile', 'autobackup', 'piece'].includes(file.kind),
  );
  return { outcome: named || evidence.hasUncertainLogs ? 'uncertain' : 'missing' };
}

/** Whether a control file is there of a later run that may have come after the end of a datafile: with it the datafile is not needed. */
export const mayBeDropped = (evidence: Evidence, run: RunRecord, datafile: number): boolean =>
  controlFilesOf(evidence).some(
    (file) =>
      file.isPresent &&
      (file.run === undefined ||
        (compareRuns(file.run, run) > 0 && !(file.run.datafiles?.includes(datafile) ?? false))),
  );

/** RMAN may make one for the database of it. */
const hasOneForStandby = ({ database }: Evidence): boolean =>
  database.backupSets.some((set) => set.controlFile === 'standby' && isWhole(set)) ||
  database.controlFileCopies.some(({ isStandby, presence }) => isStandby && presence === 'present');

const known = new WeakMap<Evidence, ControlFile[]>();

/** Of all runs; asked for again and again. */
function controlFilesOf(evidence: Evidence): ControlFile[] {
  const files = known.get(evidence) ?? listControlFiles(evidence);
  known.set(evidence, files);
  return files;
}

function listControlFiles(evidence: Evidence): ControlFile[] {
  const { database, runs } = evidence;
  const sets = database.backupSets
    .filter(({ controlFile }) => controlFile === 'current')
    .map((set) => ({
      source: set.source,
      handles: set.pieces.map(({ handle }) => handle),
      isPresent: isWhole(set),
      isElsewhere: set.pieces.some(({ presence }) => presence === 'elsewhere'),
      files: pathsOf(set),
    }));
  const copies = database.controlFileCopies.filter(({ isStandby }) => !isStandby);
  const single = [...database.autobackups, ...copies].map((file) => ({
    source: file.source,
    handles: [file.handle],
    isPresent: file.presence === 'present',
    isElsewhere: file.presence === 'elsewhere',
    files: file.path === undefined ? [] : [file.path],
  }));
  return [...sets, ...single]
    .map(({ source, handles, ...found }) => {
      const { line, completedLine } = source;
      const run = runs.find((each) => isOfRun(source, each));
      const isUnreadable =
        run !== undefined && evidence.hasFailed(handles, { run, line, endLine: completedLine });
      return { ...found, run, line: completedLine, isUnreadable };
    })
    .sort((one, other) =>
      one.run && other.run ? compareRuns(one.run, other.run) || one.line - other.line : 0,
    );
}
