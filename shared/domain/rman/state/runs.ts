import type { Database } from '../result/map.ts';
import type { Codes } from '../text/text-codes.ts';
import { placeOf, searchedText } from '../text/text-search.ts';

/** One run of RMAN: from its banner to the next. */
export interface RunDraft {
  readonly firstLine: number;
  lastLine: number;
  version: string | undefined;
  dbid: string | undefined;
  /** RMAN has said that it ends. */
  isOver: boolean;
  /** Lines of another session stand between its own. */
  isMixed: boolean;
  /** A failure that no command stands for: RMAN did not connect, or did not understand its script. */
  hasFailedOutside: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const VERSION = /^\d+(?:\.\d+)+$/;
/** The format of autobackups has to hold `%F`: `c-DBID-YYYYMMDD-NN`, perhaps with more around it. */
const AUTOBACKUP_HANDLE =
  /(c-(\d{1,10})-\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[0-9a-f]{2})(?![0-9a-z])[^/\\]*$/i;
const uniqueName = searchedText('db_unique_name');
const UNIQUE_NAME = /db_unique_name[^A-Za-z0-9_$#]{1,20}([A-Za-z0-9_$#]{1,30})/;

/** The runs of a log and the databases that they connect to. */
export class Runs {
  readonly all: RunDraft[] = [];
  readonly #databases = new Map<string, Mutable<Database>>();
  /** The line of the last banner; the exact version follows it closely. */
  #bannerLine = 0;
  /** Some run began before the one before it had ended: that one was cut, or goes on beside it. */
  #mayBeBeside = false;

  get current(): RunDraft {
    return this.all.at(-1) ?? this.#begin(1);
  }

  /** The last run has said that it ends. */
  get isOver(): boolean {
    return this.all.at(-1)?.isOver === true;
  }

  get index(): number {
    return Math.max(0, this.all.length - 1);
  }

  get databases(): readonly Database[] {
    return [...this.#databases.values()];
  }

  /** `version`: of its banner, if the log has one. */
  start(version: string | undefined, line: number): void {
    const current = this.all.at(-1);
    if (current) current.lastLine = line - 1;
    this.#mayBeBeside ||= current?.isOver === false;
    const run = this.#begin(line);
    if (version === undefined) return;
    run.version = VERSION.test(version) ? version : undefined;
    this.#bannerLine = line;
  }

  /** RMAN says that it ends. Answers whether that was not its own end. */
  end(): boolean {
    if (this.isOver && this.mix()) return true;
    this.current.isOver = true;
    return false;
  }

  /** A session has one target: another one, or one after its end, is of a session whose banner is not in the log. */
  isOfNext(dbid: string): boolean {
    const run = this.all.at(-1);
    return run !== undefined && (run.isOver || (run.dbid !== undefined && run.dbid !== dbid));
  }

  /** A line that cannot be of this session. Answers whether it is of another one beside it, which is told once. */
  mix(): boolean {
    const run = this.all.at(-1);
    if (!this.#mayBeBeside || run === undefined || run.isMixed) return false;
    run.isMixed = true;
    return true;
  }

  /** `Version …` says more than `Release …`, but only right below a banner: other programs have such a line too. */
  exactVersion(version: string, line: number): void {
    if (this.#bannerLine > 0 && line - this.#bannerLine <= 3 && VERSION.test(version))
      this.current.version = version;
  }

  /** A connect line. `NAME:PDB` since 12.2 where the target is a pluggable database. */
  connect(name: string, dbid: string): void {
    const run = this.current;
    const database = this.#database(dbid);
    // The same string in all runs: to compare two of them that are equal takes longer.
    run.dbid = database.dbid;
    database.name = name;
    delete database.dbidFrom;
    if (run.version !== undefined) database.version = run.version;
  }

  /** An autobackup's default name has the DBID, also where the connect line has none. Answers whether it is this run's database. */
  readHandle(handle: string): boolean {
    const [, base, dbid] = AUTOBACKUP_HANDLE.exec(handle) ?? [];
    const run = this.current;
    if (dbid === undefined || run.dbid !== undefined) return dbid === undefined || run.dbid === dbid;
    run.dbid = dbid;
    if (this.#databases.has(dbid)) return true;
    const database = this.#database(dbid);
    database.dbidFrom = `autobackup handle ${base}`;
    if (run.version !== undefined) database.version = run.version;
    return true;
  }

  /** Whether a line has the unique name of the target; of one that is not known, it is not looked for. */
  namesUniquely(codes: Codes, from: number, end: number): boolean {
    return this.all.at(-1)?.dbid !== undefined && placeOf(uniqueName, codes, from, end) >= 0;
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
      isMixed: false,
      hasFailedOutside: false,
    };
    this.all.push(run);
    return run;
  }
}
