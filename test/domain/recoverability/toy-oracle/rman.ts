import { decodeStamp } from '../../../../shared/domain/rman/stamp.ts';
import type { ArchivedLog, Block, ToyDatabase } from './database.ts';
import type { BackedUpFile, Piece } from './restore.ts';

export interface RunPlan {
  readonly what: 'full' | 'level 0' | 'level 1' | 'cumulative' | 'merge' | 'logs' | 'some';
  /** How the log proves which datafiles there are. */
  readonly proof: 'echo' | 'schema' | 'none';
  readonly plusArchivelog: boolean;
  readonly deleteInput: boolean;
  readonly autobackup: boolean;
  readonly isCold: boolean;
  readonly hasTimes: boolean;
  /** Stops with an error after so many datafiles. */
  readonly failsAfter?: number;
}

interface Parents {
  level0: number;
  newest: number;
  /** Of a copy, which has its own by its tag: the newest that may be merged into it. */
  ofCopy?: number;
}

const dbid = '2799264292';
const mountpoint = '/mnt/ledger';

/** STAMPs as the control file has them. */
export function stampOf(seconds: number): number {
  const at = new Date(seconds * 1000);
  const months = (at.getUTCFullYear() - 1988) * 12 + at.getUTCMonth();
  const hours = (months * 31 + at.getUTCDate() - 1) * 24 + at.getUTCHours();
  const stamp = (hours * 60 + at.getUTCMinutes()) * 60 + at.getUTCSeconds();
  if (decodeStamp(stamp) !== at.toISOString().slice(0, 19)) throw new Error(`no stamp for ${seconds}`);
  return stamp;
}

/** RMAN with a toy database: writes pieces to a mount, and the log that RMAN would write. */
export class ToyRman {
  readonly database: ToyDatabase;
  readonly mount = new Map<string, Piece>();
  /** By datafile and its creation: another one of the same number has none. */
  readonly #parents = new Map<string, Parents>();
  readonly #copies = new Map<string, { file: number; path: string; recid: number }>();
  readonly #backedUp = new Set<number>();
  #lines: string[] = [];
  #names = 0;
  #plan!: RunPlan;

  constructor(database: ToyDatabase) {
    this.database = database;
  }

  /** Incrementals of another incarnation are no parents. */
  forgetParents(): void {
    this.#parents.clear();
    this.#copies.clear();
  }

  run(plan: RunPlan): string {
    this.#plan = plan;
    this.#lines = [];
    const { database } = this;
    this.#say('Recovery Manager: Release 19.0.0.0.0 - Production on Sun Mar 1 20:00:00 2026', '');
    this.#say(
      `connected to target database: LEDGER (DBID=${dbid})`,
      'using target database control file instead of recovery catalog',
    );
    if (plan.proof === 'schema') this.#reportSchema();
    if (plan.proof === 'echo') this.#say(`RMAN> ${statementOf(plan)}`);
    if (plan.isCold) this.#shutDown();
    const withLogs = plan.plusArchivelog && !plan.isCold;
    if (plan.what === 'logs') this.#backupLogs();
    else {
      if (plan.what === 'merge') this.#recoverCopies();
      if (withLogs) this.#backupLogs();
      const isDone = this.#backupDatafiles();
      if (!isDone) return this.#fail();
      if (withLogs) this.#backupLogs();
    }
    if (plan.autobackup) this.#autobackup();
    if (plan.isCold) this.#say('database opened');
    this.#say('', 'Recovery Manager complete.', '');
    database.now += 60;
    return this.#lines.join('\n');
  }

  #say(...lines: string[]): void {
    this.#lines.push(...lines);
  }

  get #date(): string {
    const iso = new Date(this.database.now * 1000).toISOString();
    if (this.#plan.hasTimes) return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
    return `${iso.slice(8, 10)}-MAR-26`;
  }

  #reportSchema(): void {
    this.#say(
      'Report of database schema for database with db_unique_name LEDGER',
      '',
      'List of Permanent Datafiles',
    );
    this.#say('===========================', 'File Size(MB) Tablespace           RB segs Datafile Name');
    this.#say('---- -------- -------------------- ------- ------------------------');
    for (const file of this.database.files.keys()) {
      this.#say(`${file}    100      TS${file}                  ***     /u02/oradata/ledger/ts${file}.dbf`);
    }
    this.#say('', 'List of Temporary Files', '=======================');
    this.#say('File Size(MB) Tablespace           Maxsize(MB) Tempfile Name');
    this.#say('---- -------- -------------------- ----------- --------------------');
    this.#say('1    20       TEMP                 32767       /u02/oradata/ledger/temp01.dbf', '');
  }

  #shutDown(): void {
    this.database.archiveCurrent();
    this.#say('database closed', 'database dismounted', 'Oracle instance shut down', '');
    this.#say(
      'connected to target database (not started)',
      'Oracle instance started',
      'database mounted',
      '',
    );
  }

  #startBackup(): void {
    this.#say(`Starting backup at ${this.#date}`);
  }

  #backupLogs(): void {
    const { database } = this;
    database.now += database.random.below(5);
    this.#startBackup();
    database.archiveCurrent();
    database.now += 1;
    this.#say('current log archived', 'using channel ORA_DISK_1');
    const logs = database.archived.filter((log) => log.onDisk && !this.#backedUp.has(log.recid));
    this.#say(
      'channel ORA_DISK_1: starting archived log backup set',
      'channel ORA_DISK_1: specifying archived log(s) in backup set',
    );
    for (const { thread, sequence, recid, archivedAt } of logs) {
      this.#say(
        `input archived log thread=${thread} sequence=${sequence} RECID=${recid} STAMP=${stampOf(archivedAt)}`,
      );
    }
    this.#writeSet([{ kind: 'logs', logs: [...logs] }], 'arch');
    for (const log of logs) this.#backedUp.add(log.recid);
    if (this.#plan.deleteInput) this.#deleteInput(logs);
    this.#say(`Finished backup at ${this.#date}`, '');
  }

  #deleteInput(logs: readonly ArchivedLog[]): void {
    this.#say('channel ORA_DISK_1: deleting archived log(s)');
    for (const log of logs) {
      log.onDisk = false;
      this.#say(
        `archived log file name=/arch/${log.thread}_${log.sequence}.arc RECID=${log.recid} STAMP=${stampOf(log.archivedAt)}`,
      );
    }
  }

  /** Writes the pieces of the set that was announced. */
  #writeSet(contents: readonly Piece[], name: string): string[] {
    this.#names++;
    const handles = contents.map((content, index) => {
      const handle = `${mountpoint}/${name}_${this.#names}_${index + 1}.bkp`;
      this.#say(`channel ORA_DISK_1: starting piece ${index + 1} at ${this.#date}`);
      this.#say(`channel ORA_DISK_1: finished piece ${index + 1} at ${this.#date}`);
      this.#say(`piece handle=${handle} tag=TAG${this.#names} comment=NONE`);
      this.mount.set(handle.slice(mountpoint.length + 1), content);
      return handle;
    });
    this.#say('channel ORA_DISK_1: backup set complete, elapsed time: 00:00:03');
    return handles;
  }

  /** Answers whether it came to its end. */
  #backupDatafiles(): boolean {
    const { database } = this;
    const { what, failsAfter, isCold } = this.#plan;
    if (!isCold) database.work(database.random.below(4));
    this.#startBackup();
    this.#say('using channel ORA_DISK_1');
    const all = [...database.files.keys()];
    const files = what === 'some' ? all.slice(0, Math.max(1, all.length - 1)) : all;
    for (const [index, file] of files.entries()) {
      if (failsAfter !== undefined && index >= failsAfter) return false;
      if (what === 'merge' && !this.#copies.has(this.#keyOf(file))) this.#copyFile(file);
      else this.#backupFile(file);
    }
    if (!isCold) database.work(database.random.below(3));
    this.#say(`Finished backup at ${this.#date}`, '');
    return true;
  }

  #backupFile(file: number): void {
    const { database } = this;
    const { what } = this.#plan;
    const parents = this.#parents.get(this.#keyOf(file));
    const isLevel1 = what === 'level 1' || what === 'cumulative' || what === 'merge';
    const name = isLevel1 ? 'incremental level 1' : what === 'level 0' ? 'incremental level 0' : 'full';
    this.#say(
      `channel ORA_DISK_1: starting ${name} datafile backup set`,
      'channel ORA_DISK_1: specifying datafile(s) in backup set',
    );
    this.#say(
      `input datafile file number=${String(file).padStart(5, '0')} name=/u02/oradata/ledger/ts${file}.dbf`,
    );
    const parent =
      what === 'cumulative' ? parents?.level0 : what === 'merge' ? parents?.ofCopy : parents?.newest;
    const fromScn = isLevel1 ? (parent ?? 0) : 0;
    const level = isLevel1 ? 1 : what === 'level 0' ? 0 : 'full';
    const item = this.#read(file, level, fromScn);
    const set = `set ${this.#names}`;
    const pieces = database.random.chance(0.2) ? 2 : 1;
    const piece: Piece = { kind: 'datafiles', set, pieces, items: [item] };
    this.#writeSet(
      Array.from({ length: pieces }, () => ({ ...piece })),
      'data',
    );
    const { checkpointScn } = item;
    if (level === 0)
      this.#parents.set(this.#keyOf(file), { ...parents, level0: checkpointScn, newest: checkpointScn });
    // Without a parent it has every block since the creation, and is none that a cumulative goes back to.
    if (level === 1) this.#parents.set(this.#keyOf(file), { level0: 0, ...parents, newest: checkpointScn });
    if (what === 'merge' && parents !== undefined) parents.ofCopy = checkpointScn;
  }

  /** The database goes on while its blocks are read, one after the other. */
  #read(file: number, level: BackedUpFile['level'], fromScn: number): BackedUpFile {
    const { database } = this;
    const checkpointScn = database.scn;
    const blocks: (Block | undefined)[] = [];
    for (let at = 0; at < 4; at++) {
      const block = database.files.get(file)?.[at];
      blocks.push(block !== undefined && level === 1 && block.scn < fromScn ? undefined : block);
      if (!this.#plan.isCold) database.work(database.random.below(2));
    }
    const fuzzyScn = Math.max(checkpointScn, ...blocks.map((block) => block?.scn ?? 0));
    const { incarnation } = database;
    const createdScn = database.createdScn(file);
    return { file, createdScn, level, incarnation, fromScn, checkpointScn, fuzzyScn, blocks };
  }

  #copyFile(file: number): void {
    const { database } = this;
    const item = this.#read(file, 0, 0);
    const path = `copy_ts${file}_${++this.#names}.dbf`;
    database.copyRecid++;
    this.#say('channel ORA_DISK_1: starting datafile copy');
    this.#say(
      `input datafile file number=${String(file).padStart(5, '0')} name=/u02/oradata/ledger/ts${file}.dbf`,
    );
    this.#say(
      `output file name=${mountpoint}/${path} tag=MERGE RECID=${database.copyRecid} STAMP=${stampOf(database.now)}`,
    );
    this.#say('channel ORA_DISK_1: datafile copy complete, elapsed time: 00:00:07');
    this.mount.set(path, { kind: 'datafiles', set: path, pieces: 1, items: [item] });
    const key = this.#keyOf(file);
    const { checkpointScn } = item;
    this.#copies.set(key, { file, path, recid: database.copyRecid });
    this.#parents.set(key, { level0: checkpointScn, newest: checkpointScn, ofCopy: checkpointScn });
  }

  /** Merges into the copies what was backed up since; the copy is then as new as the last that was merged. */
  #recoverCopies(): void {
    this.#say(`Starting recover at ${this.#date}`, 'using channel ORA_DISK_1');
    for (const [key, { file, path }] of this.#copies) {
      const piece = this.mount.get(path);
      const next = [...this.mount].findLast(
        ([, each]) =>
          each.kind === 'datafiles' &&
          each.pieces === 1 &&
          each.items.some((item) => this.#fits(piece, item, file)),
      );
      const [handle, merged] = next ?? [];
      if (piece?.kind !== 'datafiles' || merged?.kind !== 'datafiles' || handle === undefined) continue;
      const [base] = piece.items;
      const item = merged.items.find((each) => each.file === file);
      if (base === undefined || item === undefined) continue;
      const blocks = base.blocks.map((block, at) => item.blocks[at] ?? block);
      // The copy is a level 0 as new as this.
      const parents = this.#parents.get(key);
      if (parents !== undefined) parents.level0 = Math.max(parents.level0, item.checkpointScn);
      this.mount.set(path, { ...piece, items: [{ ...item, level: 0, fromScn: 0, blocks }] });
      this.#say(
        'channel ORA_DISK_1: starting incremental datafile backup set restore',
        'channel ORA_DISK_1: specifying datafile copies to recover',
      );
      this.#say(
        `recovering datafile copy file number=${String(file).padStart(5, '0')} name=${mountpoint}/${path}`,
      );
      this.#say(`channel ORA_DISK_1: reading from backup piece ${mountpoint}/${handle}`);
      this.#say(`channel ORA_DISK_1: piece handle=${mountpoint}/${handle} tag=MERGE`);
      this.#say(
        'channel ORA_DISK_1: restored backup piece 1',
        'channel ORA_DISK_1: restore complete, elapsed time: 00:00:01',
      );
    }
    this.#say(`Finished recover at ${this.#date}`, '');
  }

  #keyOf(file: number): string {
    return `${file} ${this.database.createdScn(file)}`;
  }

  #fits(
    copy: Piece | undefined,
    { file, createdScn, level, fromScn, checkpointScn }: BackedUpFile,
    of: number,
  ): boolean {
    const base = copy?.kind === 'datafiles' ? copy.items[0] : undefined;
    return (
      base !== undefined &&
      file === of &&
      createdScn === base.createdScn &&
      level === 1 &&
      fromScn <= base.checkpointScn &&
      checkpointScn > base.checkpointScn
    );
  }

  #autobackup(): void {
    const { database } = this;
    const path = `c-${dbid}-20260301-${(++this.#names).toString(16).padStart(2, '0').slice(-2)}`;
    const unique = this.mount.has(path) ? `${path}x` : path;
    this.#say(`Starting Control File and SPFILE Autobackup at ${this.#date}`);
    this.#say(`piece handle=${mountpoint}/${unique} comment=NONE`);
    this.#say(`Finished Control File and SPFILE Autobackup at ${this.#date}`, '');
    this.mount.set(unique, {
      kind: 'controlfile',
      incarnation: database.incarnation,
      scn: database.scn,
      files: [...database.files.keys()],
    });
  }

  #fail(): string {
    this.#say('RMAN-00571: ===========================================================');
    this.#say('RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============');
    this.#say('RMAN-00571: ===========================================================');
    this.#say(
      'RMAN-03009: failure of backup command on ORA_DISK_1 channel at 03/01/2026 20:11:00',
      'ORA-19502: write error',
      '',
    );
    this.#say('Recovery Manager complete.', '');
    this.database.now += 60;
    return this.#lines.join('\n');
  }
}

function statementOf({ what, plusArchivelog, isCold }: RunPlan): string {
  const logs = plusArchivelog && !isCold ? ' plus archivelog' : '';
  switch (what) {
    case 'full':
      return `backup database${logs};`;
    case 'level 0':
      return `backup incremental level 0 database${logs};`;
    case 'level 1':
      return `backup incremental level 1 database${logs};`;
    case 'cumulative':
      return `backup incremental level 1 cumulative database${logs};`;
    case 'merge':
      return `recover copy of database with tag merge; backup incremental level 1 for recover of copy with tag merge database${logs};`;
    case 'logs':
      return 'backup archivelog all;';
    case 'some':
      return `backup tablespace users, tools${logs};`;
  }
}
