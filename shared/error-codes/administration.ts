import type { ErrorFacts } from './error-facts.ts';

/** Of backups as the administration APIs see them. */
export const administrationCodes = {
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
} as const satisfies Record<string, ErrorFacts>;
