import type { DatabaseFiles } from '../file-map/file-map.ts';

/** A tablespace of a pluggable database stands as `PDB1:USERS`. */
const containerOf = (tablespace: string): string | undefined =>
  tablespace.includes(':') ? tablespace.slice(0, tablespace.indexOf(':')) : undefined;

/** Pluggable databases that the newest REPORT SCHEMA shows; undefined where no log has one. */
export const containersOf = ({ schema }: DatabaseFiles): string[] | undefined =>
  schema && unique(schema.datafiles.flatMap(({ tablespace }) => containerOf(tablespace) ?? []));

/** Tablespaces of the root, or of a database without PDBs. */
export const tablespacesOf = ({ schema }: DatabaseFiles): string[] | undefined =>
  schema &&
  unique(
    schema.datafiles.flatMap(({ tablespace }) => (containerOf(tablespace) === undefined ? [tablespace] : [])),
  );

const unique = (names: readonly string[]): string[] => [...new Set(names)];

export const isAlwaysOnline = (tablespace: string): boolean => /^(?:system$|undo)/i.test(tablespace);

/** The first datafile of every database belongs to SYSTEM; of others a REPORT SCHEMA tells. */
export const isAlwaysOnlineFile = ({ schema }: DatabaseFiles, file: number): boolean =>
  file === 1 ||
  (schema?.datafiles.some((each) => each.file === file && isAlwaysOnline(each.tablespace)) ?? false);
