/**
 * The one registry of error codes. A code is what the API answers in `code`, what a state machine's
 * `ErrorEquals` matches (it is the error's `name`) and what the gateway branches on, so codes are stable.
 * `hint` tells the reader what to do next.
 */
const registry = {
  // Requests
  REQUEST_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Correct the fields named in `issues` and send the request again.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    retry: 'permanent',
    hint: 'Send the body as JSON in UTF-8, uncompressed, with Content-Type: application/json.',
  },
  EXPIRE_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Write expire as "never" or as #w #d #h #m, for example "2w 3d" (m is minutes).',
  },
  POLICY_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Correct the setting that the message names; docs/retention.md explains each.',
  },
  THRESHOLDS_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Write both ages as #w #d #h #m, for example warning "1d 2h" and critical "2d 2h", the first not later than the second.',
  },
  UNAUTHENTICATED: {
    status: 401,
    retry: 'permanent',
    hint: 'Send an API key or store token in the Authorization header.',
  },
  FORBIDDEN: {
    status: 403,
    retry: 'permanent',
    hint: 'Use a credential whose role is listed for this route in the API document.',
  },
  ROUTE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'See GET /v1/openapi.json for the routes.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    retry: 'permanent',
    hint: 'Use a new Idempotency-Key for a different request.',
  },
  PAGE_CURSOR_INVALID: { status: 400, retry: 'permanent', hint: 'Start the list again without a cursor.' },
  // Stores and credentials
  STORE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the stores with GET /v1/stores.' },
  STORE_NAME_TAKEN: { status: 409, retry: 'permanent', hint: 'Choose another name.' },
  STORE_NOT_ACTIVE: {
    status: 409,
    retry: 'permanent',
    hint: 'Activate the store with a fresh activation code first.',
  },
  ACTIVATION_REFUSED: {
    status: 403,
    retry: 'permanent',
    hint: 'The code is wrong, used or out of date: an admin makes a new one with POST /v1/stores/{storeId}/activation-codes.',
  },
  ACTIVATION_STORE_MISMATCH: {
    status: 409,
    retry: 'permanent',
    hint: 'The code was not used: use it with an empty data directory, or make one for the store that this one belongs to.',
  },
  STORE_FORKED: {
    status: 409,
    retry: 'permanent',
    hint: 'Stop all gateways of this store but the right one; an admin makes a code with POST /v1/stores/{storeId}/activation-codes, and the gateway that activates with it goes on.',
  },
  STORE_REPLACED: {
    status: 403,
    retry: 'permanent',
    hint: 'Another gateway was activated for this store. If this one is to go on, an admin makes a new activation code for it.',
  },
  POLL_OUTDATED: { status: 409, retry: 'transient', hint: 'A later poll was answered: go on from that one.' },
  CREDENTIAL_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the credentials with GET /v1/credentials.',
  },
  GATEWAY_TOO_OLD: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the gateway of this store: the service does not speak its version of the protocol any more.',
  },
  SERVICE_TOO_OLD: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the service: the gateway does not speak its version of the protocol any more.',
  },
  CAPABILITY_MISSING: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the gateway of the store, or set it up so that it can; GET /v1/stores/{storeId} lists what it can do.',
  },
  STORE_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/stores/{storeId}. A store that is decommissioning can be taken back with POST /v1/stores/{storeId}/recommission.',
  },
  // Mounts
  MOUNT_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the mounts with GET /v1/mounts.' },
  MOUNT_NAME_TAKEN: {
    status: 409,
    retry: 'permanent',
    hint: 'Choose another name: a store cannot have two mounts of one name.',
  },
  MOUNT_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/mounts/{mountId}. A mount that is marked for delete can be taken back with POST /v1/mounts/{mountId}/unmark until it is gone.',
  },
  RETIREMENT_NOT_CONFIRMED: {
    status: 400,
    retry: 'permanent',
    hint: 'Type the name of the mount or store as `confirmName`: all of its backups would go, the last ones too.',
  },
  MOUNT_BUSY: {
    status: 409,
    retry: 'transient',
    hint: 'Wait for the end of what uses the mount. A backup that was begun and will never be finished is given up with ?abandonBackup=true.',
  },
  // Uploads
  UPLOAD_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'Open a new upload with POST /v1/mounts/{mountId}/uploads.',
  },
  UPLOAD_BUSY: {
    status: 409,
    retry: 'transient',
    hint: 'A mount has one open upload at a time: wait for it, or abort it.',
  },
  UPLOAD_FENCED: {
    status: 409,
    retry: 'permanent',
    hint: 'Another upload has taken over: discard this one and open a new upload.',
  },
  UPLOAD_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the upload with GET /v1/uploads/{uploadId} and go on from its state.',
  },
  UPLOAD_DEADLINE_PASSED: { status: 410, retry: 'permanent', hint: 'Open a new upload for the snapshot.' },
  CLOCK_SKEWED: {
    status: 503,
    retry: 'transient',
    hint: 'The clocks of service and S3 differ too much: nothing is decided until they agree.',
  },
  // Commit
  COMMIT_OBJECT_MISSING: {
    status: 409,
    retry: 'permanent',
    hint: 'Upload the objects that the manifest names and commit again.',
  },
  COMMIT_OBJECT_MISMATCH: {
    status: 409,
    retry: 'permanent',
    hint: 'Stored object and manifest differ: upload a corrected manifest and commit again.',
  },
  COMMIT_REFERENCE_INVALID: {
    status: 409,
    retry: 'permanent',
    hint: "Reference only own objects and objects in the parent's tables.",
  },
  COMMIT_PARENT_GONE: {
    status: 409,
    retry: 'permanent',
    hint: 'Open a new upload: the parent is no longer live.',
  },
  COMMIT_CONFLICT: {
    status: 409,
    retry: 'transient',
    hint: 'Another change of the mount came first: try again.',
  },
  DATA_KEY_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the data keys of the mount: what is stored there already is used.',
  },
  // Vault
  VAULT_OBJECT_DAMAGED: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is not what was stored: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_MISSING: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is not in the vault: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_WRONG_SIZE: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is shorter or longer than what was stored: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_FROZEN: {
    status: 409,
    retry: 'permanent',
    hint: 'The object lies in an archive class and cannot be read yet: the service thaws it, and orders the restore again.',
  },
  VAULT_ACCESS_DENIED: {
    status: 500,
    retry: 'permanent',
    hint: 'The vault refuses what the service signed: see the bucket policy, the key policy and the rights of the function that signs.',
  },
  VAULT_DELETE_REFUSED: {
    status: 500,
    retry: 'permanent',
    hint: 'What is to be deleted is not locked, and S3 refuses all the same: compare the policy of the bucket and the role of delete-objects with the template.',
  },
  VAULT_FORMAT_UNSUPPORTED: {
    status: 500,
    retry: 'permanent',
    hint: 'Written by a newer version: upgrade this side.',
  },
  VAULT_PATH_UNSAFE: {
    status: 500,
    retry: 'permanent',
    hint: 'The manifest names a path outside its folder: do not use this recovery point, report it.',
  },
  JOURNAL_FORKED: {
    status: 500,
    retry: 'permanent',
    hint: 'The vault holds another journal entry with this number: the catalog is from the past, rebuild it before going on.',
  },
  JOURNAL_BROKEN: {
    status: 500,
    retry: 'permanent',
    hint: 'The journal of the mount named is not what was written, or was written by a later version: nothing of that mount is rebuilt from it. Report it.',
  },
  REBUILD_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'A rebuild is known for 90 days by the id that its order was answered with.',
  },
  CATALOG_NOT_EMPTY: {
    status: 409,
    retry: 'permanent',
    hint: 'A catalog from the past is brought up to the vault with `holdfast catalog rebuild --replay`.',
  },
  MOUNT_DIVERGED: {
    status: 503,
    retry: 'transient',
    hint: 'The catalog is older than the vault: nothing of this mount goes on until it is replayed, see JOURNAL_FORKED in docs/runbook.md.',
  },
  MOUNT_NOT_RECONCILED: {
    status: 409,
    retry: 'permanent',
    hint: 'The mount was rebuilt from the vault: compare it and sign it off with POST /v1/mounts/{mountId}/reconciliation; until then nothing of it is deleted.',
  },
  JOURNAL_PENDING: {
    status: 503,
    retry: 'transient',
    hint: 'The change is made but not yet journaled: ask again in a moment.',
  },
  // Recovery points and restores
  RECOVERY_POINT_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the recovery points with GET /v1/recovery-points?mountId=…',
  },
  RECOVERY_POINT_PROTECTED: {
    status: 409,
    retry: 'permanent',
    hint: 'The message says what protects it; GET /v1/recovery-points/{recoveryPointId}/why explains it.',
  },
  RECOVERY_POINT_LOCKED: {
    status: 409,
    retry: 'permanent',
    hint: 'A locked point may be kept longer, never shorter: wait for the end of the lock.',
  },
  RECOVERY_POINT_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/recovery-points/{recoveryPointId}; what is being reclaimed cannot be brought back.',
  },
  ALERT_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the alerts with GET /v1/alerts.' },
  HOLD_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the holds with GET /v1/holds.' },
  PLAN_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the plans with GET /v1/mounts/{mountId}/retention-plans.',
  },
  PLAN_NEEDS_CONSENT: {
    status: 409,
    retry: 'permanent',
    hint: 'It would expire more of the mount than may expire in a day. Read it; if it is meant, an admin consents to it with POST …/retention-plans/{sha256}/consent.',
  },
  PLAN_OUTDATED: { status: 409, retry: 'permanent', hint: 'Make a new plan.' },
  RETENTION_INCOMPLETE: {
    status: 500,
    retry: 'transient',
    hint: 'Some mounts could not be looked at: the next run takes them up again. See the log of the function for each.',
  },
  // Backups, as the administration APIs see them
  VOLUME_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the volumes with GET /api/v1/databases/{databaseId}/volumes; where an id is given, the name plays no part.',
  },
  BACKUP_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the backups with GET /api/v1/databases/{databaseId}/backups or GET /v1/backups.',
  },
  BACKUP_NOT_COMPLETE: {
    status: 409,
    retry: 'transient',
    hint: 'Wait until the backup is COMPLETED: GET /v1/backups/{backupId} shows its status.',
  },
  BACKUP_RUNNING: {
    status: 422,
    retry: 'transient',
    hint: 'Wait for its end, or abort its request with POST /v1/requests/{requestId}/abort.',
  },
  BACKUP_QUOTA_EXCEEDED: {
    status: 413,
    retry: 'permanent',
    hint: 'Delete backups of the store that are not needed, or raise backupQuota of the stage.',
  },
  OPERATION_UNSUPPORTED: {
    status: 501,
    retry: 'permanent',
    hint: 'The message says what is not done here, and what there is instead.',
  },
  BACKUP_AMBIGUOUS: {
    status: 409,
    retry: 'permanent',
    hint: 'Name the backup by the id of its recovery point, one of those in the message.',
  },
  DATABASE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the databases with GET /v1/databases.' },
  LATE_LOG_REFUSED: {
    status: 409,
    retry: 'permanent',
    hint: 'Send the log with the next backup of the mount; nothing of this point is lost.',
  },
  FILE_MAP_MISSING: {
    status: 409,
    retry: 'permanent',
    hint: 'The point restores as plain files; GET /v1/recovery-points/{id}/files lists them.',
  },
  RECOVERY_POINT_NOT_AVAILABLE: {
    status: 409,
    retry: 'permanent',
    hint: 'Choose a recovery point whose state is available.',
  },
  NO_SUITABLE_POINT: {
    status: 409,
    retry: 'permanent',
    hint: 'Take a snapshot when the time is after the newest one; otherwise `holdfast db recovery-window` shows what can be reached, and from where.',
  },
  RESTORE_SCOPE_UNKNOWN: {
    status: 404,
    retry: 'permanent',
    hint: 'The message names what there is; `holdfast point files` lists it.',
  },
  RESTORE_SCOPE_AMBIGUOUS: {
    status: 409,
    retry: 'permanent',
    hint: 'Name it so that only one thing is meant; the message says how.',
  },
  RESTORE_SCOPE_UNSUPPORTED: {
    status: 409,
    retry: 'permanent',
    hint: 'Order more than this part of the database; the message says what.',
  },
  RESTORE_SPACE_LOW: {
    status: 409,
    retry: 'permanent',
    hint: 'Free space on the disk of the mount or raise its quota; the figure is renewed within five minutes. Or restore some of the files, or to another mount.',
  },
  // Requests of backups
  BACKUP_REQUEST_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the requests with GET /v1/requests.',
  },
  BACKUP_REQUEST_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the request with GET /v1/requests/{requestId}: it has ended, its backup is being committed, or another attempt runs.',
  },
  BACKUP_REQUEST_RUNNING: {
    status: 409,
    retry: 'permanent',
    hint: 'A database has one request at a time: wait for the one that the message names, or abort it.',
  },
  BACKUP_REQUEST_FAILED: {
    status: 500,
    retry: 'permanent',
    hint: 'See the reason; correct it and request the backup again.',
  },
  SCHEDULE_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the schedules with GET /v1/schedules.',
  },
  SCHEDULE_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Correct what the message names; docs/schedules.md explains each setting.',
  },
  SCHEDULE_NAME_TAKEN: {
    status: 409,
    retry: 'permanent',
    hint: 'Choose another name, or change the schedule of that name: a database cannot have two.',
  },
  SCHEDULE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Archived logs are of use behind a backup of the datafiles: enable a schedule of content database first, and disable it last.',
  },
  DATABASE_NOT_CONFIGURED: {
    status: 404,
    retry: 'permanent',
    hint: 'Name a database that the gateway of the store has in its configuration under `databases`, with its mount; GET /v1/stores/{storeId}/databases lists them.',
  },
  STRATEGY_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the strategies with GET /v1/mounts/{mountId}/strategies.',
  },
  STRATEGIES_TOO_MANY: {
    status: 409,
    retry: 'permanent',
    hint: 'Remove those of databases that are no more, or use the settings of the mount.',
  },
  LEVEL_UNSUPPORTED: {
    status: 400,
    retry: 'permanent',
    hint: 'Ask for a level that the agent makes: for Oracle 0 (full) and 1 (incremental).',
  },
  PARENT_NOT_ELIGIBLE: {
    status: 409,
    retry: 'permanent',
    hint: 'A parent is a completed, usable backup of the same database without a child; leave it out to have the service choose.',
  },
  SNAPSHOT_ORDERED: {
    status: 409,
    retry: 'permanent',
    hint: 'A mount has one order at a time: wait for the one that the message names.',
  },
  SNAPSHOT_ORDER_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'Only the newest order of a mount is known; the recovery points of the mount show what came of others.',
  },
  LEASE_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Write it as weeks, days, hours, minutes, such as "7d" or "1d 12h": at most a year, and later than the present end.',
  },
  CLONE_EXISTS: {
    status: 409,
    retry: 'permanent',
    hint: 'Choose another name, or drop that clone with POST /v1/restores/{restoreId}/drop.',
  },
  RESTORE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the restores with GET /v1/restores.' },
  RESTORE_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the restore with GET /v1/restores/{restoreId}: it has ended or another attempt runs.',
  },
  RESTORE_FAILED: {
    status: 500,
    retry: 'permanent',
    hint: 'See the reason; correct it and order the restore again.',
  },
  RESTORE_DAMAGED: {
    status: 500,
    retry: 'permanent',
    hint: 'The restore names the files that it lacks and the nearest recovery point without this damage: restore those files from there.',
  },
  STORE_SILENT: {
    status: 504,
    retry: 'transient',
    hint: 'The gateway stopped reporting: see that it runs and reaches the service, then order again.',
  },
  // Everything unforeseen
  INTERNAL: {
    status: 500,
    retry: 'transient',
    hint: 'Try again; if it stays, look up the correlation id in the logs.',
  },
} as const satisfies Record<string, { status: number; retry: 'transient' | 'permanent'; hint: string }>;

export type ErrorCode = keyof typeof registry;

/** All codes, for the tests that compare them with the state machines and the API document. */
export const errorCodes = Object.keys(registry) as ErrorCode[];

/** HTTP status, retry class and hint of a code. */
export const describeError = (code: ErrorCode) => registry[code];

export interface ErrorDetails {
  /** Facts for the reader and for programs: ids, counts, field issues. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one error type that crosses module borders. Its `name` is the code. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly retry: 'transient' | 'permanent';
  readonly status: number;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, { details = {}, hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    const entry = registry[code];
    this.name = code;
    this.code = code;
    this.retry = entry.retry;
    this.status = entry.status;
    this.hint = hint ?? entry.hint;
    this.details = details;
  }
}

/** Whether an error is a ServiceError of this code. */
export const hasCode = (error: unknown, code: ErrorCode): error is ServiceError =>
  error instanceof ServiceError && error.code === code;
