/**
 * What can go wrong at the store's own disk. `name` is the code, as with every error of ours; errors of vault objects
 * are `ServiceError`s.
 */
export type MoverErrorCode =
  /** A file or folder is not what it was when the snapshot was frozen. */
  | 'SNAPSHOT_FILE_CHANGED'
  | 'SNAPSHOT_UNREADABLE'
  | 'SNAPSHOT_LOG_TOO_LARGE'
  /** The data key of the mount cannot be opened with the keys that the gateway has. */
  | 'ENCRYPTION_KEY_WRONG'
  /** A key, or what unwraps with it, is not to be had just now. */
  | 'ENCRYPTION_KEY_UNAVAILABLE'
  /** In clear, where it was to be encrypted. */
  | 'ENCRYPTION_MISSING'
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

export const keyMissing = (mount: string, keyId: string): MoverError =>
  new MoverError(
    'ENCRYPTION_KEY_WRONG',
    mount,
    `is encrypted under key ${keyId}, which this gateway does not have: add it to encryption.keys`,
  );

export const encryptionMissing = (mount: string): MoverError =>
  new MoverError(
    'ENCRYPTION_MISSING',
    mount,
    'its last recovery point is encrypted, and nothing says with which key this one is to be: name a key for it in encryption.mounts, or write "unencrypted" there to end its encryption',
  );

export const fileChanged = (path: Buffer, what: string): MoverError =>
  new MoverError('SNAPSHOT_FILE_CHANGED', path, `${what}; finish writing before the backup is frozen`);
