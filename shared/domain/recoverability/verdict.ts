import type { Source } from '../file-map/source.ts';

/** `unknown` wherever the logs leave a question open: a `yes` is a promise. */
export type Recoverable = 'yes' | 'no' | 'unknown';

/** What of one database can be restored from the files of one point. */
export interface Recoverability {
  readonly dbid: string;
  readonly recoverable: Recoverable;
  /** Spans of time that can be reached, oldest first; none unless `yes`. */
  readonly windows: readonly RecoveryWindow[];
  /** The first archived logs that are missing between others, or before the backup is consistent. */
  readonly firstGap?: LogGap;
  readonly reasons: readonly Reason[];
  /** RMAN commands that close the gaps from here on. */
  readonly advice: readonly string[];
}

/** What one backup, with the redo behind it, can be brought to. Times are those of the database host's clock, without a zone. */
export interface RecoveryWindow {
  /** The run that backed up the datafiles, or the last of them. */
  readonly base: Source;
  readonly datafiles: number;
  /** Certain from here (`YYYY-MM-DDTHH:MM:SS`): the backup is consistent. Absent: no time says so. */
  readonly from?: string;
  /** Certain up to here. Absent, or before `from`: only the end is certain, by `through`. */
  readonly to?: string;
  /** The last archived log of each thread up to which recovery can go: UNTIL SEQUENCE one more. */
  readonly through: readonly LogPosition[];
  /** It is consistent by itself and needs no redo. */
  readonly isConsistent?: true;
  /** Paths in the mount of every file that it needs; where copies of a piece exist, of one. */
  readonly files: readonly string[];
}

export interface LogPosition {
  readonly thread: number;
  readonly sequence: number;
}

export interface LogGap {
  readonly thread: number;
  readonly fromSequence: number;
  readonly toSequence: number;
}

export const reasonCodes = [
  'NOT_JUDGED',
  'VAULT_DAMAGED',
  'DATABASE_UNKNOWN',
  'NO_DATAFILE_BACKUP',
  'NOARCHIVELOG_MODE',
  'DATAFILE_NOT_COVERED',
  'DATAFILE_LIST_UNPROVEN',
  'DATAFILE_SKIPPED',
  'DATAFILE_CORRUPT',
  'BASE_UNKNOWN',
  'COPY_CONTENT_UNKNOWN',
  'FILES_NOT_USABLE',
  'FILES_ELSEWHERE',
  'CONTROL_FILE_MISSING',
  'CONTROL_FILE_OF_OTHER_RUN',
  'REDO_START_UNKNOWN',
  'REDO_END_UNKNOWN',
  'LOG_GAP',
  'LOGS_KNOWN_BY_NAME',
  'INCARNATION_UNCLEAR',
  'THREADS_UNCLEAR',
  'LOGS_UNCERTAIN',
  'SPREAD_OVER_MOUNTS',
  'SPFILE_MISSING',
  'PASSWORD_FILE_MISSING',
  'BACKUPS_ENCRYPTED',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** What a reason does: it forbids, leaves a question, or is only to be known before a restore. */
export interface Reason {
  readonly code: ReasonCode;
  readonly effect: 'no' | 'unknown' | 'note';
  readonly text: string;
  /** Paths in the mount or names in the logs; at most 20. */
  readonly files?: readonly string[];
  readonly datafiles?: readonly number[];
}
