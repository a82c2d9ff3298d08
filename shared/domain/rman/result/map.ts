/**
 * What one RMAN log says of the files of a database. Strings are verbatim from the log (secrets excepted), keys are absent
 * where the log does not say, and nothing is null. Dates follow the NLS settings of the run and are not decoded.
 */
export interface RmanMap {
  /** Name of the log, as the caller gave it. */
  readonly source: string;
  /** Target databases by their connect lines or, without one, by the DBID of an autobackup's handle. */
  readonly databases: readonly Database[];
  /** Completed sets only, in the order in which RMAN announced them. */
  readonly backupSets: readonly BackupSet[];
  /** Completed copies of datafiles, in the order in which they completed. */
  readonly imageCopies: readonly ImageCopy[];
  readonly autobackups: readonly Autobackup[];
  /** Image copies that RECOVER COPY has rolled forward: new content under an old name. */
  readonly recoveredCopies?: readonly RecoveredCopy[];
  /** What is gone, in the order of the log; it may name objects of earlier runs. */
  readonly deletions: readonly Deletion[];
  /** Archived logs that RMAN refused to delete. */
  readonly notDeleted?: readonly NotDeleted[];
  readonly skipped?: readonly Skipped[];
  /** One for each code line of the error stacks; exact repeats once. */
  readonly errors: readonly Notice[];
  readonly warnings?: readonly Notice[];
  /** Sets that were announced and failed with their channel (RMAN-03009). */
  readonly failedSets?: readonly FailedSet[];
  /** The backup commands one by one, where they did not all end alike. */
  readonly commands?: readonly CommandOutcome[];
  /** Handles that exist at the end; only where this log deletes pieces that it wrote itself. */
  readonly survivingPieces?: readonly string[];
  readonly status: Status;
  /** For people: what is uncertain, missing or refused. */
  readonly note?: string;
}

/** Of the last backup command. `truncated`: the text ends, or has a gap, inside a command. */
export type Status = 'completed' | 'completed-with-warnings' | 'failed' | 'truncated';

export interface Database {
  readonly name?: string;
  /** Digits. */
  readonly dbid: string;
  readonly version?: string;
  /** DB_UNIQUE_NAME, where the log prints it. */
  readonly uniqueName?: string;
  /** Where the DBID stands, if not in a connect line. */
  readonly dbidFrom?: string;
}

/** By content: a set without datafiles is what it holds instead. */
export type SetKind = 'archivelog' | 'full' | 'incremental' | 'controlfile' | 'spfile';

export interface BackupSet {
  /** The channel that announced the set. */
  readonly channel: string;
  readonly kind: SetKind;
  /** What RMAN called a set that holds no datafiles. */
  readonly announcedAs?: string;
  /** 0 to 4; of incremental sets. */
  readonly level?: number;
  readonly compressed: boolean;
  /** By piece number; the copies of a duplexed piece share it. */
  readonly pieces: readonly Piece[];
  readonly datafiles?: readonly Datafile[];
  readonly archivelogs?: readonly ArchivedLog[];
  readonly includesControlFile: boolean;
  readonly controlFileKind?: 'standby';
  readonly includesSpfile: boolean;
  /** Of a multisection set: which blocks of its one datafile each piece holds. */
  readonly sections?: readonly Section[];
  readonly startedAt?: string;
  readonly elapsedSeconds?: number;
  /** Of a multisection set, instead of the one figure; in piece order. */
  readonly elapsedSecondsPerPiece?: readonly number[];
}

export interface Piece {
  readonly handle: string;
  readonly tag?: string;
  readonly piece: number;
  readonly comment?: string;
  readonly finishedAt?: string;
}

export interface Datafile {
  readonly file: number;
  readonly name: string;
}

/** RECID and STAMP name the record of the control file; `decodeStamp` turns a STAMP into a time. */
export interface ArchivedLog {
  readonly thread: number;
  readonly sequence: number;
  readonly recid: number;
  readonly stamp: number;
}

export interface Section {
  readonly piece: number;
  /** First and last block. */
  readonly blocks: readonly [number, number];
}

export interface ImageCopy {
  readonly channel: string;
  readonly file: number;
  readonly name: string;
  readonly output: string;
  readonly tag?: string;
  readonly recid: number;
  readonly stamp: number;
  readonly elapsedSeconds: number;
}

export interface Autobackup {
  readonly handle: string;
  readonly comment?: string;
}

export interface RecoveredCopy {
  readonly file: number;
  /** The copy, not the datafile that it is a copy of. */
  readonly name: string;
}

export type Deletion =
  | { readonly type: 'backuppiece'; readonly handle: string; readonly recid: number; readonly stamp: number }
  | {
      readonly type: 'archivelog';
      readonly name: string;
      readonly recid: number;
      readonly stamp: number;
      /** The channel that deleted it after a backup; another one may have backed it up. */
      readonly channel?: string;
    }
  | {
      readonly type: 'datafilecopy' | 'controlfilecopy';
      readonly name: string;
      readonly recid: number;
      readonly stamp: number;
    };

export interface NotDeleted {
  readonly name: string;
  readonly thread: number;
  readonly sequence: number;
}

export type Skipped =
  | { readonly datafile: number; readonly reason: string }
  | {
      readonly thread: number;
      readonly fromSequence: number;
      readonly toSequence: number;
      readonly reason: string;
    };

export interface Notice {
  /** `RMAN-03002`, `ORA-19504`, … */
  readonly code: string;
  readonly text: string;
}

export interface FailedSet {
  readonly channel: string;
  readonly kind: SetKind;
  readonly datafiles?: readonly Datafile[];
}

export interface CommandOutcome {
  readonly command: string;
  readonly status: Status;
}
