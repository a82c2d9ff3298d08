import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { hash32 } from './random.ts';

const count = z.number().int().nonnegative();

const datafileSchema = z.object({
  number: z.number().int().positive(),
  tablespace: z.string(),
  name: z.string(),
  sizeMib: z.number().int().positive(),
  /** The pluggable database that it belongs to; absent: the root. */
  container: z.string().optional(),
});

const archivedLogSchema = z
  .object({
    thread: count.default(1),
    sequence: count,
    recid: count,
    /** Which half day it holds: one log of each thread has the same. Where there is one thread, its number. */
    span: count.optional(),
    stamp: count,
    timesBackedUp: count,
  })
  .transform((log) => ({ ...log, span: log.span ?? log.recid }));

const pieceSchema = z.object({
  handle: z.string(),
  tag: z.string(),
  setNumber: count,
  recid: count,
  stamp: count,
  completedAt: z.iso.datetime(),
});

const copySchema = z.object({ path: z.string(), file: count, tag: z.string().default('') });

/** What later incrementals go back to. */
const incrementalSchema = z.object({
  file: count,
  level: z.union([z.literal(0), z.literal(1)]),
  scn: count,
  /** Of a copy with this tag, or made to be merged into it: no others go back to it. */
  forCopy: z.string().optional(),
});

export const databaseSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  dbid: count,
  seed: count,
  sizeMib: count,
  logMib: count,
  datafiles: z.array(datafileSchema),
  /** One entry for each day so far: the share of blocks that changed since the day before. */
  changeShares: z.array(z.number()),
  /** Instances that write redo, each a thread of its own. */
  threads: count.default(1),
  archivedLogs: z.array(archivedLogSchema),
  /** Pieces that RMAN's repository knows, autobackups excepted. */
  pieces: z.array(pieceSchema),
  /** Image copies that RMAN's repository knows. */
  copies: z.array(copySchema).default([]),
  incrementals: z.array(incrementalSchema).default([]),
  /** Of the incarnation: archived logs of another one are not this one's. */
  resetlogsId: count.default(1_140_000_000),
  /** Opened with RESETLOGS, as a whole or in one of its PDBs: the stand-in does not go on from there. */
  resetAtScn: count.optional(),
  /** Files that are offline, and PDBs that are closed. */
  offline: z.array(count).default([]),
  closedPdbs: z.array(z.string()).default([]),
  lastSetNumber: count,
  lastCopyRecid: count,
  lastPieceRecid: count,
  autobackup: z.object({ day: z.string(), count }),
});

export type Datafile = z.infer<typeof datafileSchema>;
export type ArchivedLog = z.infer<typeof archivedLogSchema>;
/** What the simulated database remembers between two runs of RMAN. Its file contents are computed, not stored. */
export type Database = z.infer<typeof databaseSchema>;

export interface DatabaseOptions {
  /** The folder that holds the database's state; made when missing. */
  readonly folder: string;
  /** DB_NAME, at most 8 capitals and digits. */
  readonly name?: string | undefined;
  /** Another seed, another database: contents and DBID follow from it. */
  readonly seed?: number | undefined;
  /** Size of all datafiles together, in MiB; at least 9. */
  readonly sizeMib?: number | undefined;
  /** Size of each archived log, in MiB. */
  readonly logMib?: number | undefined;
  /** Folder of its datafiles, for restores that write them; a name of Oracle's own manner by default. */
  readonly datafileFolder?: string | undefined;
  /** Name of a pluggable database in it; none by default. */
  readonly pdb?: string | undefined;
  /** How many instances it has (RAC). */
  readonly threads?: number | undefined;
}

const defaults = { name: 'DEMO', seed: 1, sizeMib: 36, logMib: 1, threads: 1 };

const stateFile = (folder: string): string => join(folder, 'database.json');

/** Ninths of the whole that each tablespace has. */
const tablespaces = [
  { tablespace: 'SYSTEM', file: 'system01.dbf', ninths: 2 },
  { tablespace: 'SYSAUX', file: 'sysaux01.dbf', ninths: 2 },
  { tablespace: 'UNDOTBS1', file: 'undotbs01.dbf', ninths: 1 },
  { tablespace: 'USERS', file: 'users01.dbf', ninths: 4 },
];

const pdbTablespaces = [
  { tablespace: 'SYSTEM', file: 'system01.dbf' },
  { tablespace: 'USERS', file: 'users01.dbf' },
];

const createDatafiles = ({ datafileFolder, pdb }: DatabaseOptions, name: string, sizeMib: number) => {
  const folder = datafileFolder ?? `/u01/app/oracle/oradata/${name}`;
  const ofRoot = tablespaces.map(({ tablespace, file, ninths }, index) => ({
    number: index + 1,
    tablespace,
    name: `${folder}/${file}`,
    sizeMib: Math.max(1, Math.floor((sizeMib * ninths) / 9)),
  }));
  if (pdb === undefined) return ofRoot;
  const ofPdb = pdbTablespaces.map(({ tablespace, file }, index) => ({
    number: ofRoot.length + index + 1,
    tablespace,
    name: `${folder}/${pdb}/${file}`,
    sizeMib: Math.max(1, Math.floor(sizeMib / 9)),
    container: pdb,
  }));
  return [...ofRoot, ...ofPdb];
};

const createDatabase = (options: DatabaseOptions): Database => {
  const name = options.name ?? defaults.name;
  const seed = options.seed ?? defaults.seed;
  const sizeMib = options.sizeMib ?? defaults.sizeMib;
  return {
    format: 1,
    name,
    dbid: 1_000_000_000 + (hash32(seed, 0xdb1d) % 3_000_000_000),
    seed,
    sizeMib,
    logMib: options.logMib ?? defaults.logMib,
    datafiles: createDatafiles(options, name, sizeMib),
    changeShares: [],
    threads: options.threads ?? defaults.threads,
    archivedLogs: [],
    pieces: [],
    copies: [],
    incrementals: [],
    resetlogsId: 1_140_000_000,
    offline: [],
    closedPdbs: [],
    lastSetNumber: 0,
    lastCopyRecid: 0,
    lastPieceRecid: 0,
    autobackup: { day: '', count: 0 },
  };
};

/** The database in a folder; undefined where there is none. */
export const findDatabase = async (folder: string): Promise<Database | undefined> => {
  try {
    return databaseSchema.parse(JSON.parse(await readFile(stateFile(folder), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${stateFile(folder)} is not a simulated database: remove it to start a new one`, {
      cause: error,
    });
  }
};

/**
 * Opens the simulated database in a folder, or creates it there. An existing database keeps its properties: an option
 * that says otherwise is refused rather than ignored.
 */
export const prepareDatabase = async (options: DatabaseOptions): Promise<Database> => {
  const existing = await findDatabase(options.folder);
  if (!existing) {
    const database = createDatabase(options);
    await saveDatabase(options.folder, database);
    return database;
  }
  for (const key of ['name', 'seed', 'sizeMib', 'logMib', 'threads'] as const) {
    if (options[key] !== undefined && options[key] !== existing[key]) {
      throw new Error(
        `the database in ${options.folder} has ${key} ${existing[key]}, not ${options[key]}: use another folder`,
      );
    }
  }
  return existing;
};

/** Stores the state as a whole: a killed run leaves the state of the day before, never half of a new one. */
export const saveDatabase = async (folder: string, database: Database): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const temporary = `${stateFile(folder)}.new`;
  await writeFile(temporary, `${JSON.stringify(database, null, 2)}\n`);
  await rename(temporary, stateFile(folder));
};
