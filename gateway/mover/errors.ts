/**
 * What can go wrong at the store's own disk. `name` is the code, as with every error of ours; errors of vault objects
 * are `ServiceError`s.
 */
export type MoverErrorCode =
  /** A file or folder is not what it was when the snapshot was frozen. */
  | 'SNAPSHOT_FILE_CHANGED'
  | 'SNAPSHOT_UNREADABLE'
  | 'SNAPSHOT_LOG_TOO_LARGE'
  /** The destination exists and is not an unfinished restore of the same snapshot. */
  | 'RESTORE_DESTINATION_TAKEN'
  | 'RESTORE_WRITE_FAILED'
  /** The destination has no space, or the quota none. */
  | 'RESTORE_NO_SPACE'
  /** The destination may not be written to. */
  | 'RESTORE_NOT_PERMITTED'
  /** A path to restore is none of the snapshot's. */
  | 'RESTORE_PATH_UNKNOWN'
  /** This process may not give files to the owners that were asked for. */
  | 'RESTORE_OWNER_REFUSED'
  /** What was written is not what is read back from the disk. */
  | 'RESTORE_VERIFICATION_FAILED';

export class MoverError extends Error {
  readonly code: MoverErrorCode;
  /** The file or folder that it is about. */
  readonly path: string;

  constructor(code: MoverErrorCode, path: Buffer | string, message: string, cause?: unknown) {
    const shown = typeof path === 'string' ? path : path.toString();
    super(
      `${shown === '' ? 'the root folder' : shown}: ${message}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = code;
    this.code = code;
    this.path = shown;
  }
}

export const fileChanged = (path: Buffer, what: string): MoverError =>
  new MoverError('SNAPSHOT_FILE_CHANGED', path, `${what}; finish writing before the backup is frozen`);
