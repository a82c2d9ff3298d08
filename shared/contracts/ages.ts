import * as z from 'zod';
import { ageStatuses } from '../domain/backup-age.ts';
import { count, databaseId, instant, mountId, uploadId } from './primitives.ts';
import { readers, readersAndStore, route } from './route.ts';

/** A day between backups and two hours for the backup itself; then one that was missed. */
const defaults = { warning: '1d 2h', critical: '2d 2h' } as const;

const threshold = (text: string) =>
  z
    .string()
    .min(1)
    .max(60)
    .default(text)
    .meta({ description: 'An age as `#w #d #h #m`; reached when the age is as old as this.', default: text });

const ageQuery = z.object({ warning: threshold(defaults.warning), critical: threshold(defaults.critical) });

const backupAge = z.object({
  status: z.enum(ageStatuses),
  latest: z
    .object({ recoveryPointId: uploadId, at: instant, ageSeconds: count })
    .optional()
    .meta({ description: 'Absent when there is no backup.' }),
});

export const ageRoutes = {
  checkMountAge: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/age',
    area: 'recovery-points-api',
    roles: readersAndStore,
    summary: 'Check how old the newest available recovery point of a mount is.',
    params: z.object({ mountId }),
    query: ageQuery,
    status: 200,
    response: backupAge,
  }),
  checkDatabaseAge: route({
    method: 'GET',
    path: '/v1/databases/{databaseId}/age',
    area: 'databases-api',
    roles: readers,
    summary: 'Check how old the newest available recovery point is that a database may be restored from.',
    params: z.object({ databaseId }),
    query: ageQuery,
    status: 200,
    response: backupAge,
  }),
} as const;
