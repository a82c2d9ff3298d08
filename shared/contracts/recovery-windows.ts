import * as z from 'zod';
import { databaseId, instant, mountId, pageOf, pageQuery, uploadId } from './primitives.ts';
import { recoverability } from './recoverability.ts';
import { readers, route } from './route.ts';

const pointRecoverability = recoverability.extend({
  recoveryPointId: uploadId,
  mountId,
  takenAt: instant,
  state: z.enum(['available', 'pending-deletion', 'reclaiming', 'tombstone']),
});

/** `+02:00`; up to fourteen hours. */
export const hostOffset = z
  .string()
  .regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/, 'is not an offset from UTC like +02:00')
  .meta({
    description:
      "Of the database host's clock from UTC at that time; without it only what holds in every zone is certain.",
  });

export const recoveryWindowRoutes = {
  listRecoveryWindows: route({
    method: 'GET',
    path: '/v1/databases/{databaseId}/recovery-window',
    area: 'databases-api',
    roles: readers,
    summary:
      'List what can be restored of a database, point by point, newest first; at most 20 points a page.',
    params: z.object({ databaseId }),
    query: pageQuery,
    status: 200,
    response: pageOf(pointRecoverability),
  }),
  findRecoveryPointFor: route({
    method: 'GET',
    path: '/v1/databases/{databaseId}/recovery-point-for',
    area: 'databases-api',
    roles: readers,
    summary: 'Find the point to restore so as to bring a database to a moment.',
    params: z.object({ databaseId }),
    query: z.object({ time: instant, hostOffset: hostOffset.optional() }),
    status: 200,
    response: z.object({
      outcome: z.enum(['found', 'uncertain', 'none']),
      code: z.enum(['TARGET_AFTER_NEWEST_POINT', 'NO_USABLE_POINT', 'TARGET_NOT_REACHED']).optional(),
      text: z.string(),
      recoveryPoint: pointRecoverability.optional(),
    }),
  }),
} as const;
