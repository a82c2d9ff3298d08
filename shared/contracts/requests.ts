import * as z from 'zod';
import { requestStates } from '../domain/backup-request.ts';
import { agentDatabase, agentDatabaseName, backupLevel as level } from './backup-commands.ts';
import {
  count,
  expire,
  instant,
  line,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  requestId,
  storeId,
  text,
  uploadId,
} from './primitives.ts';
import { readers, readersAndStore, route } from './route.ts';

const progress = z.object({
  percent: z.int().min(0).max(100).meta({ description: '100 is reached by the recovery point alone.' }),
  isQueued: z.boolean().exactOptional().meta({ description: 'The store makes other backups first.' }),
  files: z.array(line(4096)).max(100).meta({ description: 'The newest that were written.' }),
  fileCount: count,
  bytesWritten: count,
});

export const backupRequest = z.object({
  requestId,
  backupNumber: ordinal,
  mountId,
  storeId,
  database: agentDatabaseName,
  content: z.enum(['database', 'archived-logs']),
  kind: z.enum(['manual', 'scheduled']),
  windowEndsAt: instant.optional(),
  schedule: z.object({ scheduleId: z.string(), dueAt: instant }).optional(),
  level: level.optional().meta({ description: 'What is made; absent for archived logs alone.' }),
  askedLevel: level.optional().meta({ description: 'What was asked for, where it is not what is made.' }),
  fullBecause: z
    .string()
    .optional()
    .meta({ description: 'Why it is full although an incremental was asked for.' }),
  parentId: uploadId.optional().meta({ description: 'The recovery point that an incremental builds on.' }),
  name: z.string().optional(),
  description: z.string().optional(),
  expire: z.string().optional(),
  state: z.enum(requestStates),
  owner: z.enum(['service', 'store']).meta({ description: 'Who has to move it on.' }),
  deadline: instant.meta({ description: 'Of the present state; the service ends what is past it.' }),
  progress,
  uploadId: uploadId.optional().meta({
    description: 'Of its snapshot; once the request is completed, the recovery point of that id is there.',
  }),
  requestedAt: instant,
  requestedBy: z.string(),
  startedAt: instant.optional(),
  reportedAt: instant.optional(),
  endedAt: instant.optional(),
  reason: z.string().optional(),
  warnings: z.array(z.string()).optional(),
});

/** Level, parent and incremental are three ways to say the same: one of them is given. */
const levelOrder = z.union([
  z.strictObject({ level }),
  z.strictObject({ parentId: uploadId, level: level.exactOptional() }),
  z.strictObject({ incremental: z.literal(true) }),
]);

export const createRequestRequest = z
  .strictObject({
    database: agentDatabaseName,
    order: levelOrder.exactOptional().meta({
      description:
        'What the backup is: a level, whose parent the service chooses; a child of a named parent; or an incremental on the newest. Absent: by the strategy of the database, otherwise full.',
    }),
    content: z.enum(['database', 'archived-logs']).exactOptional(),
    name: line(200).exactOptional(),
    description: text(1000).exactOptional(),
    expire: expire.exactOptional().meta({
      description: "For the recovery point; otherwise by the strategy of the database, then the mount's.",
    }),
    windowEndsAt: instant.exactOptional().meta({
      description:
        'Makes it a scheduled one: until then it waits for a store that is silent, and fails then.',
    }),
  })
  .refine(({ content, order }) => content !== 'archived-logs' || order === undefined, {
    path: ['order'],
    message: 'archived logs alone have no level and no parent',
  });

export const listRequestsQuery = pageQuery.extend({
  storeId: storeId.optional(),
  database: agentDatabaseName.optional().meta({ description: 'Given together with its store.' }),
});

export const requestProgressRequest = z.strictObject({
  fence: ordinal,
  progress,
  warnings: z.array(line(500)).max(20).exactOptional().meta({
    description: 'What somebody should know of a backup that goes on.',
  }),
});

export const requestResultRequest = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('completed'), fence: ordinal }),
  z.strictObject({ outcome: z.literal('failed'), fence: ordinal, code: line(60), reason: text(1000) }),
]);

export const requestRoutes = {
  createRequest: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/requests',
    area: 'requests-api',
    roles: ['operator', 'admin'],
    summary: 'Request a backup of a database from the agent of a store.',
    params: z.object({ mountId }),
    body: createRequestRequest,
    status: 202,
    response: backupRequest,
  }),
  listRequests: route({
    method: 'GET',
    path: '/v1/requests',
    area: 'requests-api',
    roles: readersAndStore,
    summary: 'List requests of backups, newest first.',
    query: listRequestsQuery,
    status: 200,
    response: pageOf(backupRequest),
  }),
  showRequest: route({
    method: 'GET',
    path: '/v1/requests/{requestId}',
    area: 'requests-api',
    roles: readersAndStore,
    summary: 'Show a request of a backup, with its progress.',
    params: z.object({ requestId }),
    status: 200,
    response: backupRequest,
  }),
  abortRequest: route({
    method: 'POST',
    path: '/v1/requests/{requestId}/abort',
    area: 'requests-api',
    roles: ['operator', 'admin'],
    summary: 'End a request that runs or waits. Its store stops with its next poll, and nothing of it stays.',
    params: z.object({ requestId }),
    status: 200,
    response: backupRequest,
  }),
  reportRequestProgress: route({
    method: 'POST',
    path: '/v1/requests/{requestId}/progress',
    area: 'requests-api',
    roles: ['store'],
    summary: 'Heartbeat of a request that the store has.',
    params: z.object({ requestId }),
    body: requestProgressRequest,
    status: 200,
    response: backupRequest,
  }),
  reportRequestResult: route({
    method: 'POST',
    path: '/v1/requests/{requestId}/result',
    area: 'requests-api',
    roles: ['store'],
    summary: 'The end of a request, as the gateway saw it.',
    params: z.object({ requestId }),
    body: requestResultRequest,
    status: 200,
    response: backupRequest,
  }),
  listAgentDatabases: route({
    method: 'GET',
    path: '/v1/stores/{storeId}/databases',
    area: 'requests-api',
    roles: readers,
    summary: 'List the databases that the agent of a store is configured for.',
    params: z.object({ storeId }),
    status: 200,
    response: z.object({ items: z.array(agentDatabase) }),
  }),
} as const;
