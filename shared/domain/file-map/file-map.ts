import type { MountId, UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { Datafile, SetKind, Status } from '../rman/result/map.ts';
import type { RunRecord } from './run-record.ts';
import type { LoggedTime, Source } from './source.ts';

/**
 * Which file of a snapshot belongs to which database: what the logs of the mount's line say, held against the files that
 * the snapshot really has. Every list is in the order of `Source`, which is the order in which RMAN worked.
 */
export interface FileMap {
  readonly version: 1;
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  /** A late log makes the next number for its point and for those after it. */
  readonly number: number;
  /** Place of the point in the mount's line. */
  readonly seq: number;
  readonly takenAt: Instant;
  /** The manifest whose files it speaks of. */
  readonly manifestSha256: string;
  /** The map that this one goes on from. */
  readonly parent?: { readonly recoveryPointId: UploadId; readonly number: number };
  /** The point's own logs, and those of earlier points that something in this map still comes from. */
  readonly logs: readonly MapLog[];
  /** Ascending by DBID; `unknown`, where a log names no database, comes last. */
  readonly databases: readonly DatabaseFiles[];
  /** Files that no log names and whose name says what they are. */
  readonly inferred: readonly InferredFile[];
  /** Files that nothing claims: everything in the manifest that no entry of this map names. */
  readonly additional: { readonly files: number; readonly bytes: number };
  readonly doubts: readonly MapDoubt[];
}

/** A log that was read, or could not be. */
export interface MapLog {
  readonly uploadId: UploadId;
  readonly seq: number;
  readonly logNumber: number;
  readonly fileName: string;
  readonly mountpoint: string;
  readonly platform: Platform;
  readonly receivedAt: Instant;
  /** How its last backup command ended; `unreadable` with the reason where nothing could be read. */
  readonly status: Status | 'unreadable';
  readonly reason?: string;
  /** Of a cluster: those that went down while the backup went on. Absent when none did. */
  readonly lostInstances?: readonly string[];
  /** It came after the commit. */
  readonly isLate: boolean;
}

/** Of the host that wrote a log. */
export type Platform = 'linux' | 'windows';

export const unknownDatabase = 'unknown';

/** What one database has on this mount. */
export interface DatabaseFiles {
  /** Digits, or `unknown`. */
  readonly dbid: string;
  readonly name?: string;
  readonly uniqueName?: string;
  readonly platform?: Platform;
  /** Of RMAN, in the newest run that said it. */
  readonly version?: string;
  /** RESETLOGS id of the incarnation, where names of archived logs have it. */
  readonly resetlogsIds: readonly string[];
  /** Where the DBID comes from, if not from a connect line. */
  readonly dbidFrom?: string;
  /** What the newest REPORT SCHEMA says. */
  readonly schema?: ReportedSchema;
  /** What the runs of RMAN did, from the oldest on of which something is still there. */
  readonly history?: readonly RunRecord[];
  readonly backupSets: readonly MappedSet[];
  readonly imageCopies: readonly MappedCopy[];
  readonly archivedLogCopies: readonly MappedArchivedLogCopy[];
  readonly controlFileCopies: readonly MappedControlFileCopy[];
  readonly autobackups: readonly MappedAutobackup[];
}

/**
 * `present`: in the snapshot, with the content that it had when a log named it. `missing`: the snapshot has no such file.
 * `changed`: it is there with another content than before, and no log says why: it may not be what the entry says.
 * `damaged`: it is there and cannot be whole, as its size shows. `elsewhere`: on tape, in ASM, on another mount.
 */
export type Presence = 'present' | 'missing' | 'changed' | 'damaged' | 'elsewhere';

/** Which tablespace each datafile is of; nothing else in the logs of a backup says it. */
export interface ReportedSchema {
  readonly source: Source;
  /** A tablespace of a pluggable database stands as `PDB1:USERS`. */
  readonly datafiles: readonly (Datafile & { readonly tablespace: string })[];
}

/** A name in a log, and the file of the snapshot that it means. */
export interface MappedFile {
  /** As the log has it. */
  readonly handle: string;
  /** Path in the mount, unless elsewhere. */
  readonly path?: string;
  /** Where it is instead, as far as its name says. */
  readonly elsewhere?: Elsewhere;
  readonly presence: Presence;
  /** What the file was when it was first seen under this entry; absent as long as no snapshot had it. */
  readonly content?: FileContent;
}

/** `folder`: a path outside of the mount. `tape`: a media manager's name. */
export type Elsewhere = 'asm' | 'tape' | 'folder';

export interface FileContent {
  readonly sizeBytes: number;
  /** See digest.ts. */
  readonly digest: string;
}

export interface MappedSet {
  readonly source: Source;
  /** Of RMAN's record of it, where the same log lists it. */
  readonly key?: number;
  /** Of what the set holds. */
  readonly kind: SetKind;
  /** 0 to 4; of incrementals. */
  readonly level?: number;
  /** Of a level 1 and above, where the command's text is in the log. Absent: not known. */
  readonly incremental?: 'differential' | 'cumulative';
  readonly tag?: string;
  readonly compressed: boolean;
  readonly datafiles: readonly Datafile[];
  readonly archivedLogs: readonly MappedArchivedLog[];
  readonly controlFile?: 'current' | 'standby';
  readonly includesSpfile: boolean;
  /** Of a multisection set: the blocks of its one datafile in each piece. */
  readonly sections?: readonly {
    readonly piece: number;
    readonly firstBlock: number;
    readonly lastBlock: number;
  }[];
  /** By piece number; duplexed copies of a piece share it, and any one of them is enough. */
  readonly pieces: readonly MappedPiece[];
  readonly startedAt?: LoggedTime;
  readonly finishedAt?: LoggedTime;
}

export interface MappedPiece extends MappedFile {
  readonly piece: number;
  readonly tag?: string;
}

/** Ranges are for who reads them: here stands one record for each log. */
export interface MappedArchivedLog {
  readonly thread: number;
  readonly sequence: number;
  readonly recid: number;
  readonly stamp: number;
  /** The STAMP by the clock of the database's host, `YYYY-MM-DDTHH:MM:SS`: when the log was archived. */
  readonly archivedAt?: string;
}

export interface MappedFileCopy extends MappedFile {
  readonly source: Source;
  readonly tag?: string;
  readonly recid: number;
  readonly stamp: number;
  /** The STAMP by the clock of the database's host, `YYYY-MM-DDTHH:MM:SS`. */
  readonly createdAt?: string;
}

export interface MappedCopy extends MappedFileCopy {
  readonly datafile: Datafile;
  /** Level 0 in the sense of RMAN, as every image copy that INCREMENTAL LEVEL 0 AS COPY or FOR RECOVER OF COPY makes. */
  readonly level: 0;
  /** Roll-forwards since it was made, in order: its content is that of the last. */
  readonly recoveries: readonly CopyRecovery[];
}

/** One RECOVER COPY: what was merged into the copy, as far as the logs say. */
export interface CopyRecovery {
  readonly source: Source;
  /** The newest incremental set before it that holds the datafile; absent where no log has one. */
  readonly incremental?: Source;
  /** The command's beginning, where the log has it. */
  readonly at?: LoggedTime;
}

/** One for a standby is none that the database itself comes back with. */
export interface MappedControlFileCopy extends MappedFileCopy {
  readonly isStandby?: true;
}

export interface MappedArchivedLogCopy extends MappedFileCopy {
  readonly thread: number;
  readonly sequence: number;
}

/** A control file (and SPFILE) autobackup: the set of one piece that RMAN writes by itself. */
export interface MappedAutobackup extends MappedFile {
  readonly source: Source;
  /** `YYYYMMDD` and the day's number in its default name. */
  readonly day?: string;
  readonly dayNumber?: string;
}

/** What a file's name says where no log says anything. Never more than a hint: names can be given to any file. */
export interface InferredFile {
  readonly path: string;
  readonly content: FileContent;
  /** Where the name has it. */
  readonly dbid?: string;
  readonly kind:
    | 'autobackup'
    | 'imagecopy'
    | 'archivedlog'
    | 'piece'
    | 'spfile'
    | 'passwordfile'
    | 'controlfile';
  /** Of an image copy. */
  readonly datafile?: number;
  readonly tablespace?: string;
  /** Of an archived log. */
  readonly thread?: number;
  readonly sequence?: number;
  readonly resetlogsId?: string;
  /** Of a piece: what its letters say, and the level. */
  readonly holds?: string;
  readonly level?: number;
  /** Of an autobackup: `YYYYMMDD`, and the day's number. */
  readonly day?: string;
  readonly dayNumber?: string;
}

export type DoubtCode =
  /** A file of a set, copy or autobackup of this map has another content than before, and no log says why. */
  | 'CONTENT_CHANGED'
  /** A file that a log names cannot be whole, by its size. */
  | 'FILE_DAMAGED'
  /** The log says that a file was deleted; the snapshot has it all the same. */
  | 'DELETED_BUT_PRESENT'
  /** A piece whose set is in no log. */
  | 'CONTENT_UNKNOWN'
  /** What the parser could not know for certain. */
  | 'LOG_UNCERTAIN'
  /** A set of which pieces are missing. */
  | 'SET_INCOMPLETE'
  /** A log that could not be read: what it says is not in the map. */
  | 'LOG_UNREADABLE'
  /** The map has no room for more of a kind; the text says of what. */
  | 'TOO_MANY';

export interface MapDoubt {
  readonly code: DoubtCode;
  readonly text: string;
  readonly path?: string;
  readonly source?: Pick<Source, 'uploadId' | 'logNumber'> & { readonly line?: number };
}

/** Every piece from the first to the last is there at least once, on this mount, with the content that the logs speak of. */
export const isWhole = ({ pieces }: MappedSet): boolean => {
  const present = new Set(pieces.filter(({ presence }) => presence === 'present').map(({ piece }) => piece));
  const last = Math.max(0, ...pieces.map(({ piece }) => piece));
  // Numbers count from 1 and present ones are among them: as many as the last means all.
  return last > 0 && present.size === last;
};
