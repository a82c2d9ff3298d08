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
  exportPath: z.string().optional().meta({ description: 'Its root, as clients mount it.' }),
  keptPoints: z
    .array(uploadId)
    .optional()
    .meta({ description: 'Recovery points that a clone can be made of on the store, without the vault.' }),
});

const backupEvery = expire.meta({
  description:
    'How often it is to be backed up: alerts tell when it is not. `never`: nobody is told. Absent: each day.',
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
  backupEvery: backupEvery.optional(),
  createdAt: instant,
  headId: uploadId.optional(),
  seq: count,
  openUploadId: uploadId.optional(),
  journal: z.object({ number: count, hash: z.string() }).meta({
    description: 'The newest entry of its journal, with its SHA-256.',
  }),
  diverged: z
    .object({ number: count, at: instant })
    .optional()
    .meta({ description: 'The vault has another journal entry of this number: the mount stands still.' }),
  reconciliation: z
    .object({ since: instant })
    .optional()
    .meta({ description: 'Rebuilt from the vault: nothing of it is deleted before it is signed off.' }),
  retirement: z
    .object({ orderedAt: instant, orderedBy: z.string() })
    .optional()
    .meta({ description: 'All of its recovery points are to go.' }),
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
  .strictObject({ expire, maxPendingSnapshots, quotaBytes, backupEvery })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change');

const deleteMountQuery = z.object({
  abandonBackup: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Give up a backup that was begun (START_BACKUP) and not finished.' }),
});

export const listMountsQuery = pageQuery.extend({ storeId: storeId.optional() });

const journalPage = z.object({
  items: z.array(
    z.object({
      number: count,
      bytes: z.string().meta({
        description: 'The entry exactly as the vault has it; its SHA-256 is what the next one names.',
      }),
    }),
  ),
  cursor: z.string().optional(),
});

/** Typed by somebody who means it. */
const retirementRequest = z.strictObject({
  confirmName: z.string().meta({ description: 'The name of what is to be retired.' }),
});

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
  listJournal: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/journal',
    area: 'mounts-api',
    roles: ['auditor', 'admin'],
    summary: 'Export the journal of a mount: who changed what and when, as a chain of hashes.',
    params: z.object({ mountId }),
    query: pageQuery,
    status: 200,
    response: journalPage,
  }),
  signOffReconciliation: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/reconciliation',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Sign a rebuilt mount off: from then on retention and clean-up go on.',
    params: z.object({ mountId }),
    status: 200,
    response: mount,
  }),
  orderRetirement: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/retirement',
    area: 'mounts-api',
    roles: ['admin'],
    summary:
      'Retire a mount: all of its recovery points go after their undo window, the last ones too; holds and locks win.',
    params: z.object({ mountId }),
    body: retirementRequest,
    status: 202,
    response: mount,
  }),
  cancelRetirement: route({
    method: 'DELETE',
    path: '/v1/mounts/{mountId}/retirement',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Take a retirement back: points that are not yet being reclaimed come back.',
    params: z.object({ mountId }),
    status: 200,
    response: mount,
  }),
  orderStoreRetirement: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/retirement',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Retire all mounts of a store, gone ones too.',
    params: z.object({ storeId }),
    body: retirementRequest,
    status: 202,
    response: z.object({ items: z.array(mount) }),
  }),
} as const;
