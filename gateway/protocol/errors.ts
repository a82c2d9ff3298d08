/**
 * The errors of the gateway protocol. Codes and messages of the first nine are the vendor's, to the letter: scripts
 * compare them. Codes are integers beyond 32 bits.
 */
const vendorErrors = {
  STORE_DECOMMISSIONING: { code: 4_295_622_675, message: 'Store Decommission in progress.' },
  STORE_DECOMMISSIONED: { code: 4_295_622_676, message: 'Store was decommissioned.' },
  MOUNT_MISSING: { code: 4_295_622_665, message: 'Backup mount does not exist on Export Service.' },
  MOUNT_INCONSISTENT: {
    code: 4_295_622_669,
    message: 'Backup mount is inconsistent state on Export Service.',
  },
  MOUNT_MARKED_FOR_DELETE: {
    code: 4_295_622_667,
    message: 'Backup mount marked for delete on Export Service.',
  },
  EXPORT_FAILED: { code: 4_295_622_670, message: 'Failed to export path to NFS.' },
  BACKUP_NOT_STARTED: { code: 4_295_622_659, message: 'START_BACKUP cmd not received yet.' },
  MAX_PENDING_SNAPSHOTS: { code: 4_295_622_664, message: 'Backup mount exceeded max pending snapshots.' },
  RESTORE_MISSING: { code: 4_295_622_663, message: 'Restore Path is missing on Export Service.' },
} as const;

/**
 * Our own errors; the message is given where one is thrown. Their codes lie outside 0x1000A0000–0x1000AFFFF, where
 * the vendor may have more codes than we know.
 */
const ownErrorCodes = {
  REQUEST_MALFORMED: 0x1000b0001,
  LOG_TOO_LARGE: 0x1000b0002,
  LOG_PATH_REFUSED: 0x1000b0003,
  SNAPSHOT_FAILED: 0x1000b0004,
  RESTORE_STAGING: 0x1000b0005,
  CALL_UNKNOWN: 0x1000b0006,
  CLIENT_REFUSED: 0x1000b0007,
  INTERNAL: 0x1000b0008,
  SPACE_LOW: 0x1000b0009,
  STORE_FORKED: 0x1000b000a,
  STORE_TOKEN_VOID: 0x1000b000b,
} as const;

export type VendorErrorName = keyof typeof vendorErrors;
export type OwnErrorName = keyof typeof ownErrorCodes;

/** What a call of the protocol answers when it fails. */
export class ProtocolError extends Error {
  readonly code: number;

  constructor(name: VendorErrorName | OwnErrorName, code: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
    this.code = code;
  }
}

export const vendorError = (name: VendorErrorName): ProtocolError =>
  new ProtocolError(name, vendorErrors[name].code, vendorErrors[name].message);

export const ownError = (name: OwnErrorName, message: string, cause?: unknown): ProtocolError =>
  new ProtocolError(name, ownErrorCodes[name], message, cause);

/** What stands in the way of a call, as far as it is known when the call comes. */
export interface Standing {
  readonly store: 'active' | 'decommissioning' | 'decommissioned';
  readonly mount: 'missing' | 'marked-for-delete' | 'inconsistent' | 'ready';
  readonly isExportFailed: boolean;
  readonly isReachedMaxSnapshots: boolean;
  readonly isBackupStarted: boolean;
  /** Whether the newest snapshot takes logs that come after it. */
  readonly takesLateLog: boolean;
}

/** What a call asks for, beyond a store and a mount in order. */
export type Demand = 'nothing' | 'room-for-a-backup' | 'a-started-backup' | 'a-place-for-a-log';

/**
 * The one error to answer when several apply: the store before the mount, what is wrong with the mount before what
 * is wrong with the order of calls.
 */
export function findObstacle(standing: Standing, demand: Demand): VendorErrorName | undefined {
  const { store, mount } = standing;
  if (store === 'decommissioning') return 'STORE_DECOMMISSIONING';
  if (store === 'decommissioned') return 'STORE_DECOMMISSIONED';
  if (mount === 'missing') return 'MOUNT_MISSING';
  if (mount === 'marked-for-delete') return 'MOUNT_MARKED_FOR_DELETE';
  if (mount === 'inconsistent') return 'MOUNT_INCONSISTENT';
  if (demand === 'room-for-a-backup') {
    if (standing.isExportFailed) return 'EXPORT_FAILED';
    return standing.isReachedMaxSnapshots ? 'MAX_PENDING_SNAPSHOTS' : undefined;
  }
  const { isBackupStarted, takesLateLog } = standing;
  if (demand === 'a-started-backup' && !isBackupStarted) return 'BACKUP_NOT_STARTED';
  if (demand === 'a-place-for-a-log' && !isBackupStarted && !takesLateLog) return 'BACKUP_NOT_STARTED';
  return undefined;
}
