import * as z from 'zod';
import { mountId, ordinal, resourceName, restoreId, text, uploadId } from './primitives.ts';
import { lease, listedRestore, restore, restoreChoice } from './restores.ts';
import { readersAndStore, route } from './route.ts';

/** A named, writable folder with the files of the point. */
export const createCloneRequest = restoreChoice.extend({
  name: resourceName,
  targetMountId: mountId.exactOptional(),
});

/** From now on; it only ever becomes later. */
export const renewLeaseRequest = z.strictObject({ lease });

/** What a store says of files that it was told to remove, or that somebody removed there. */
export const reportRemovalRequest = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('removed'), because: z.enum(['lease-ended', 'deleted']) }),
  z.strictObject({ outcome: z.literal('waiting'), fence: ordinal, reason: text(500) }),
]);

/** What becomes of staged files once they are there, and clones, which are staged under a name. */
export const stagedFilesRoutes = {
  createClone: route({
    method: 'POST',
    path: '/v1/recovery-points/{recoveryPointId}/clones',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary:
      'Make a clone: a named, writable folder with the files of a recovery point, which stays as long as the clone.',
    params: z.object({ recoveryPointId: uploadId }),
    body: createCloneRequest,
    status: 202,
    response: restore,
  }),
  listClones: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/clones',
    area: 'restores-api',
    roles: readersAndStore,
    summary:
      'List the clones of the recovery points of a mount, and those that lie on it: being made, there, or being removed.',
    params: z.object({ mountId }),
    status: 200,
    response: z.object({ items: z.array(listedRestore) }),
  }),
  renewLease: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/lease',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary: 'Let staged files, or a clone, stay for longer.',
    params: z.object({ restoreId }),
    body: renewLeaseRequest,
    status: 200,
    response: restore,
  }),
  dropStagedFiles: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/drop',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary:
      'End the lease of staged files, or of a clone, now: its store removes them with its next poll, with all that was written there.',
    params: z.object({ restoreId }),
    status: 202,
    response: restore,
  }),
  reportRemoval: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/removal',
    area: 'restores-api',
    roles: ['store'],
    summary: 'What a store says of staged files that go, or have gone.',
    params: z.object({ restoreId }),
    body: reportRemovalRequest,
    status: 200,
    response: restore,
  }),
} as const;
