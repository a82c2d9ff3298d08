import { keepText } from '../text/kept-text.ts';
import { type Codes, ownCodesOf } from '../text/text-codes.ts';
import { placeOf, searchedText } from '../text/text-search.ts';
import { TypedScript } from './typed-script.ts';
import type { Statement } from './typed-statements.ts';

/**
 * What a log shows beside backups and decides what can be restored: where the redo of all threads was switched, which datafiles the
 * database has, what was asked for, what a roll-forward read, how the instance changed. Only wordings that are certain count.
 */
export type LogMark = { readonly line: number } & (
  | { readonly kind: 'log-switch' }
  /** REPORT SCHEMA: the permanent datafiles. */
  | { readonly kind: 'schema'; readonly datafiles: readonly number[] }
  | ({ readonly kind: 'statement' } & Statement)
  /** RESTORE or RECOVER read from a piece. */
  | { readonly kind: 'piece-read'; readonly handle: string }
  | { readonly kind: 'excluded'; readonly datafile: number }
  /** A pluggable database is, whose datafiles RMAN does not name. */
  | { readonly kind: 'pluggable-excluded' }
  /** REPORT UNRECOVERABLE: something was written to it without redo since its last backup. */
  | { readonly kind: 'unrecoverable'; readonly datafile: number }
  /** Of BACKUP … KEEP … NOLOGS, and of INCREMENTAL FROM SCN, whose sets are announced as full ones. */
  | { readonly kind: 'logs-not-kept' }
  /** A copy of a datafile is backed up, not the datafile: it is as old as the copy. */
  | { readonly kind: 'copy-as-input' }
  /** The database works on with this copy of a datafile as the datafile itself: it is a backup no longer. */
  | { readonly kind: 'switched'; readonly copy: string }
  /** RMAN could not read a piece; its name is in the text, in any language. */
  | { readonly kind: 'piece-failed'; readonly text: string }
  /** An archived log was left out, for it was not there. */
  | { readonly kind: 'log-left-out' }
  /** RECOVER TABLESPACE brought its datafiles to an earlier time, from which no redo leads on. */
  | { readonly kind: 'brought-back' }
  /** RMAN connected to a database that was mounted only. */
  | { readonly kind: 'not-open' }
  /** The target is a standby database. */
  | { readonly kind: 'standby' }
  /** SET ENCRYPTION, or that it is configured: what RMAN wrote may need a key. */
  | { readonly kind: 'encrypted' }
  | { readonly kind: 'instance'; readonly state: InstanceState }
);

/** `touched`: by a statement or a program that may have opened the database, which nothing else would show. */
type InstanceState = 'closed' | 'dismounted' | 'shut-down' | 'started' | 'mounted' | 'opened' | 'touched';

const instanceStates: readonly (readonly [RegExp, InstanceState])[] = [
  [/(?:^|\s)database closed$/, 'closed'],
  [/(?:^|\s)database dismounted$/, 'dismounted'],
  [/(?:^|\s)Oracle instance shut down$/, 'shut-down'],
  [/(?:^|\s)Oracle instance started$/, 'started'],
  [/(?:^|\s)database mounted$/, 'mounted'],
  [/(?:^|\s)database opened$/, 'opened'],
  [/(?:^|\s)(?:Statement processed|host command complete)$/, 'touched'],
  [/(?:^|\s)sql statement: (?!alter (?:session|system) )/i, 'touched'],
];
const switchedCopy = /(?:^|\s)input datafile copy RECID=\d+ STAMP=\d+ file ?name=(\S.*)$/i;
const quote = 34;
const pieceFailed = /\bORA-19870: (.{1,600})/;
/**
 * Why RMAN could not restore from a piece that is good: the datafile was in use (19573), could not be made (19504) or written (19502), or
 * the piece was not there then (19505), which the snapshot knows better.
 */
const failedOtherwise = /(?:^|\s)ORA-(?:19573|19504|19502|19505)\b/;
/** The control file is not current for REPORT SCHEMA. */
const reportsOldFile = /(?:^|\s)RMAN-06139\b/;
const logLeftOut = /(?:^|\s)RMAN-06061\b/;
const notOpen = /\(DBID=\d+,/;
/** The current log could not be archived at the primary, or nobody logged in there to do so. */
const standbyCode = /(?:^|\s)RMAN-0682[01]\b/;
/** All of them at once: most codes are none. */
const anyCode = /ORA-19870|RMAN-06(?:139|061|82[01])/;
const readingFrom = searchedText(': reading from ');
const failing = searchedText('ORA-19870: ');
const pieceRead = /: reading from backup piece (\S.*)$/;
/** Number, kind of the backup that is needed, name. */
const unrecoverableRow = /^(\d{1,6}) +full(?: or incremental)? +\S/;
/** Number, megabytes, tablespace, rollback segments, name. */
const schemaRow = /^(\d{1,6}) +(?:\d+|\*+) +\S+ +(?:YES|NO|\*\*\*) +\S/;
const tableText = /^(?:List of Permanent Datafiles|=+|File Size\b.*|-[- ]*)$/;
/** A table that is cut must not look whole. */
const omission = /^(?:\.{2,}|…)/;

/** What is looked for in any remark. */
const wordings = {
  switchedTo: /(?:^|\s)datafile \d{1,6} switched to datafile copy(?: "(.+)")?$/i,
  broughtBack: /(?:^|\s)Performing import of metadata\.*$/,
  atPrimary: /(?:^|\s)current log archived at primary database$/,
  /** Not `… at primary database`: what a standby has of that log is not known then. */
  logSwitch: /(?:^|\s)current log archived$|^当前日志已存档$/,
  unrecoverableStart: /(?:^|\s)Report of files that need backup due to unrecoverable operations$/,
  logsNotKept: /(?:^|\s)archived logs will not be kept or backed up$/,
  toleratesCorruption: /(?:^|\s)executing command: SET MAX CORRUPT$/,
  excluded: /(?:^|\s)file (\d{1,6}) is excluded from whole database backup$/,
  /** RMAN leaves it out as well where it is not found any more. */
  pluggableExcluded: /(?:^|\s)skipping (?:excluded pluggable database|PDB) \S.* data files\b/,
  schemaStart: /(?:^|\s)Report of database schema/,
  encrypting:
    /(?:^|\s)executing command: SET encryption$|(?:^|\s)CONFIGURE ENCRYPTION FOR (?:DATABASE|TABLESPACE \S{1,130}) ON;$/,
};

/** All of them at once: most remarks have none. */
const anyWording = new RegExp(
  [...Object.values(wordings), ...instanceStates.map(([wording]) => wording)]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** The last two letters of the wordings above: most lines of a long log are passed by at this glance. */
const endings = ['ed', 'wn', 'up', 'te', 'ns', 'py', '..', 'ta', 'N;', '存档'].map(ownCodesOf);

const hasMarksEnding = (codes: Codes, end: number): boolean => {
  const last = codes[end - 1] ?? 0;
  for (let index = 0; index < endings.length; index += 1) {
    const ending = endings[index] as Uint16Array;
    if (ending[1] === last && ending[0] === codes[end - 2]) return true;
  }
  return false;
};

/** Collects the marks of one log, line by line. */
export class Marks {
  readonly list: LogMark[] = [];
  readonly #script = new TypedScript();
  #listsUnrecoverable = false;
  /** `datafile 1 switched to datafile copy`: the next line names it. */
  #namesSwitched = false;
  #lastFailed = 0;
  #schema: { line: number; datafiles: number[]; hasHeading: boolean } | undefined;

  /** A line that somebody typed; with the prompt. */
  readEcho(codes: Codes, from: number, end: number, line: number): void {
    this.#endSchema();
    this.#addStatements(this.#script.readNew(codes, from, end), line);
  }

  /** Whether a line was typed, by the script: it stood behind the same line before. */
  readEchoAgain(codes: Codes, from: number, end: number, line: number): boolean {
    const statements = this.#script.readAgain(codes, from, end);
    if (statements === undefined) return false;
    this.#endSchema();
    this.#addStatements(statements, line);
    return true;
  }

  #addStatements(statements: readonly Statement[], line: number): void {
    for (const statement of statements) this.list.push(toMark(statement, line));
  }

  /** Any line may be a part of what is reported. */
  get isInReport(): boolean {
    return this.#schema !== undefined || this.#listsUnrecoverable || this.#namesSwitched;
  }

  /** Whether a line that is no message may be a mark. */
  mayRead(codes: Codes, end: number): boolean {
    return this.isInReport || codes[end - 1] === quote || hasMarksEnding(codes, end);
  }

  /** A message of no consequence for the map, or a line that is none. */
  readRemark(text: string, line: number): void {
    if (!this.isInReport && !anyWording.test(text)) return;
    if (this.#readUnrecoverable(text, line)) return;
    if (this.#readSchema(text, line)) return;
    if (this.#readSwitch(text, line)) return;
    if (wordings.unrecoverableStart.test(text)) this.#listsUnrecoverable = true;
    if (wordings.logsNotKept.test(text)) this.list.push({ line, kind: 'logs-not-kept' });
    if (wordings.toleratesCorruption.test(text)) this.list.push({ line, kind: 'statement', does: 'apart' });
    if (wordings.logSwitch.test(text)) this.list.push({ line, kind: 'log-switch' });
    if (wordings.broughtBack.test(text)) this.list.push({ line, kind: 'brought-back' });
    if (wordings.encrypting.test(text)) this.list.push({ line, kind: 'encrypted' });
    if (wordings.atPrimary.test(text)) this.list.push({ line, kind: 'standby' });
    const [, datafile] = wordings.excluded.exec(text) ?? [];
    if (datafile !== undefined) this.list.push({ line, kind: 'excluded', datafile: Number(datafile) });
    if (wordings.pluggableExcluded.test(text)) this.list.push({ line, kind: 'pluggable-excluded' });
    const state = instanceStates.find(([wording]) => wording.test(text))?.[1];
    if (state !== undefined) this.list.push({ line, kind: 'instance', state });
  }

  readChannelRemark(codes: Codes, from: number, end: number, line: number): void {
    if (placeOf(failing, codes, from, end) >= 0) this.#readFailure(codes.part(from, end), line);
    if (placeOf(readingFrom, codes, from, end) < 0) return;
    const [, handle] = pieceRead.exec(codes.part(from, end)) ?? [];
    if (handle !== undefined) this.list.push({ line, kind: 'piece-read', handle: keepText(handle) });
  }

  /** The target's name, and whether it is open. */
  readConnection(text: string, line: number): void {
    this.#endSchema();
    if (notOpen.test(text)) this.list.push({ line, kind: 'not-open' });
  }

  readCopyAsInput(line: number): void {
    this.#endSchema();
    this.list.push({ line, kind: 'copy-as-input' });
  }

  /** A line with the code of an error or a warning. */
  readCode(text: string, line: number): void {
    this.#endSchema();
    if (!anyCode.test(text) && line !== this.#lastFailed + 1) return;
    if (standbyCode.test(text)) this.list.push({ line, kind: 'standby' });
    if (reportsOldFile.test(text)) this.list.push({ line, kind: 'statement', does: 'report-past' });
    if (logLeftOut.test(text)) this.list.push({ line, kind: 'log-left-out' });
    this.#readFailure(text, line);
    if (line === this.#lastFailed + 1 && failedOtherwise.test(text)) this.list.pop();
  }

  /** Any other message: a report ends before it. */
  readOther(): void {
    this.#endSchema();
  }

  /** The log or its run is over: a report that nothing of the same run follows may be cut, and proves nothing. */
  end(): void {
    this.#schema = undefined;
    this.#endSchema();
  }

  #readFailure(text: string, line: number): void {
    const [, named] = pieceFailed.exec(text) ?? [];
    if (named === undefined) return;
    this.list.push({ line, kind: 'piece-failed', text: keepText(named) });
    this.#lastFailed = line;
  }

  /** Whether the line is a row of a report of what was written without redo. */
  #readUnrecoverable(text: string, line: number): boolean {
    if (!this.#listsUnrecoverable) return false;
    const [, datafile] = unrecoverableRow.exec(text) ?? [];
    if (datafile !== undefined) this.list.push({ line, kind: 'unrecoverable', datafile: Number(datafile) });
    return datafile !== undefined;
  }

  /** Whether the line tells of a copy that the database was switched to. */
  #readSwitch(text: string, line: number): boolean {
    const named = this.#namesSwitched ? switchedCopy.exec(text)?.[1] : undefined;
    this.#namesSwitched = false;
    const found = named === undefined ? wordings.switchedTo.exec(text) : undefined;
    if (named === undefined && !found) return false;
    const copy = named ?? found?.[1];
    if (copy === undefined) this.#namesSwitched = true;
    else this.list.push({ line, kind: 'switched', copy: keepText(copy) });
    return true;
  }

  /** Whether the line is part of a report of the schema. */
  #readSchema(text: string, line: number): boolean {
    if (wordings.schemaStart.test(text)) {
      this.#schema = { line, datafiles: [], hasHeading: false };
      return true;
    }
    if (this.#schema === undefined) return false;
    const [, file] = schemaRow.exec(text) ?? [];
    if (file !== undefined) this.#schema.datafiles.push(Number(file));
    else if (omission.test(text)) this.#schema = undefined;
    else if (tableText.test(text)) this.#schema.hasHeading = true;
    else if (text === 'List of Temporary Files') this.#endSchema();
    else {
      // A name that was wrapped, or anything else, which may be a mark itself: whether rows follow is not known.
      this.#schema = undefined;
      return false;
    }
    return true;
  }

  #endSchema(): void {
    this.#listsUnrecoverable = false;
    if (this.#schema === undefined) return;
    const { line, datafiles, hasHeading } = this.#schema;
    this.#schema = undefined;
    if (hasHeading && datafiles.length > 0) this.list.push({ line, kind: 'schema', datafiles });
  }
}

/** Written out as most of them are, to spare the spread. */
const toMark = (statement: Statement, line: number): LogMark => {
  const { does, incremental, isKept } = statement;
  return incremental === undefined && isKept === undefined
    ? { line, kind: 'statement', does }
    : { line, kind: 'statement', ...statement };
};
