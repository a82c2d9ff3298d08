import type { ErrorFacts } from './error-facts.ts';

/** Of requests of backups, and those who carry them out. */
export const backupRequestCodes = {
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
} as const satisfies Record<string, ErrorFacts>;
