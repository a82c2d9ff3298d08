import * as z from 'zod';
import { requestStates } from '../domain/backup-request.ts';
import { databaseId } from './manual-backups.ts';
import { count, instant, mountId, ordinal, pageOf, pageQuery, uploadId } from './primitives.ts';
import { readers, route } from './route.ts';

const unknown = z.literal('unknown');
const orUnknown = <S extends z.ZodType>(schema: S) => z.union([schema, unknown]);
const past = <S extends z.ZodType>(schema: S) => z.union([schema, z.literal('none'), unknown]);

const failure = z.object({ at: instant, reason: z.string() });
const job = z.object({
  state: z.enum([...requestStates, 'not-requested']).meta({ description: 'Of the newest request.' }),
  lastAt: past(instant),
  durationSeconds: past(count),
  lastFailure: past(failure),
});
const place = { recoveryPointId: uploadId, takenAt: instant };
const hostTime = z.string().meta({ description: "By the clock of the database's host: no zone is known." });

const report = z.object({
  databaseId,
  name: z.string(),
  mountIds: z.array(mountId),
  backupJob: job,
  archivedLogJob: job,
  points: z.object({
    available: count,
    pendingDeletion: count,
    recoverable: z.object({ yes: count, no: count, unknown: count }),
    latestAt: past(instant),
    oldestAt: past(instant),
  }),
  restores: z.object({
    lastSuccessAt: past(instant),
    lastFailure: past(failure),
    lastValidationAt: past(instant),
    averageDifferenceSeconds: past(z.number()),
    averageMinutes: past(z.number().min(0)),
  }),
  sizes: z.object({
    logicalBytes: count.meta({ description: 'The files of the newest available point of each mount.' }),
    storedBytes: orUnknown(count).meta({ description: 'What its mounts take in the vault.' }),
    changeBytesPerDay: orUnknown(count).meta({
      description: 'What uploads brought in the last 30 days with backups; unknown before a day has passed.',
    }),
    costUsdPerMonth: orUnknown(z.number().min(0)),
    sharedWith: z.array(z.string()).meta({
      description: 'DBIDs of others whose files are in the same points, and in these figures.',
    }),
  }),
  recoveryWindow: past(
    z.object({
      oldest: z.object(place).meta({ description: 'The oldest point that it can be restored from.' }),
      newest: z.object({
        ...place,
        from: hostTime.optional(),
        to: hostTime.optional(),
        through: z.array(z.object({ thread: ordinal, sequence: count })),
      }),
    }),
  ),
  failures: z.object({ since: instant, backups: orUnknown(count), restores: orUnknown(count) }),
});

/** What cannot be found out now is said, and the others are reported. */
const failed = z.object({
  databaseId,
  name: z.string(),
  error: z.literal('Error getting information.'),
});

export const databaseReportRoutes = {
  listDatabaseReports: route({
    method: 'GET',
    path: '/v1/reports/databases',
    area: 'administration-api',
    roles: readers,
    summary:
      'Report on each database: its jobs, points, sizes, cost, what can be restored, and failures. A page may have fewer than asked for.',
    query: pageQuery,
    status: 200,
    response: pageOf(z.union([report, failed])),
  }),
  showDatabaseReport: route({
    method: 'GET',
    path: '/v1/reports/databases/{databaseId}',
    area: 'administration-api',
    roles: readers,
    summary: 'Report on one database.',
    params: z.object({ databaseId }),
    status: 200,
    response: report,
  }),
} as const;
