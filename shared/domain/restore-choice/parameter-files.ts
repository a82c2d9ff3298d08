import { type DatabaseFiles, type FileMap, type InferredFile, isWhole } from '../file-map/file-map.ts';
import { pathsOf } from '../recoverability/evidence.ts';
import { parameterFileNotes } from '../recoverability/parameter-file-notes.ts';
import type { Reason } from '../recoverability/verdict.ts';
import type { ChosenFile, MissingFile } from './scope.ts';

/** The SPFILE, unless the files of the control file hold it already, and the password file. Both are small, and neither is vital. */
export function parameterFiles(
  map: FileMap,
  database: DatabaseFiles,
  controlFiles: readonly string[],
): { readonly files: ChosenFile[]; readonly missing: MissingFile[]; readonly reasons: Reason[] } {
  const spfile = findSpfile(map, database, new Set(controlFiles));
  const passwords = ownFiles(map, database, 'passwordfile');
  const missing: MissingFile[] = [];
  if (spfile === undefined) {
    missing.push({ what: 'a backup of the SPFILE', reason: 'in-no-log', neededFor: 'the parameters' });
  }
  if (passwords.length === 0) {
    missing.push({ what: 'the password file', reason: 'in-no-snapshot', neededFor: 'remote SYSDBA logins' });
  }
  const files: ChosenFile[] = [
    ...(spfile ?? []).map((path) => ({ path, role: 'spfile' as const })),
    ...passwords.map(({ path, content: { sizeBytes } }) => ({
      path,
      role: 'password-file' as const,
      sizeBytes,
    })),
  ];
  return {
    files,
    missing,
    reasons: parameterFileNotes({ spfile: spfile !== undefined, passwordFile: passwords.length > 0 }),
  };
}

/** The files of the newest, which is the one that the scripts name; none where those of the control file have it. */
function findSpfile(
  map: FileMap,
  database: DatabaseFiles,
  controlFiles: ReadonlySet<string>,
): readonly string[] | undefined {
  const sets = database.backupSets
    .filter((set) => set.includesSpfile && isWhole(set))
    .map((set) => ({ seq: set.source.seq, line: set.source.line, paths: pathsOf(set) }));
  const autobackups = database.autobackups.flatMap(({ path, presence, source: { seq, line } }) =>
    path !== undefined && presence === 'present' ? [{ seq, line, paths: [path] }] : [],
  );
  const all = [...sets, ...autobackups].sort((one, other) => one.seq - other.seq || one.line - other.line);
  const newest = all.at(-1);
  if (newest !== undefined) return newest.paths.filter((path) => !controlFiles.has(path));
  const named = ownFiles(map, database, 'spfile').map(({ path }) => path);
  return named.length > 0 ? named : undefined;
}

/** Those by whose name nothing says that they are of another database. */
function ownFiles({ inferred, databases }: FileMap, database: DatabaseFiles, kind: InferredFile['kind']) {
  const { dbid } = database;
  const others = databases.filter((each) => each.dbid !== dbid).flatMap(namesOf);
  const own = namesOf(database);
  return inferred.filter((file) => {
    if (file.kind !== kind || (file.dbid ?? dbid) !== dbid) return false;
    const name = file.path.split('/').at(-1)?.toLowerCase() ?? '';
    return own.some((each) => name.includes(each)) || !others.some((each) => name.includes(each));
  });
}

const namesOf = ({ name, uniqueName }: DatabaseFiles): string[] =>
  [name, uniqueName].flatMap((each) => (each === undefined ? [] : [each.toLowerCase()]));
