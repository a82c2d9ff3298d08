import type { Listed } from '../reports/listed.ts';
import type { LogMark } from '../state/marks.ts';
import type { Encoding } from '../text/encoding.ts';
import type { Notice, Piece, RecoveredCopy, RmanMap, Status } from './map.ts';

/** Everything that one log says: the map, and what the map has no place for. */
export interface ParsedRmanLog {
  readonly map: RmanMap;
  readonly facts: LogFacts;
}

/** Lines are counted from 1, as an editor shows them. */
export interface LogFacts {
  readonly lines: number;
  readonly encoding?: Encoding;
  /** Runs of RMAN in this one log, in order. Without any banner there is one. */
  readonly runs: readonly Run[];
  readonly channels: readonly Channel[];
  readonly commands: readonly Command[];
  /** Where the entries of the map stand; each list is parallel to the map's. */
  readonly sources: Sources;
  /** Failures of single channels after which the command went on. */
  readonly channelFailures: readonly ChannelFailure[];
  /** The log says that the database does not archive its redo, so that it was not backed up. */
  readonly noArchivelog?: Notice & { readonly line: number };
  /** Pieces that were written, but whose set stands in no line of this log. */
  readonly unattributedPieces: readonly UnattributedPiece[];
  /** Pieces of existing sets that BACKUP BACKUPSET has copied. */
  readonly copiedPieces: readonly UnattributedPiece[];
  readonly controlFileCopies: readonly (FileCopy & { readonly isStandby?: true })[];
  /** Image copies of which RECOVER COPY was not brought to its end: what they hold nobody knows. */
  readonly tornCopies?: readonly (RecoveredCopy & { readonly line: number })[];
  readonly archivedLogCopies: readonly (FileCopy & { readonly thread: number; readonly sequence: number })[];
  /** What VALIDATE or BACKUP VALIDATE found. */
  readonly validation: ValidationReport;
  /** What LIST, REPORT, SHOW ALL and CROSSCHECK printed; absent where the log has none of it. */
  readonly listed?: Listed;
  /** What could not be known for certain. */
  readonly doubts: readonly Doubt[];
  /** What decides whether a backup can be restored, beside the backups; absent where the log has none of it. */
  readonly marks?: readonly LogMark[];
}

export interface Run {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly version?: string;
  /** DBID of the target database. */
  readonly dbid?: string;
  /** The log ends before RMAN says that it does: what more was done is not known. */
  readonly isOpenEnded?: true;
  readonly status: Status;
}

export interface Channel {
  readonly name: string;
  readonly device?: string;
  readonly sid?: number;
  /** Of a cluster: where the channel works. */
  readonly instance?: string;
  readonly line: number;
}

export interface Command {
  readonly command: string;
  readonly firstLine: number;
  readonly lastLine?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly isBackup: boolean;
  readonly status: Status;
}

export interface Sources {
  readonly backupSets: readonly { readonly announced: number; readonly pieces: readonly number[] }[];
  readonly imageCopies: readonly number[];
  readonly autobackups: readonly number[];
  readonly recoveredCopies: readonly number[];
  readonly deletions: readonly number[];
  readonly skipped?: readonly number[];
  /** Where sets are announced that have no piece: they were only validated. In no list of the map. */
  readonly setsWithoutPiece?: readonly number[];
  readonly errors: readonly number[];
}

export interface ChannelFailure {
  readonly channel: string;
  readonly instance?: string;
  readonly line: number;
  readonly errors: readonly Notice[];
  /** RMAN gave the job to another channel. */
  readonly isRerun: boolean;
}

export interface UnattributedPiece extends Omit<Piece, 'piece'> {
  readonly channel?: string;
  readonly line: number;
}

export interface FileCopy {
  readonly channel: string;
  readonly output: string;
  readonly tag?: string;
  readonly recid: number;
  readonly stamp: number;
  readonly line: number;
}

export interface ValidationReport {
  readonly datafiles: readonly ValidatedDatafile[];
  readonly archivelogs: readonly ValidatedLog[];
  /** `SPFILE` and `Control File`. */
  readonly others: readonly ValidatedFile[];
}

export interface ValidatedDatafile {
  readonly file: number;
  readonly name?: string;
  readonly status: 'OK' | 'FAILED';
  readonly markedCorrupt: number;
  readonly emptyBlocks: number;
  readonly blocksExamined: number;
  /** SCNs may be beyond 2^53. */
  readonly highScn: string;
  /** Data, index and other blocks, in this order. */
  readonly blockTypes: readonly { readonly failing: number; readonly processed: number }[];
  readonly line: number;
}

export interface ValidatedFile {
  readonly type: string;
  readonly status: 'OK' | 'FAILED';
  readonly blocksFailing: number;
  readonly blocksExamined: number;
  readonly line: number;
}

export interface ValidatedLog extends Omit<ValidatedFile, 'type'> {
  readonly thread: number;
  readonly sequence: number;
  readonly name: string;
}

export interface Doubt {
  readonly line?: number;
  readonly text: string;
}
