import type { Database } from './map.ts';
import type { Codes } from './text-codes.ts';
import { placeOf, searchedText } from './text-search.ts';

/** One run of RMAN: from its banner to the next. */
export interface RunDraft {
  readonly firstLine: number;
  lastLine: number;
  version: string | undefined;
  dbid: string | undefined;
  /** RMAN has said that it ends. */
  isOver: boolean;
  /** A failure that no command stands for: RMAN did not connect, or did not understand its script. */
  hasFailedOutside: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const VERSION = /^\d+(?:\.\d+)+$/;
const AUTOBACKUP_HANDLE = /(?:^|[/\\])(c-(\d{1,15})-\d{8}-[0-9a-f]{2})$/i;
const uniqueName = searchedText('db_unique_name');
const UNIQUE_NAME = /db_unique_name[^A-Za-z0-9_$#]{1,20}([A-Za-z0-9_$#]{1,30})/;

/** The runs of a log and the databases that they connect to. */
export class Runs {
  readonly all: RunDraft[] = [];
  readonly #databases = new Map<string, Mutable<Database>>();
  /** The line of the last banner; the exact version follows it closely. */
  #bannerLine = 0;

  get current(): RunDraft {
    return this.all.at(-1) ?? this.#begin(1);
  }

  get index(): number {
    return Math.max(0, this.all.length - 1);
  }

  get databases(): readonly Database[] {
    return [...this.#databases.values()];
  }

  start(version: string, line: number): void {
    const current = this.all.at(-1);
    if (current) current.lastLine = line - 1;
    this.#begin(line).version = VERSION.test(version) ? version : undefined;
    this.#bannerLine = line;
  }

  /** `Version …` says more than `Release …`, but only right below a banner: other programs have such a line too. */
  exactVersion(version: string, line: number): void {
    if (this.#bannerLine > 0 && line - this.#bannerLine <= 3 && VERSION.test(version))
      this.current.version = version;
  }

  /** A connect line. `NAME:PDB` since 12.2 where the target is a pluggable database. */
  connect(name: string, dbid: string): void {
    const run = this.current;
    run.dbid = dbid;
    const database = this.#database(dbid);
    database.name = name;
    delete database.dbidFrom;
    if (run.version !== undefined) database.version = run.version;
  }

  /** An autobackup's default name has the DBID, also where the connect line has none. */
  readHandle(handle: string): void {
    const [, base, dbid] = AUTOBACKUP_HANDLE.exec(handle) ?? [];
    const run = this.current;
    if (dbid === undefined || run.dbid !== undefined) return;
    run.dbid = dbid;
    if (this.#databases.has(dbid)) return;
    const database = this.#database(dbid);
    database.dbidFrom = `autobackup handle ${base}`;
    if (run.version !== undefined) database.version = run.version;
  }

  namesUniquely(codes: Codes, from: number, end: number): boolean {
    return placeOf(uniqueName, codes, from, end) >= 0;
  }

  /** `… for database with db_unique_name NAME …` */
  readUniqueName(text: string): void {
    const name = UNIQUE_NAME.exec(text)?.[1];
    const dbid = this.all.at(-1)?.dbid;
    if (name === undefined || dbid === undefined || text.startsWith('SPFILE')) return;
    this.#database(dbid).uniqueName ??= name;
  }

  #database(dbid: string): Mutable<Database> {
    const known = this.#databases.get(dbid);
    if (known) return known;
    const database: Mutable<Database> = { dbid };
    this.#databases.set(dbid, database);
    return database;
  }

  #begin(line: number): RunDraft {
    const run: RunDraft = {
      firstLine: line,
      lastLine: line,
      version: undefined,
      dbid: undefined,
      isOver: false,
      hasFailedOutside: false,
    };
    this.all.push(run);
    return run;
  }
}
