import * as z from 'zod';
import { damageKinds } from '../domain/damage.ts';
import { warningCodes } from '../domain/recovery-point.ts';
import {
  count,
  instant,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  requestId,
  sha256,
  storeId,
  uploadId,
} from './primitives.ts';
import { readersAndStore, route } from './route.ts';

export const recoveryPoint = z.object({
  recoveryPointId: uploadId,
  mountId,
  storeId,
  seq: ordinal,
  state: z.enum(['available', 'pending-deletion', 'reclaiming', 'tombstone']),
  parentId: uploadId.optional(),
  snapName: z.string(),
  takenAt: instant,
  committedAt: instant,
  expiresAt: z.union([instant, z.literal('never')]).meta({
    description: 'By its own expire, or by that of its mount when it was made; `why` says what holds now.',
  }),
  expire: z.string().optional().meta({ description: 'Given for this point alone; it wins.' }),
  lockedUntil: instant.optional(),
  deletion: z
    .object({
      markedAt: instant,
      reclaimAfter: instant,
      planSha256: sha256,
      goneAt: instant.optional(),
    })
    .optional()
    .meta({ description: 'Until `reclaimAfter` it can be brought back.' }),
  request: z
    .object({
      requestId,
      backupNumber: ordinal,
      database: z.string(),
      content: z.enum(['database', 'archived-logs']),
      level: count.optional(),
      parentId: uploadId.optional(),
      name: z.string().optional(),
    })
    .optional()
    .meta({ description: 'The request that it was made for; absent when a script of the DBA began it.' }),
  manifestSha256: sha256,
  manifestBytes: count,
  totals: z.object({
    files: count,
    bytes: count,
    ownObjects: count,
    ownStoredBytes: count,
    logs: count.optional(),
  }),
  fileMap: z
    .discriminatedUnion('state', [
      z.object({ state: z.literal('stored'), number: ordinal }),
      z.object({ state: z.literal('failed'), reason: z.string() }),
    ])
    .optional()
    .meta({
      description: 'Which file belongs to which database; without it the point restores as plain files.',
    }),
  judgement: z
    .object({
      number: ordinal,
      log: z.enum(['read', 'missing']).meta({ description: 'Whether a log of the point itself was read.' }),
      recoverable: z
        .object({ yes: count, no: count, unknown: count })
        .meta({ description: 'How many databases have which verdict, from the files of this mount alone.' }),
    })
    .optional()
    .meta({ description: 'Absent on points that were not judged: everything about them is unknown.' }),
  damage: z
    .object({
      since: instant,
      objects: count.meta({ description: 'How many of those that the point names.' }),
      named: z.array(z.object({ key: z.string(), found: z.enum(damageKinds) })),
    })
    .optional()
    .meta({
      description:
        'What of its data the vault has lost, as audits and restores found it; no database is certain then.',
    }),
  warnings: z
    .array(z.object({ code: z.enum(warningCodes), text: z.string() }))
    .optional()
    .meta({ description: 'What somebody should look at; absent when there is nothing.' }),
});

export const listRecoveryPointsQuery = pageQuery.extend({
  mountId,
  from: instant.optional().meta({ description: 'Taken at this time or later.' }),
  before: instant.optional().meta({ description: 'Taken before this time.' }),
  order: z.enum(['newest-first', 'oldest-first']).default('newest-first'),
});

/** One entry of a point's tree: a folder comes before what is in it. */
export const recoveryPointFile = z.object({
  path: z.string().optional().meta({ description: 'Relative to the mount; absent when it is not UTF-8.' }),
  pathBase64: z.string().optional().meta({ description: "The path's bytes where they are not UTF-8." }),
  type: z.string(),
  sizeBytes: count.optional(),
  modifiedAt: z.string().optional(),
});

export const recoveryPointRoutes = {
  listRecoveryPoints: route({
    method: 'GET',
    path: '/v1/recovery-points',
    area: 'recovery-points-api',
    roles: readersAndStore,
    summary: 'List recovery points of a mount by time.',
    query: listRecoveryPointsQuery,
    status: 200,
    response: pageOf(recoveryPoint),
  }),
  showRecoveryPoint: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}',
    area: 'recovery-points-api',
    roles: readersAndStore,
    summary: 'Show a recovery point.',
    params: z.object({ recoveryPointId: uploadId }),
    status: 200,
    response: recoveryPoint,
  }),
  listRecoveryPointFiles: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/files',
    area: 'recovery-points-api',
    roles: readersAndStore,
    summary: 'List the files of a recovery point.',
    params: z.object({ recoveryPointId: uploadId }),
    query: pageQuery,
    status: 200,
    response: pageOf(recoveryPointFile),
  }),
} as const;
