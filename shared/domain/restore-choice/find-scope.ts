import {
  type DatabaseFiles,
  type FileMap,
  type MappedSet,
  type ReportedSchema,
  unknownDatabase,
} from '../file-map/file-map.ts';
import { compareSources } from '../file-map/source.ts';
import type { ChoiceTarget, DatabaseScope, ScopeRefusal } from './scope.ts';

/** What a scope means in a point: all datafiles of a database, some, or backup sets. */
export type FoundScope =
  | { readonly outcome: 'whole' }
  | { readonly outcome: 'datafiles'; readonly numbers: readonly number[]; readonly note?: string }
  | { readonly outcome: 'sets'; readonly sets: readonly MappedSet[] }
  /** The logs do not say which datafiles are meant. */
  | { readonly outcome: 'open'; readonly why: string }
  | ScopeRefusal;

const refused = (code: ScopeRefusal['code'], text: string): ScopeRefusal => ({
  outcome: 'refused',
  code,
  text,
});

/** How many names a refusal lists. */
const maxNamed = 20;
const listed = (names: Iterable<string | number>): string => {
  const all = [...new Set(names)];
  const rest = all.length > maxNamed ? `, and ${all.length - maxNamed} more` : '';
  return all.length === 0 ? 'none' : `${all.slice(0, maxNamed).join(', ')}${rest}`;
};

/** The database of a point by DBID, name or unique name, in any case; without a name the only one. */
export function findDatabaseIn(
  { databases }: Pick<FileMap, 'databases'>,
  wanted: string | undefined,
): { readonly outcome: 'found'; readonly database: DatabaseFiles } | ScopeRefusal {
  const known = databases.filter(({ dbid }) => dbid !== unknownDatabase);
  const names = listed(known.map(({ dbid, name }) => (name === undefined ? dbid : `${name} (${dbid})`)));
  const isMeant = ({ dbid, name, uniqueName }: DatabaseFiles) =>
    [dbid, name, uniqueName].some((each) => each?.toLowerCase() === wanted?.toLowerCase());
  const found = wanted === undefined ? known : known.filter(isMeant);
  const [database] = found;
  if (database !== undefined && found.length === 1) return { outcome: 'found', database };
  if (found.length > 1) {
    const text = `which database is meant is not clear: the recovery point has ${names}; name it by its DBID`;
    return refused('RESTORE_SCOPE_AMBIGUOUS', text);
  }
  const text =
    wanted === undefined
      ? 'the recovery point has backups of no database that its logs name; restore it whole, or by paths'
      : `the recovery point has no backups of a database ${wanted}; it has those of: ${names}`;
  return refused('RESTORE_SCOPE_UNKNOWN', text);
}

/** Which datafiles or sets of a database are meant. */
export function findScope(database: DatabaseFiles, scope: DatabaseScope, target: ChoiceTarget): FoundScope {
  const isPart = scope.kind === 'tablespace' || scope.kind === 'datafile' || scope.kind === 'backup-set';
  if (isPart && (target.time !== undefined || target.scn !== undefined)) {
    const text = `a ${scope.kind} alone cannot be brought to another time than its database: order the database, or its container, for that time`;
    return refused('RESTORE_SCOPE_UNSUPPORTED', text);
  }
  switch (scope.kind) {
    case 'database':
      return { outcome: 'whole' };
    case 'container':
      return findContainer(database, scope.container, target.time !== undefined || target.scn !== undefined);
    case 'tablespace':
      return findTablespace(database, scope.tablespace);
    case 'datafile':
      return findDatafile(database, scope.datafile);
    case 'backup-set':
      return findSets(database, scope.set);
  }
}

/** `PDB1:USERS`; without a container of the root, or of a database that has none. */
function splitName(tablespace: string): { readonly container: string; readonly name: string } {
  const at = tablespace.indexOf(':');
  return { container: at < 0 ? '' : tablespace.slice(0, at), name: tablespace.slice(at + 1) };
}

const isSame = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();

function findContainer(database: DatabaseFiles, container: string, isBackInTime: boolean): FoundScope {
  const { schema } = database;
  if (schema === undefined) return noSchema('container');
  const why = outdated(database, schema);
  const of = (name: string) =>
    schema.datafiles.filter(({ tablespace }) => isSame(splitName(tablespace).container, name));
  const own = of(container);
  if (own.length === 0) {
    const names = schema.datafiles.flatMap(({ tablespace }) => splitName(tablespace).container || []);
    if (why !== undefined) return { outcome: 'open', why };
    const text = `the newest REPORT SCHEMA shows no container ${container}; it shows: ${listed(names)}`;
    return refused('RESTORE_SCOPE_UNKNOWN', text);
  }
  if (why !== undefined) return { outcome: 'open', why };
  // RMAN recovers a container to an earlier time beside the root: with its SYSTEM, SYSAUX and undo.
  const numbers = [...own, ...(isBackInTime ? of('') : [])].map(({ file }) => file);
  const note = 'for an earlier time than the rest, the files of the root are needed too: they are included';
  return { outcome: 'datafiles', numbers, ...(isBackInTime && { note }) };
}

function findTablespace(database: DatabaseFiles, wanted: string): FoundScope {
  const { schema } = database;
  if (schema === undefined) return noSchema('tablespace');
  const why = outdated(database, schema);
  if (why !== undefined) return { outcome: 'open', why };
  const own = schema.datafiles.filter(({ tablespace }) => isSame(tablespace, wanted));
  if (own.length > 0) return { outcome: 'datafiles', numbers: own.map(({ file }) => file) };
  const elsewhere = schema.datafiles.filter(({ tablespace }) => isSame(splitName(tablespace).name, wanted));
  const names = listed((elsewhere.length > 0 ? elsewhere : schema.datafiles).map((each) => each.tablespace));
  const text = `the newest REPORT SCHEMA shows no tablespace ${wanted}; it shows: ${names}`;
  return refused(elsewhere.length > 0 ? 'RESTORE_SCOPE_AMBIGUOUS' : 'RESTORE_SCOPE_UNKNOWN', text);
}

const noSchema = (kind: string): FoundScope => ({
  outcome: 'open',
  why: `no log says which datafiles belong to a ${kind}: let the backup script run REPORT SCHEMA, or name datafiles by number`,
});

/** Datafiles that were backed up since the report have to be in it, under the same name: a number is used again. */
function outdated(database: DatabaseFiles, { source, datafiles }: ReportedSchema): string | undefined {
  const names = new Map(datafiles.map(({ file, name }) => [file, name]));
  const since = namedDatafiles(database).filter((each) => compareSources(each.source, source) > 0);
  const other = since.find(({ file, name }) => names.get(file) !== name);
  return (
    other &&
    `datafile ${other.file} (${other.name}) is not in the newest REPORT SCHEMA: which tablespace it belongs to is not known`
  );
}

function namedDatafiles({ backupSets, imageCopies }: DatabaseFiles) {
  const inSets = backupSets.flatMap(({ source, datafiles }) =>
    datafiles.map((datafile) => ({ ...datafile, source })),
  );
  return [...inSets, ...imageCopies.map(({ source, datafile }) => ({ ...datafile, source }))];
}

function findDatafile(database: DatabaseFiles, wanted: number | string): FoundScope {
  const { schema, history = [] } = database;
  const named = [...namedDatafiles(database), ...(schema?.datafiles ?? [])];
  const number = typeof wanted === 'number' ? wanted : /^\d{1,6}$/.test(wanted) ? Number(wanted) : undefined;
  const isMeant = (name: string) => name === wanted || name.split(/[/\\]/).at(-1) === wanted;
  const numbers =
    number === undefined ? named.filter(({ name }) => isMeant(name)).map(({ file }) => file) : [number];
  const known = new Set([
    ...named.map(({ file }) => file),
    ...history.flatMap(({ datafiles = [] }) => datafiles),
  ]);
  const found = [...new Set(numbers)].filter((each) => known.has(each));
  if (found.length === 1) return { outcome: 'datafiles', numbers: found };
  if (found.length > 1) {
    const text = `datafile ${wanted} is not clear: these numbers have had that name: ${listed(found)}; name it by its number`;
    return refused('RESTORE_SCOPE_AMBIGUOUS', text);
  }
  const text = `no log names a datafile ${wanted}; there are: ${listed([...known].sort((one, other) => one - other))}`;
  return refused('RESTORE_SCOPE_UNKNOWN', text);
}

function findSets({ backupSets }: DatabaseFiles, wanted: number | string): FoundScope {
  const key = typeof wanted === 'number' ? wanted : /^\d{1,15}$/.test(wanted) ? Number(wanted) : undefined;
  const isPiece = (name: string | undefined) => name === wanted || name?.split(/[/\\]/).at(-1) === wanted;
  const byKey = key === undefined ? [] : backupSets.filter((set) => set.key === key);
  const byPiece = backupSets.filter(({ pieces }) =>
    pieces.some(({ handle, path }) => isPiece(handle) || isPiece(path)),
  );
  const byTag = backupSets.filter((set) =>
    [set.tag, ...set.pieces.map(({ tag }) => tag)].some(
      (tag) => tag !== undefined && isSame(tag, `${wanted}`),
    ),
  );
  const sets = [byKey, byPiece, byTag].find((found) => found.length > 0);
  if (sets === undefined) {
    const keys = backupSets.flatMap((set) => set.key ?? []);
    const hint =
      key !== undefined && keys.length === 0
        ? 'no log lists the keys of these sets (LIST BACKUP): name the set by one of its pieces, or by its tag'
        : `there are the tags ${listed(backupSets.flatMap(({ tag }) => tag ?? []))}`;
    return refused('RESTORE_SCOPE_UNKNOWN', `no backup set is named ${wanted}; ${hint}`);
  }
  if (sets !== byTag && sets.length > 1) {
    const text = `${sets.length} backup sets are named ${wanted}: name one by a piece with its folder`;
    return refused('RESTORE_SCOPE_AMBIGUOUS', text);
  }
  return { outcome: 'sets', sets };
}
