import * as z from 'zod';
import {
  count,
  expire,
  instant,
  mountId,
  pageOf,
  pageQuery,
  resourceName,
  storeId,
  uploadId,
} from './primitives.ts';
import { readersAndStore, route } from './route.ts';

const gibibyte = 2 ** 30;

/** The least catches numbers that were meant in another unit. */
const quotaBytes = z
  .union([z.literal(0), z.int().min(gibibyte)], 'must be 0 or at least 1073741824 (1 GiB)')
  .meta({
    description: 'The most that the mount may take of the disk, in bytes, at least 1 GiB; 0 lifts the limit.',
  });

/** What the gateway last said of a mount. A figure that it does not know is absent. */
const storeReport = z.object({
  at: instant,
  state: z.enum(['ready', 'inconsistent', 'withdrawn']),
  reason: z.string().optional(),
  exportState: z.enum(['exported', 'failed', 'unmanaged']).optional(),
  freeBytes: count.optional(),
  totalBytes: count.optional(),
  pendingSnapshots: count.optional(),
  oldestPendingAt: instant.optional(),
  timeToFullSeconds: count.optional(),
  backupStartedAt: instant.optional(),
  quotaBytes: count.optional(),
});

export const mount = z.object({
  mountId,
  storeId,
  name: resourceName,
  state: z.enum(['creating', 'ready', 'marked-for-delete', 'gone']),
  volumeId: z.int(),
  expire,
  maxPendingSnapshots: count,
  quotaBytes: count.optional(),
  createdAt: instant,
  headId: uploadId.optional(),
  seq: count,
  openUploadId: uploadId.optional(),
  deletion: z.object({ markedAt: instant, markedBy: z.string(), goneAt: instant.optional() }).optional(),
  storeReport: storeReport
    .optional()
    .meta({ description: 'As the gateway last reported; figures that change all the time are minutes old.' }),
});

const maxPendingSnapshots = z.int().min(1).max(100);

export const createMountRequest = z.strictObject({
  storeId,
  name: resourceName,
  expire,
  maxPendingSnapshots: maxPendingSnapshots.default(3),
  quotaBytes: quotaBytes.optional(),
});

/** What is left out stays as it is. */
export const changeMountRequest = z
  .strictObject({ expire, maxPendingSnapshots, quotaBytes })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change');

const deleteMountQuery = z.object({
  abandonBackup: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Give up a backup that was begun (START_BACKUP) and not finished.' }),
});

export const listMountsQuery = pageQuery.extend({ storeId: storeId.optional() });

export const mountRoutes = {
  createMount: route({
    method: 'POST',
    path: '/v1/mounts',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Create a mount on a store.',
    body: createMountRequest,
    status: 201,
    response: mount,
  }),
  listMounts: route({
    method: 'GET',
    path: '/v1/mounts',
    area: 'mounts-api',
    roles: readersAndStore,
    summary: 'List mounts.',
    query: listMountsQuery,
    status: 200,
    response: pageOf(mount),
  }),
  showMount: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}',
    area: 'mounts-api',
    roles: readersAndStore,
    summary: 'Show a mount.',
    params: z.object({ mountId }),
    status: 200,
    response: mount,
  }),
  changeMount: route({
    method: 'PATCH',
    path: '/v1/mounts/{mountId}',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Change the settings of a mount; a running backup keeps those it began with.',
    params: z.object({ mountId }),
    body: changeMountRequest,
    status: 200,
    response: mount,
  }),
  deleteMount: route({
    method: 'DELETE',
    path: '/v1/mounts/{mountId}',
    area: 'mounts-api',
    roles: ['admin'],
    summary:
      'Mark a mount for delete: it takes no backups, what is pending is uploaded, then its export ends. Recovery points stay.',
    params: z.object({ mountId }),
    query: deleteMountQuery,
    status: 202,
    response: mount,
  }),
  unmarkMount: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/unmark',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Take the mark for delete back while the mount is not gone.',
    params: z.object({ mountId }),
    status: 200,
    response: mount,
  }),
} as const;
