/**
 * What LIST, REPORT SCHEMA, SHOW ALL and CROSSCHECK print. Objects in them may be of earlier runs, and may be gone by now: none of them is
 * ever taken for made by this log. An object that is listed again counts as it was listed last. SCNs are digits: they may be beyond 2^53.
 * Dates are verbatim.
 */
export interface Listed {
  readonly backupSets: readonly ListedSet[];
  /** Pieces of `List of Backup Pieces`, which does not name the files in them. */
  readonly pieces: readonly ListedPiece[];
  readonly copies: readonly ListedCopy[];
  readonly archivedLogs: readonly ListedLog[];
  /** LIST BACKUP SUMMARY. */
  readonly summaries: readonly ListedSummary[];
  /** What a crosscheck or a validation did not find: it is not where the control file or catalog has it. */
  readonly missing: readonly MissingObject[];
  /** REPORT SCHEMA; sizes stand nowhere else. */
  readonly schema: readonly SchemaFile[];
  readonly configuration: readonly Configured[];
  /** There was more of it than is kept. */
  readonly isCut: boolean;
}

/** `AVAILABLE`, `EXPIRED` (missing at the last crosscheck), `UNAVAILABLE`, `DELETED`; in some tables the letter A, X, U or D. */
type ListedStatus = string;

export interface ListedSet {
  /** Of the control file's or of the catalog's record. */
  readonly key: number;
  /** Absent from sets of archived logs. */
  readonly type?: 'Full' | 'Incr';
  readonly level?: number;
  /** `1.03G` */
  readonly size: string;
  readonly device?: string;
  readonly completedAt?: string;
  readonly pieces: readonly ListedPiece[];
  readonly datafiles: readonly ListedDatafile[];
  readonly archivedLogs: readonly ListedLogRange[];
  readonly controlFile?: { readonly ckpScn: string; readonly ckpTime: string };
  readonly spfile?: { readonly modifiedAt: string };
  readonly line: number;
}

export interface ListedPiece {
  readonly key: number;
  readonly setKey?: number;
  readonly piece?: number;
  readonly copy?: number;
  readonly status: ListedStatus;
  readonly compressed?: boolean;
  readonly tag?: string;
  readonly device?: string;
  readonly handle?: string;
  readonly media?: string;
  readonly line: number;
}

export interface ListedDatafile {
  readonly file: number;
  readonly level?: number;
  readonly type: 'Full' | 'Incr';
  /** Everything up to this SCN is in the backup. */
  readonly ckpScn: string;
  readonly ckpTime: string;
  readonly name?: string;
}

export interface ListedLogRange {
  readonly thread: number;
  readonly sequence: number;
  readonly lowScn: string;
  readonly lowTime: string;
  readonly nextScn: string;
  readonly nextTime: string;
}

export interface ListedCopy {
  readonly key: number;
  /** Absent from copies of the control file. */
  readonly file?: number;
  readonly status: ListedStatus;
  readonly completedAt: string;
  readonly ckpScn: string;
  readonly ckpTime: string;
  readonly name?: string;
  readonly tag?: string;
  readonly line: number;
}

export interface ListedLog {
  readonly key: number;
  readonly thread: number;
  readonly sequence: number;
  readonly status: ListedStatus;
  readonly lowTime: string;
  readonly name?: string;
  readonly line: number;
}

export interface ListedSummary {
  readonly key: number;
  /** `B`: backup set, `P`: proxy copy. */
  readonly type: string;
  /** `F`: full or control file, `A`: archived logs, `0` to `4`. */
  readonly level: string;
  readonly status: ListedStatus;
  readonly device: string;
  readonly completedAt: string;
  readonly pieces: number;
  readonly copies: number;
  readonly compressed: boolean;
  readonly tag: string;
  readonly line: number;
}

export interface MissingObject {
  readonly type: 'backuppiece' | 'archivelog' | 'datafilecopy' | 'controlfilecopy';
  readonly name: string;
  readonly recid: number;
  readonly stamp: number;
  readonly line: number;
}

export interface SchemaFile {
  readonly file: number;
  readonly isTemporary: boolean;
  /** Absent where the file could not be read. */
  readonly megabytes?: number;
  readonly tablespace: string;
  readonly name: string;
  readonly line: number;
}

export interface Configured {
  readonly statement: string;
  readonly isDefault: boolean;
  readonly line: number;
}
