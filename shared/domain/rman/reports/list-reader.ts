import { keepText } from '../text/kept-text.ts';
import type { Codes } from '../text/text-codes.ts';
import {
  readCopyPieceRow,
  readCopyRow,
  readDatafileRow,
  readLogRangeRow,
  readLogRow,
  readPieceRow,
  readSchemaRow,
  readSetRow,
  readShortSetRow,
} from './list-rows.ts';
import type {
  Configured,
  Listed,
  ListedCopy,
  ListedLog,
  ListedPiece,
  ListedSet,
  SchemaFile,
} from './listed.ts';
import { ListedRows } from './listed-rows.ts';
import { LONGEST_ROW } from './row-words.ts';
import { SummaryRows } from './summary-rows.ts';
import { ruleAt, type Table } from './table-rules.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type SetDraft = Mutable<Omit<ListedSet, 'pieces' | 'datafiles' | 'archivedLogs'>> & {
  readonly pieces: Mutable<ListedPiece>[];
  readonly datafiles: ListedSet['datafiles'][number][];
  readonly archivedLogs: ListedSet['archivedLogs'][number][];
};

const DASH = 45;

/** `BP Key: 12   Status: AVAILABLE  Compressed: NO  Tag: …`, in any language. */
const PIECE =
  /^[^:]{1,40}: ?(\d{1,15}) +[^:]{1,40}: ?([A-Z]{1,20}) +[^:]{1,40}: ?(YES|NO) +[^:]{1,40}: ?(.*)$/;
const MEDIA = /^(.*?) {2,}[^:]{1,20}: ?(.*)$/;
const CONTROL_FILE = /: Ckp SCN: (\d{1,20}) +Ckp [^:]{1,20}: ?(\S.*)$/;
const SPFILE = /^[^:]{0,40}SPFILE[^:]{0,40}: [^:]{1,40}: ?(\S.*)$/;
const CONFIGURED = /^CONFIGURE .*;/;

/** Reads the tables of LIST and REPORT, line by line, from lines that are no message; and what is configured. */
export class ListReader {
  readonly #sets = new ListedRows<number, SetDraft>();
  readonly #pieces = new ListedRows<number, ListedPiece>();
  readonly #copies = new ListedRows<number, Mutable<ListedCopy>>();
  readonly #logs = new ListedRows<number, Mutable<ListedLog>>();
  readonly #summaries = new SummaryRows();
  readonly #schema = new ListedRows<number, SchemaFile>();
  readonly #configuration = new ListedRows<string, Configured>();
  #table: Table | undefined;
  #set: SetDraft | undefined;
  /** The row whose name or tag stands in the lines that follow. */
  #named: { name?: string; tag?: string } | undefined;
  #piece: Mutable<ListedPiece> | undefined;
  #showsConfiguration = false;

  get #lists(): readonly { readonly all: readonly unknown[]; readonly isCut: boolean }[] {
    return [
      this.#sets,
      this.#pieces,
      this.#copies,
      this.#logs,
      this.#summaries,
      this.#schema,
      this.#configuration,
    ];
  }

  get listed(): Omit<Listed, 'missing'> {
    return {
      backupSets: this.#sets.all,
      pieces: this.#pieces.all,
      copies: this.#copies.all,
      archivedLogs: this.#logs.all,
      summaries: this.#summaries.all,
      schema: this.#schema.all,
      configuration: this.#configuration.all,
      isCut: this.#lists.some(({ isCut }) => isCut),
    };
  }

  get isEmpty(): boolean {
    return this.#lists.every(({ all }) => all.length === 0);
  }

  readHeading(text: string): void {
    this.#named = undefined;
    this.#piece = undefined;
    this.#showsConfiguration = text.includes('RMAN configuration parameters') && !text.startsWith('old');
  }

  /** Another message of RMAN: what is listed ends before it. */
  end(): void {
    if (this.#table === undefined && !this.#showsConfiguration) return;
    this.#table = undefined;
    this.#set = undefined;
    this.#showsConfiguration = false;
  }

  /** Whether a line may be part of a table, or begin one. */
  mayRead(codes: Codes, from: number): boolean {
    return this.#table !== undefined || this.#showsConfiguration || codes[from] === DASH;
  }

  /** Rows like one above them are told from all else that a line may be. */
  get listsSummaries(): boolean {
    // V8 sees at once that there is no table; to compare nothing with a text, it calls a function.
    return this.#table !== undefined && this.#table === 'summaries';
  }

  /** Whether a line is such a row. */
  readLikeAbove(codes: Codes, from: number, end: number, line: number, scope: string): boolean {
    return this.#summaries.readLikeAbove(codes, from, end, line, scope);
  }

  /** Whether a line is part of a table. `scope`: the database that it is about, as keys are numbers of its own. */
  read(codes: Codes, from: number, end: number, line: number, scope: string): boolean {
    if (end - from > LONGEST_ROW) return false;
    if (this.#table === 'summaries' && this.#summaries.read(codes, from, end, line, scope)) return true;
    if (codes[from] === DASH) return this.#readRule(codes, from, end);
    const text = codes.part(from, end);
    if (this.#showsConfiguration && CONFIGURED.test(text)) {
      const statement = keepText(text.slice(0, text.lastIndexOf(';') + 1));
      const isDefault = text.endsWith('# default');
      this.#configuration.put(scope, statement, { statement, isDefault, line });
      return true;
    }
    return (
      this.#table !== undefined &&
      (this.#readRow(this.#table, text, line, scope) || this.#readBelow(text, line))
    );
  }

  #readRule(codes: Codes, from: number, end: number): boolean {
    const rule = ruleAt(codes, from, end);
    if (rule === undefined) return false;
    const { table } = rule;
    if (table !== undefined && !table.startsWith('set')) this.#set = undefined;
    this.#table = table;
    this.#named = undefined;
    this.#piece = undefined;
    return table !== undefined;
  }

  #readRow(table: Table, text: string, line: number, scope: string): boolean {
    const first = text.charCodeAt(0);
    if (table === 'setCopy') return true;
    if (first < 48 || first > 57) return false;
    switch (table) {
      case 'sets': {
        const row = readSetRow(text) ?? readShortSetRow(text);
        if (!row) return false;
        this.#set = { ...row, pieces: [], datafiles: [], archivedLogs: [], line };
        this.#sets.put(scope, row.key, this.#set);
        return true;
      }
      case 'setDatafiles':
        return addRow(this.#set?.datafiles, readDatafileRow(text));
      case 'setLogs':
        return addRow(this.#set?.archivedLogs, readLogRangeRow(text));
      case 'setCopyPieces': {
        const row = readCopyPieceRow(text);
        return addRow(this.#set?.pieces, row && { ...row, line });
      }
      case 'pieces': {
        const row = readPieceRow(text);
        if (row) this.#pieces.put(scope, row.key, { ...row, line });
        return row !== undefined;
      }
      case 'summaries':
        return false;
      case 'datafileCopies':
      case 'controlFileCopies': {
        const row = readCopyRow(text, table === 'controlFileCopies');
        if (row) this.#named = this.#copies.put(`${scope} ${table}`, row.key, { ...row, line });
        return row !== undefined;
      }
      case 'logs': {
        const row = readLogRow(text);
        if (row) this.#named = this.#logs.put(scope, row.key, { ...row, line });
        return row !== undefined;
      }
      case 'schema':
      case 'temporaryFiles': {
        const row = readSchemaRow(text, table === 'temporaryFiles');
        if (row) this.#schema.put(`${scope} ${table}`, row.file, { ...row, line });
        return row !== undefined;
      }
    }
  }

  /** What stands below a row: the piece of a set, the name or tag of a copy, a control file or SPFILE in a set. */
  #readBelow(text: string, line: number): boolean {
    if (this.#named) return readName(this.#named, text);
    return this.#set !== undefined && this.#readOfSet(this.#set, text, line);
  }

  #readOfSet(set: SetDraft, text: string, line: number): boolean {
    const [, key, status = '', compressed, tag = ''] = PIECE.exec(text) ?? [];
    if (key !== undefined) {
      this.#piece = {
        key: Number(key),
        status: keepText(status),
        compressed: compressed === 'YES',
        tag: keepText(tag),
        line,
      };
      set.pieces.push(this.#piece);
      return true;
    }
    if (this.#piece && text.includes(':')) {
      const value = afterColon(text);
      const [, handle = value, media] = MEDIA.exec(value) ?? [];
      this.#piece.handle = keepText(handle);
      if (media !== undefined) this.#piece.media = keepText(media);
      this.#piece = undefined;
      return true;
    }
    const [, ckpScn, ckpTime = ''] = CONTROL_FILE.exec(text) ?? [];
    if (ckpScn !== undefined) set.controlFile = { ckpScn: keepText(ckpScn), ckpTime: keepText(ckpTime) };
    const [, modifiedAt] = SPFILE.exec(text) ?? [];
    if (modifiedAt !== undefined) set.spfile = { modifiedAt: keepText(modifiedAt) };
    return ckpScn !== undefined || modifiedAt !== undefined;
  }
}

const addRow = <T>(list: T[] | undefined, row: T | undefined): boolean => {
  if (row !== undefined) list?.push(row);
  return row !== undefined;
};

const afterColon = (text: string): string => text.slice(text.indexOf(':') + 1).trim();

/** `Name: …`, then perhaps `Tag: …` and `Container ID: 3, PDB Name: …`. */
const readName = (named: { name?: string; tag?: string }, text: string): boolean => {
  if (!/^[^:]{1,40}:/.test(text)) return false;
  if (named.name === undefined) named.name = keepText(afterColon(text));
  else if (named.tag === undefined && !text.includes('ID:')) named.tag = keepText(afterColon(text));
  return true;
};
