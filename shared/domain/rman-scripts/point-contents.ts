import { type DatabaseFiles, type FileMap, isWhole, type MappedCopy } from '../file-map/file-map.ts';
import type { Source } from '../file-map/source.ts';
import { findChain } from '../recoverability/chain.ts';
import { findControlFile } from '../recoverability/control-file.ts';
import { type BackupWork, Evidence } from '../recoverability/evidence.ts';
import { isOfRun } from '../recoverability/order.ts';

/** What of a point a script names. Paths are those in the mount. */
export interface PointContents {
  /** A file that holds the control file: of the window's run; without one, the newest. */
  readonly controlFile?: string;
  readonly spfile?: string;
  readonly passwordFile?: string;
  /** Name at the source by file number, ascending. */
  readonly datafiles: ReadonlyMap<number, string>;
  /** The image copy of each datafile that has one to switch to. */
  readonly copies: ReadonlyMap<number, string>;
  /** Datafiles whose judged backup begins with a set, although there may be a copy too. */
  readonly fromSets: readonly number[];
}

/** @param base the run whose window was chosen; absent where nothing was judged */
export function findContents(map: FileMap, database: DatabaseFiles, base: Source | undefined): PointContents {
  const evidence = new Evidence(map, database);
  const run = base && evidence.runs.find((each) => isOfRun(base, each));
  const names = namesOf(database);
  const numbers = run?.datafiles ?? [...names.keys()];
  const newest = newestCopies(database.imageCopies);
  const chained = numbers.map((file) => ({ file, start: run && startOf(evidence, file, run) }));
  const copies = chained.flatMap(({ file, start }): [number, string][] => {
    const path = (start?.step.isCopy ? evidence.copyOf(start)?.path : undefined) ?? newest.get(file);
    return path === undefined ? [] : [[file, path]];
  });
  const control = run && findControlFile(evidence, run);
  const controlFile =
    control?.outcome === 'found' && control.files.length === 1
      ? control.files[0]
      : newestSingle(database, 'controlFile');
  const spfile = newestSingle(database, 'spfile');
  const passwordFile = map.inferred.find(({ kind }) => kind === 'passwordfile')?.path;
  return {
    ...(controlFile !== undefined && { controlFile }),
    ...(spfile !== undefined && { spfile }),
    ...(passwordFile !== undefined && { passwordFile }),
    datafiles: new Map(numbers.toSorted(ascending).map((file) => [file, names.get(file) ?? ''])),
    copies: new Map(copies.toSorted(([one], [other]) => one - other)),
    fromSets: chained.flatMap(({ file, start }) => (start && !start.step.isCopy ? [file] : [])),
  };
}

const ascending = (one: number, other: number): number => one - other;

function startOf(
  evidence: Evidence,
  file: number,
  run: Parameters<typeof findChain>[2],
): BackupWork | undefined {
  const found = findChain(evidence, file, run);
  return found.outcome === 'chain' ? found.chain.restored[0] : undefined;
}

/** Later logs win: a datafile may have been moved. */
function namesOf({ backupSets, imageCopies }: DatabaseFiles): Map<number, string> {
  const named = [
    ...backupSets.flatMap(({ datafiles, source }) => datafiles.map((datafile) => ({ datafile, source }))),
    ...imageCopies,
  ].sort((one, other) => one.source.seq - other.source.seq || one.source.line - other.source.line);
  return new Map(named.map(({ datafile }) => [datafile.file, datafile.name]));
}

const newestCopies = (copies: readonly MappedCopy[]): ReadonlyMap<number, string> =>
  new Map(
    copies.flatMap(({ presence, path, datafile }): [number, string][] =>
      presence === 'present' && path !== undefined ? [[datafile.file, path]] : [],
    ),
  );

/** RESTORE … FROM names one file: a set of several pieces will not do. */
function newestSingle(database: DatabaseFiles, holds: 'controlFile' | 'spfile'): string | undefined {
  const sets = database.backupSets.filter(
    (set) =>
      isWhole(set) &&
      set.pieces.every(({ piece }) => piece === 1) &&
      (holds === 'spfile' ? set.includesSpfile : set.controlFile === 'current'),
  );
  const files = [
    ...sets.flatMap(({ source, pieces }) => pieces.map((piece) => ({ ...piece, source }))),
    ...database.autobackups,
    ...(holds === 'controlFile' ? database.controlFileCopies.filter(({ isStandby }) => !isStandby) : []),
  ];
  return files
    .filter(({ presence, path }) => presence === 'present' && path !== undefined)
    .sort(
      (one, other) =>
        one.source.seq - other.source.seq || one.source.completedLine - other.source.completedLine,
    )
    .at(-1)?.path;
}
