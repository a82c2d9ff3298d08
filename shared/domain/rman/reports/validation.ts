import type { ValidatedDatafile, ValidatedFile, ValidatedLog, ValidationReport } from '../result/facts.ts';
import { keepText } from '../text/kept-text.ts';
import { type Codes, endOfDigits, isDigit, skipBlanks } from '../text/text-codes.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

// The tables that VALIDATE prints: their headings are translated in some languages, their figures stand in the same columns in all.
const DATAFILE = /^(\d{1,6}) +(OK|FAILED) +(\d+) +(\d+) +(\d+) +(\d+)$/;
const BLOCK_TYPE = /^\S{1,40} +(\d+) +(\d+)$/;
const LOG = /^(\d{1,6}) +(\d+) +(OK|FAILED) +(\d+) +(\d+) +(\S.*)$/;
const OTHER = /^(SPFILE|Control File) +(OK|FAILED) +(\d+) +(\d+)$/;

/** Collects the report of VALIDATE from lines that are no message. */
export class Validation {
  readonly #datafiles: (Mutable<ValidatedDatafile> & {
    blockTypes: { failing: number; processed: number }[];
  })[] = [];
  readonly #logs: ValidatedLog[] = [];
  readonly #others: ValidatedFile[] = [];
  #expectsName = false;
  #expectsBlocks = false;

  get report(): ValidationReport {
    return { datafiles: this.#datafiles, archivelogs: this.#logs, others: this.#others };
  }

  /** Whether a line may be part of a report: at a glance, as tables of other kinds are long. */
  mayRead(codes: Codes, from: number): boolean {
    const first = codes[from] ?? 0;
    if (isDigit(first)) return mayBeRow(codes, from);
    return this.#expectsName || this.#expectsBlocks || first === 83 || first === 67;
  }

  /** Whether the line was part of a report. */
  read(line: string, number: number): boolean {
    const first = line.charCodeAt(0);
    if (isDigit(first)) return this.#readRow(line, number);
    if (this.#expectsName) return this.#readName(line);
    if (this.#expectsBlocks && this.#readBlocks(line)) return true;
    return (first === 83 || first === 67) && this.#readOther(line, number);
  }

  #readRow(text: string, line: number): boolean {
    const datafile = DATAFILE.exec(text);
    if (datafile) {
      const [, file, status, corrupt, empty, examined, scn = ''] = datafile;
      this.#datafiles.push({
        file: Number(file),
        status: statusOf(status),
        markedCorrupt: Number(corrupt),
        emptyBlocks: Number(empty),
        blocksExamined: Number(examined),
        highScn: keepText(scn),
        blockTypes: [],
        line,
      });
      this.#expectsName = true;
      this.#expectsBlocks = true;
      return true;
    }
    const log = LOG.exec(text);
    if (!log) return false;
    const [, thread, sequence, status, failing, examined, name = ''] = log;
    this.#logs.push({
      thread: Number(thread),
      sequence: Number(sequence),
      status: statusOf(status),
      blocksFailing: Number(failing),
      blocksExamined: Number(examined),
      name: keepText(name),
      line,
    });
    return true;
  }

  /** `File Name: …` */
  #readName(text: string): boolean {
    this.#expectsName = false;
    const colon = text.indexOf(': ');
    const datafile = this.#datafiles.at(-1);
    if (colon < 0 || colon > 60 || !datafile) return false;
    datafile.name = keepText(text.slice(colon + 2).trim());
    return true;
  }

  #readBlocks(text: string): boolean {
    const row = BLOCK_TYPE.exec(text);
    const datafile = this.#datafiles.at(-1);
    if (!row || !datafile || /^-+ /.test(text)) return false;
    datafile.blockTypes.push({ failing: Number(row[1]), processed: Number(row[2]) });
    if (datafile.blockTypes.length === 3) this.#expectsBlocks = false;
    return true;
  }

  #readOther(text: string, line: number): boolean {
    const other = OTHER.exec(text);
    if (!other) return false;
    const [, type = '', status, failing, examined] = other;
    this.#others.push({
      type,
      status: statusOf(status),
      blocksFailing: Number(failing),
      blocksExamined: Number(examined),
      line,
    });
    return true;
  }
}

/** `12 OK …`, `12 FAILED …` or, of a log, `1 900 OK …` */
const mayBeRow = (codes: Codes, from: number): boolean => {
  let at = skipBlanks(codes, endOfDigits(codes, from));
  if (isDigit(codes[at] ?? 0)) at = skipBlanks(codes, endOfDigits(codes, at));
  return (codes[at] === 79 && codes[at + 1] === 75) || (codes[at] === 70 && codes[at + 1] === 65);
};

const statusOf = (text: string | undefined): 'OK' | 'FAILED' => (text === 'OK' ? 'OK' : 'FAILED');
