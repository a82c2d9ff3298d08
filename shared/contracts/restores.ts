import * as z from 'zod';
import {
  count,
  instant,
  line,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  restoreId,
  storeId,
  text,
  uploadId,
} from './primitives.ts';
import { readersAndStore, route } from './route.ts';

const progress = z.strictObject({
  filesDone: count,
  filesTotal: count,
  bytesDone: count,
  bytesTotal: count,
  isQueued: z
    .boolean()
    .exactOptional()
    .meta({ description: 'Other restores of the store go first; it has not begun.' }),
});

export const restore = z.object({
  restoreId,
  jobId: ordinal,
  recoveryPointId: uploadId,
  mountId,
  storeId,
  state: z.enum(['planned', 'handed-over', 'staging', 'completed', 'failed']),
  progress,
  requestedAt: instant,
  requestedBy: z.string(),
  deadline: instant,
  reportedAt: instant.optional(),
  endedAt: instant.optional(),
  reason: z.string().optional(),
});

export const listRestoresQuery = pageQuery.extend({
  mountId: mountId.optional().meta({ description: 'A store must name one of its mounts.' }),
});

/** Empty today: a whole point to its own mount. */
export const createRestoreRequest = z.strictObject({});

/** Keys as the point's manifest names them; the manifest itself first. */
export const signRestoreRequest = z.strictObject({
  fence: ordinal,
  keys: z.array(line(1024)).min(1).max(500),
});
export const signRestoreResponse = z.object({
  expiresAt: instant,
  urls: z.array(z.object({ key: z.string(), url: z.string() })),
});

export const restoreProgressRequest = z.strictObject({ fence: ordinal, progress });

export const restoreResultRequest = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('completed'), fence: ordinal, progress }),
  z.strictObject({
    outcome: z.literal('failed'),
    fence: ordinal,
    code: line(60),
    reason: text(1000),
  }),
]);

export const restoreRoutes = {
  createRestore: route({
    method: 'POST',
    path: '/v1/recovery-points/{recoveryPointId}/restores',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary: 'Stage a whole recovery point back to its store.',
    params: z.object({ recoveryPointId: uploadId }),
    body: createRestoreRequest,
    status: 202,
    response: restore,
  }),
  listRestores: route({
    method: 'GET',
    path: '/v1/restores',
    area: 'restores-api',
    roles: readersAndStore,
    summary: 'List restores.',
    query: listRestoresQuery,
    status: 200,
    response: pageOf(restore),
  }),
  showRestore: route({
    method: 'GET',
    path: '/v1/restores/{restoreId}',
    area: 'restores-api',
    roles: readersAndStore,
    summary: 'Show a restore.',
    params: z.object({ restoreId }),
    status: 200,
    response: restore,
  }),
  signRestore: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/urls',
    area: 'restores-api',
    roles: ['store'],
    summary: 'Sign GET URLs for up to 500 objects of the mount of a running restore.',
    params: z.object({ restoreId }),
    body: signRestoreRequest,
    status: 200,
    response: signRestoreResponse,
  }),
  reportRestoreProgress: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/progress',
    area: 'restores-api',
    roles: ['store'],
    summary: 'Heartbeat of a running restore.',
    params: z.object({ restoreId }),
    body: restoreProgressRequest,
    status: 200,
    response: restore,
  }),
  reportRestoreResult: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/result',
    area: 'restores-api',
    roles: ['store'],
    summary: 'The end of a restore, as the gateway saw it.',
    params: z.object({ restoreId }),
    body: restoreResultRequest,
    status: 200,
    response: restore,
  }),
} as const;
