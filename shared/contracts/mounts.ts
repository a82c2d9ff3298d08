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

export const mount = z.object({
  mountId,
  storeId,
  name: resourceName,
  state: z.enum(['creating', 'ready']),
  volumeId: z.int(),
  expire,
  maxPendingSnapshots: count,
  createdAt: instant,
  headId: uploadId.optional(),
  seq: count,
  openUploadId: uploadId.optional(),
});

export const createMountRequest = z.strictObject({
  storeId,
  name: resourceName,
  expire,
  maxPendingSnapshots: z.int().min(1).max(100).default(3),
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
} as const;
