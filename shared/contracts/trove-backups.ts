import * as z from 'zod';
import { instant, line, pageQuery, storeId, text, uploadId } from './primitives.ts';
import { readers, route } from './route.ts';

// The backup verbs of Trove: fields and filters have its names.

const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}';

const backupId = z
  .string()
  .regex(new RegExp(`^(?:bkr-)?${ulid}$`), 'is no id of a backup: GET /v1/backups lists them')
  .meta({ description: 'The id of a request, or of a recovery point that a script made.' });

const instanceId = z
  .string()
  .regex(
    new RegExp(`^(?:mnt-${ulid}|sto-${ulid}\\.[A-Za-z0-9_$#][A-Za-z0-9._$#-]{0,62})$`),
    'is no instance: give the id of a mount (mnt-…), or sto-….NAME for a database of the agent of a store',
  )
  .meta({ description: 'The id of a mount, or `sto-….NAME`: a database of the agent of a store.' });

const backup = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  locationRef: z.string().nullable(),
  instance_id: z.string(),
  database: z.string().nullable(),
  created: instant,
  updated: instant,
  size: z.number().nullable().meta({ description: 'GB of what was backed up; null until it is there.' }),
  status: z.enum(['NEW', 'BUILDING', 'SAVING', 'COMPLETED', 'FAILED', 'DELETE_FAILED']).meta({
    description: 'COMPLETED once it can be restored; RESTORED does not occur, for nothing is imported.',
  }),
  parent_id: z.string().nullable(),
  project_id: z.string().meta({ description: 'The store.' }),
  datastore: z.object({
    type: z.literal('oracle'),
    version: z.string().nullable(),
    version_id: z.string().nullable(),
  }),
  backup_type: z.enum(['full', 'incremental', 'archived-logs']).nullable(),
  checksum: z.string().nullable().meta({ description: 'SHA-256 of the manifest, which names every byte.' }),
  storage_driver: z.literal('s3'),
  deleted: z
    .boolean()
    .meta({ description: 'It waits for its deletion, and can be brought back until then.' }),
  deleted_at: instant.nullable(),
  notes: z
    .array(z.string())
    .meta({ description: 'Why it is full, why it failed, what happened on the way.' }),
  recovery_point_id: uploadId.nullable().meta({ description: 'What a restore is ordered by.' }),
});

const createBackupFields = z.strictObject({
  name: line(200).regex(/\S/, 'must not be blank'),
  instance: instanceId,
  description: text(1000).exactOptional(),
  parent_id: backupId.exactOptional().meta({ description: 'A completed backup without a child.' }),
  incremental: z
    .union([z.literal(0), z.literal(1)])
    .exactOptional()
    .meta({
      description:
        '1: on the newest backup; full where there is none, which `notes` then says. 0: full. Absent: by the strategy of the database, otherwise full.',
    }),
  swift_container: text(200).exactOptional().meta({ description: 'The name of a volume.' }),
  storage_driver: text(60).exactOptional(),
  restore_from: z.looseObject({}).exactOptional().meta({ description: 'Not supported: refused with 501.' }),
});

/** Trove's clients put the fields into `backup`. */
const createBackupRequest = z.preprocess(
  (body) =>
    typeof body === 'object' && body !== null && 'backup' in body && Object.keys(body).length === 1
      ? body.backup
      : body,
  createBackupFields,
);

export const listBackupsQuery = z.object({
  instance_id: instanceId.optional(),
  datastore: z.string().max(60).optional(),
  project_id: storeId.optional().meta({ description: 'A store; for the role admin.' }),
  all_projects: z.enum(['true', 'false', '0', '1']).optional().meta({ description: 'For the role admin.' }),
  limit: pageQuery.shape.limit.unwrap().default(20).meta({ default: 20 }),
  marker: z.string().max(200).optional().meta({ description: 'From the link to the next page.' }),
});

const ofBackup = z.object({ backupId });
const oneBackup = z.object({ backup });

export const troveRoutes = {
  createBackup: route({
    method: 'POST',
    path: '/v1/backups',
    area: 'administration-api',
    roles: ['operator', 'admin'],
    summary: 'Create a backup of an instance.',
    body: createBackupRequest,
    status: 202,
    response: oneBackup,
  }),
  listBackups: route({
    method: 'GET',
    path: '/v1/backups',
    area: 'administration-api',
    roles: readers,
    summary: 'List backups, newest first.',
    query: listBackupsQuery,
    status: 200,
    response: z.object({
      backups: z.array(backup),
      links: z.array(z.object({ rel: z.literal('next'), href: z.string() })),
    }),
  }),
  showBackup: route({
    method: 'GET',
    path: '/v1/backups/{backupId}',
    area: 'administration-api',
    roles: readers,
    summary: 'Show a backup.',
    params: ofBackup,
    status: 200,
    response: oneBackup,
  }),
  deleteBackup: route({
    method: 'DELETE',
    path: '/v1/backups/{backupId}',
    area: 'administration-api',
    roles: ['operator'],
    summary:
      'Mark a backup for deletion with all that builds on it, or none of them. They can be brought back until their undo window ends.',
    params: ofBackup,
    status: 202,
    response: oneBackup,
  }),
} as const;
