import type { Instant } from '../instant.ts';
import type { Reason } from '../recoverability/verdict.ts';

/** What of a database's backups is to be restored. The database may be left out where the point has only one. */
export type DatabaseScope =
  | { readonly kind: 'database' }
  /** A pluggable database, by its name. */
  | { readonly kind: 'container'; readonly container: string }
  /** By its name; of a pluggable database as `PDB1:USERS`. */
  | { readonly kind: 'tablespace'; readonly tablespace: string }
  /** By number, or by name with or without its folder. */
  | { readonly kind: 'datafile'; readonly datafile: number | string }
  /** By RMAN's key, by a piece's name, or by tag. */
  | { readonly kind: 'backup-set'; readonly set: number | string };

/** To where redo is applied; without both as far as it goes. */
export interface ChoiceTarget {
  readonly time?: Instant | undefined;
  /** Of the database host's clock from UTC at that time. */
  readonly offsetMinutes?: number | undefined;
  readonly scn?: string | undefined;
}

export const fileRoles = [
  'datafile-backup',
  'archived-logs',
  'control-file',
  'spfile',
  'password-file',
  'backup-set',
  /** It may be needed; the logs do not say. */
  'unknown',
] as const;
export type FileRole = (typeof fileRoles)[number];

export interface ChosenFile {
  /** In the mount. */
  readonly path: string;
  readonly role: FileRole;
  readonly sizeBytes?: number;
}

export const missingReasons = [
  /** On tape, in ASM, in a folder outside of this mount. */
  'not-on-this-mount',
  /** An earlier snapshot had it, or RMAN deleted it. */
  'deleted',
  /** A log names it, and no snapshot ever had it. */
  'in-no-snapshot',
  /** By its size it cannot be whole. */
  'damaged',
  /** It has another content than a log said. */
  'changed',
  /** No log shows a backup of it. */
  'in-no-log',
] as const;
export type MissingReason = (typeof missingReasons)[number];

/** One thing that is not there. */
export interface MissingFile {
  /** A path in the mount, a name of a log, or in words what no file is known of. */
  readonly what: string;
  readonly reason: MissingReason;
  /** For what it would be needed. */
  readonly neededFor: string;
}

/**
 * `complete`: these files are enough, and none of them can be left out. `incomplete`: something is missing that is needed. `unknown`: the
 * logs leave it open; then all are chosen that may be needed.
 */
export interface RestoreChoice {
  readonly outcome: 'complete' | 'incomplete' | 'unknown';
  readonly text: string;
  readonly dbid: string;
  readonly files: readonly ChosenFile[];
  readonly missing: readonly MissingFile[];
  readonly reasons: readonly Reason[];
  /** Files that no log names may be needed as well: only the whole point has them for certain. */
  readonly needsWholePoint?: true;
  /** How far the chosen redo goes, thread by thread: recovery goes UNTIL SEQUENCE one more. */
  readonly through?: readonly { readonly thread: number; readonly sequence: number }[];
}

/** A scope that names nothing of the point, or more than one thing. */
export interface ScopeRefusal {
  readonly outcome: 'refused';
  readonly code: 'RESTORE_SCOPE_UNKNOWN' | 'RESTORE_SCOPE_AMBIGUOUS' | 'RESTORE_SCOPE_UNSUPPORTED';
  readonly text: string;
}
