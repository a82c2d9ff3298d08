import * as z from 'zod';
import { count, databaseId, instant, mountId, ordinal, pageOf, pageQuery, uploadId } from './primitives.ts';
import { recoverability } from './recoverability.ts';
import { recoveryPoint, recoveryPointFile } from './recovery-points.ts';
import { readers, readersAndStore, route } from './route.ts';

/** In a point there may also be files of a database that no log names. */
const dbid = z.string().regex(/^(?:\d{1,15}|unknown)$/, 'is neither a DBID nor unknown');
const presence = z.enum(['present', 'missing', 'changed', 'damaged', 'elsewhere']);
const platform = z.enum(['linux', 'windows']);

const loggedTime = z.object({ text: z.string(), local: z.string().optional() }).meta({
  description: "As RMAN printed it; local: by the clock of the database's host, where that is certain.",
});

const pointDatabase = z.object({
  dbid,
  name: z.string().optional(),
  uniqueName: z.string().optional(),
  platform: platform.optional(),
  version: z.string().optional(),
  dbidFrom: z
    .string()
    .optional()
    .meta({ description: 'Where the DBID is from, if not from a connect line.' }),
  resetlogsIds: z.array(z.string()),
  backupSets: count,
  imageCopies: count,
  archivedLogCopies: count,
  controlFileCopies: count,
  autobackups: count,
  inferredFiles: count,
  files: z.object({ present: count, missing: count, changed: count, damaged: count, elsewhere: count }),
  recoverability: recoverability
    .optional()
    .meta({ description: 'From the files of this point alone; absent for files without a database.' }),
});

const mapLog = z.object({
  uploadId,
  logNumber: ordinal,
  fileName: z.string(),
  mountpoint: z.string(),
  platform,
  receivedAt: instant,
  status: z.enum(['completed', 'completed-with-warnings', 'failed', 'truncated', 'unreadable']),
  reason: z.string().optional(),
  isLate: z.boolean(),
});

const databaseFile = z.object({
  dbid,
  kind: z.enum([
    'backup-piece',
    'image-copy',
    'archived-log-copy',
    'control-file-copy',
    'autobackup',
    'inferred',
  ]),
  path: z.string().optional().meta({ description: 'In the mount; absent when it lies elsewhere.' }),
  handle: z.string().optional().meta({ description: 'As the log names it.' }),
  presence,
  elsewhere: z.enum(['asm', 'tape', 'folder']).optional(),
  sizeBytes: count.optional(),
  tag: z.string().optional(),
  set: z
    .object({
      kind: z.enum(['archivelog', 'full', 'incremental', 'controlfile', 'spfile']),
      pieces: ordinal,
      compressed: z.boolean(),
      datafiles: z.array(z.int()),
      archivedLogs: z.array(z.object({ thread: z.int(), firstSequence: z.int(), lastSequence: z.int() })),
      controlFile: z.enum(['current', 'standby']).optional(),
      includesSpfile: z.boolean(),
    })
    .optional(),
  piece: ordinal.optional(),
  level: z.int().min(0).max(4).optional(),
  incremental: z.enum(['differential', 'cumulative']).optional(),
  startedAt: loggedTime.optional(),
  finishedAt: loggedTime.optional(),
  createdAt: z
    .string()
    .optional()
    .meta({ description: "By the clock of the database's host, without a zone." }),
  datafile: z.int().optional(),
  thread: z.int().optional(),
  sequence: z.int().optional(),
  rolledForward: count.optional().meta({ description: 'How often RECOVER COPY was applied.' }),
  inferred: z.string().optional().meta({ description: 'What the name alone says the file is.' }),
  source: z.object({ uploadId, logNumber: ordinal, line: count }).optional(),
});

const doubt = z.object({
  code: z.string(),
  text: z.string(),
  path: z.string().optional(),
  source: z.object({ uploadId, logNumber: ordinal, line: count.optional() }).optional(),
});

const database = z.object({
  databaseId,
  name: z.string().optional(),
  uniqueName: z.string().optional(),
  platform: platform.optional(),
  version: z.string().optional(),
  mountIds: z.array(mountId),
  lastPointAt: instant,
});

const ofPoint = z.object({ recoveryPointId: uploadId });

export const databaseRoutes = {
  listPointDatabases: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/databases',
    area: 'databases-api',
    roles: readersAndStore,
    summary: 'List the databases of a recovery point, and the logs that say so.',
    params: ofPoint,
    query: pageQuery,
    status: 200,
    response: pageOf(pointDatabase).extend({
      fileMap: z.object({ number: ordinal }),
      judgement: z
        .object({ number: ordinal, log: z.enum(['read', 'missing']) })
        .optional()
        .meta({ description: 'Absent where the point was not judged from this file map: all is unknown.' }),
      logs: z.array(mapLog),
      additional: z.object({ files: count, bytes: count }),
      doubts: count,
    }),
  }),
  listDatabaseFiles: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/databases/{dbid}/files',
    area: 'databases-api',
    roles: readersAndStore,
    summary: 'List the files of one database of a recovery point, in the order in which RMAN made them.',
    params: ofPoint.extend({ dbid }),
    query: pageQuery,
    status: 200,
    response: pageOf(databaseFile),
  }),
  listAdditionalFiles: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/additional-files',
    area: 'databases-api',
    roles: readersAndStore,
    summary: 'List the files of a recovery point that no database claims.',
    params: ofPoint,
    query: pageQuery,
    status: 200,
    response: pageOf(recoveryPointFile),
  }),
  listMissingFiles: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/missing-files',
    area: 'databases-api',
    roles: readersAndStore,
    summary: 'List the files that the logs of a recovery point name and its snapshot lacks.',
    params: ofPoint,
    query: pageQuery,
    status: 200,
    response: pageOf(databaseFile),
  }),
  listFileMapDoubts: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/doubts',
    area: 'databases-api',
    roles: readersAndStore,
    summary: 'List what is not certain about the files of a recovery point.',
    params: ofPoint,
    query: pageQuery,
    status: 200,
    response: pageOf(doubt),
  }),
  listDatabases: route({
    method: 'GET',
    path: '/v1/databases',
    area: 'databases-api',
    roles: readers,
    summary: 'List databases.',
    query: pageQuery,
    status: 200,
    response: pageOf(database),
  }),
  showDatabase: route({
    method: 'GET',
    path: '/v1/databases/{databaseId}',
    area: 'databases-api',
    roles: readers,
    summary: 'Show a database.',
    params: z.object({ databaseId }),
    status: 200,
    response: database,
  }),
  listPointsOfDatabase: route({
    method: 'GET',
    path: '/v1/databases/{databaseId}/recovery-points',
    area: 'databases-api',
    roles: readers,
    summary: 'List the recovery points, of all mounts, that have files of a database; newest first.',
    params: z.object({ databaseId }),
    query: pageQuery,
    status: 200,
    response: pageOf(
      recoveryPoint.extend({
        recoverable: z
          .enum(['yes', 'no', 'unknown'])
          .meta({ description: 'Whether the database can be restored from this point alone.' }),
      }),
    ),
  }),
} as const;
