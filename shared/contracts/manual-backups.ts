import * as z from 'zod';
import { archiveClasses } from '../domain/archive/archive-class.ts';
import { requestStates } from '../domain/backup-request.ts';
import { count, instant, mountId, pageOf, pageQuery, requestId, text, uploadId } from './primitives.ts';
import { readers, route } from './route.ts';

// The manual-backup calls: paths, parameters and the fields of a backup are those of the administration API that its scripts know.

export const databaseId = z
  .string()
  .regex(
    /^(?:\d{1,15}|sto-[0-7][0-9A-HJKMNP-TV-Z]{25}\.[A-Za-z0-9_$#][A-Za-z0-9._$#-]{0,62})$/,
    'is no id of a database: GET /api/v1/databases lists them',
  )
  .meta({
    description:
      'The DBID; or `sto-….NAME`, a database of the agent of a store, also before its first backup.',
  });
const backupId = z
  .string()
  .regex(
    /^(?:[1-9]\d{0,14}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/,
    'is no backup: give its number (bid), or the id of its recovery point',
  )
  .meta({ description: 'The number of the backup (`bid`), or the id of its recovery point.' });

const ofDatabase = z.object({ databaseId });
const ofBackup = z.object({ databaseId, backupId });

const database = z.object({
  id: databaseId,
  name: z.string(),
  version: z.string().meta({ description: "RMAN's; empty where no log says it." }),
  uniqueName: z.string().optional(),
  platform: z.string().optional(),
  mountIds: z.array(mountId),
  lastBackupAt: instant.optional().meta({ description: 'Absent before the first.' }),
});

const volume = z.object({
  id: z.int(),
  name: z.string(),
  type: z.literal('remote'),
  archive: z
    .object({
      class: z.enum(archiveClasses),
      coldAfterDays: count.optional().meta({ description: 'Absent: nothing more is moved there.' }),
      maxThawUsd: z.number().meta({ description: 'What the thaw of one restore may cost.' }),
    })
    .optional()
    .meta({ description: 'Where old packs go that only older recovery points need; absent: nowhere.' }),
});

/** Field for field what `db_backup_list` prints; the last one is ours. */
const listedBackup = z.object({
  bid: count,
  comment: z.string().meta({ description: 'What to know before it is used; empty when nothing.' }),
  dependencies: z
    .union([z.literal('-'), z.array(count)])
    .meta({ description: 'Numbers of the backups with files that this one needs and lacks.' }),
  expire: z.string().meta({ description: 'YYYY-MM-DD HH:MM in UTC; empty: never.' }),
  expire_alterable: z.string(),
  expired: z.boolean(),
  id: z.string(),
  last_item: z.boolean().meta({ description: 'No other backup needs it.' }),
  level: count.nullable().meta({ description: 'Null where no log tells of a backup of datafiles.' }),
  path: z.string(),
  system: z.string(),
  timestamp: z.string(),
  ts: z.string(),
  usable: z.boolean().meta({
    description:
      'The database can be restored from this backup alone, as was judged from its logs and files.',
  }),
  usage: z.string().meta({ description: 'What it added to the volume.' }),
  volume: z.string(),
  recoveryPointId: uploadId,
});

/** The expiration in one of two forms, each read by the domain, which says best what is wrong. */
const expirationRequest = z
  .strictObject({
    expire: text(60).exactOptional().meta({ description: '#w #d #h #m from the backup on, or never.' }),
    expireTime: z
      .string()
      .max(40)
      .exactOptional()
      .meta({ description: 'YYYY-MM-DD hh:mm:ss in UTC; blank: never.' }),
  })
  .refine(
    ({ expire, expireTime }) => (expire === undefined) !== (expireTime === undefined),
    'takes exactly one of expire and expireTime',
  );

const startBackupRequest = z.strictObject({
  backupVolumeId: z.int().min(1).exactOptional().meta({ description: 'It wins over the name.' }),
  backupVolumeName: text(200).exactOptional(),
  level: z.int().min(0).max(9).meta({ description: '0 is full, 1 to 9 are incremental.' }),
  expire: text(60).meta({ description: '#w #d #h #m (m is minutes), or never.', examples: ['1w 3d'] }),
});

const startedBackup = z.object({
  requestId,
  name: z.string(),
  level: count.meta({ description: 'What is made: the first backup of a database is full.' }),
  notes: z.array(z.string()),
});

/** Field for field what `db_backup_progress` prints; those in small letters are ours. */
export const backupProgress = z.object({
  Comment: z.string(),
  Files: z.array(z.string()),
  Level: count.nullable(),
  Name: z.string(),
  Progress: z.int().min(0).max(100),
  Type: z.literal('Backup'),
  'Volume ID': z.int(),
  requestId,
  state: z.enum(requestStates),
  notes: z.array(z.string()).meta({ description: 'Why it is full, and what happened on the way.' }),
  recoveryPointId: uploadId.optional(),
});

const unusableReport = z.object({
  deleted: z.array(z.object({ bid: count, recoveryPointId: uploadId })),
  kept: z.array(z.object({ bid: count, recoveryPointId: uploadId, why: z.string() })),
  next: uploadId.optional().meta({ description: 'There are more: ask again with this as `from`.' }),
});

export const manualBackupRoutes = {
  getDatabases: route({
    method: 'GET',
    path: '/api/v1/databases',
    area: 'administration-api',
    roles: readers,
    summary: 'List databases with id, name and version.',
    query: pageQuery,
    status: 200,
    response: pageOf(database),
  }),
  getDatabase: route({
    method: 'GET',
    path: '/api/v1/databases/{databaseId}',
    area: 'administration-api',
    roles: readers,
    summary: 'Show a database.',
    params: ofDatabase,
    status: 200,
    response: database,
  }),
  getVolumes: route({
    method: 'GET',
    path: '/api/v1/databases/{databaseId}/volumes',
    area: 'administration-api',
    roles: readers,
    summary: 'List the archive volumes that backups of a database go to.',
    params: ofDatabase,
    status: 200,
    response: z.object({ items: z.array(volume) }),
  }),
  listVolumes: route({
    method: 'GET',
    path: '/v1/volumes',
    area: 'administration-api',
    roles: readers,
    summary: 'List the archive volumes of the deployment.',
    status: 200,
    response: z.object({ items: z.array(volume) }),
  }),
  getBackups: route({
    method: 'GET',
    path: '/api/v1/databases/{databaseId}/backups',
    area: 'administration-api',
    roles: readers,
    summary: 'List the backups of a database, newest first.',
    params: ofDatabase,
    query: pageQuery,
    status: 200,
    response: pageOf(listedBackup),
  }),
  startBackup: route({
    method: 'PUT',
    path: '/api/v1/databases/{databaseId}/backups/start',
    area: 'administration-api',
    roles: ['operator', 'admin'],
    summary: 'Start a backup. It runs on: see its progress and, once it is there, the list.',
    params: ofDatabase,
    body: startBackupRequest,
    status: 202,
    response: startedBackup,
  }),
  abortBackup: route({
    method: 'PUT',
    path: '/api/v1/databases/{databaseId}/backups/abort',
    area: 'administration-api',
    roles: ['operator', 'admin'],
    summary: 'Abort the running backup of a database. Nothing of it stays.',
    params: ofDatabase,
    status: 200,
    response: backupProgress,
  }),
  getBackupProgress: route({
    method: 'GET',
    path: '/api/v1/databases/{databaseId}/backups/progress',
    area: 'administration-api',
    roles: readers,
    summary: 'How far the running backup of a database is, or how the last one ended.',
    params: ofDatabase,
    status: 200,
    response: backupProgress,
  }),
  getBackup: route({
    method: 'GET',
    path: '/api/v1/databases/{databaseId}/backups/{backupId}',
    area: 'administration-api',
    roles: readers,
    summary: 'Show a backup.',
    params: ofBackup,
    status: 200,
    response: listedBackup,
  }),
  changeBackupExpiration: route({
    method: 'PUT',
    path: '/api/v1/databases/{databaseId}/backups/{backupId}/expiration',
    area: 'administration-api',
    roles: ['operator', 'admin'],
    summary: 'Change when a backup may be cleaned up. It wins over the policy of its mount.',
    params: ofBackup,
    body: expirationRequest,
    status: 200,
    response: listedBackup,
  }),
  deleteUnusableBackups: route({
    method: 'DELETE',
    path: '/api/v1/databases/{databaseId}/backups/unusable',
    area: 'administration-api',
    roles: ['operator'],
    summary:
      'Mark the backups for deletion that can never be restored because their base is gone. They can be brought back until their undo window ends.',
    params: ofDatabase,
    query: z.object({ from: uploadId.optional() }),
    status: 202,
    response: unusableReport,
  }),
  removeBackup: route({
    method: 'DELETE',
    path: '/api/v1/databases/{databaseId}/backups/{backupId}',
    area: 'administration-api',
    roles: ['operator'],
    summary: 'Mark a backup for deletion; it can be brought back until its undo window ends.',
    params: ofBackup,
    status: 202,
    response: z.object({
      bid: count,
      recoveryPointId: uploadId,
      state: z.string(),
      reclaimAfter: instant.optional(),
    }),
  }),
} as const;
