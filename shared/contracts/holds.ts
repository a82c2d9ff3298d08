import * as z from 'zod';
import type { HoldId } from '../domain/ids.ts';
import { idPatterns } from '../domain/ids.ts';
import { databaseId, instant, line, mountId, pageOf, pageQuery, uploadId } from './primitives.ts';
import { readers, route } from './route.ts';

export const holdId = z
  .string()
  .regex(idPatterns.hold, 'is no HoldId, such as hld-01ARZ3NDEKTSV4RRFFQ69G5FAV')
  .transform((text) => text as HoldId)
  .meta({ title: 'HoldId' });

const span = {
  from: instant.exactOptional().meta({ description: 'Points taken at this time or later.' }),
  before: instant.exactOptional().meta({ description: 'Points taken before this time.' }),
};

const wanted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('point'), recoveryPointId: uploadId }),
  z.strictObject({ kind: z.literal('mount'), mountId, ...span }),
  z.strictObject({ kind: z.literal('database'), databaseId, ...span }),
]);

export const hold = z.object({
  holdId,
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('point'), recoveryPointId: uploadId, mountId }),
    z.object({ kind: z.literal('mount'), mountId, ...span }),
    z.object({ kind: z.literal('database'), databaseId, ...span }),
  ]),
  reason: z.string(),
  placedBy: z.string(),
  placedAt: instant,
  lifted: z.object({ at: instant, by: z.string() }).optional().meta({ description: 'It holds no more.' }),
});

export const placeHoldRequest = z.strictObject({ target: wanted, reason: line(500) });

export const holdRoutes = {
  placeHold: route({
    method: 'POST',
    path: '/v1/holds',
    area: 'retention-api',
    roles: ['operator', 'admin'],
    summary: 'Forbid the deletion of a point, of a mount, or of a database, or of a time span of these.',
    body: placeHoldRequest,
    status: 201,
    response: hold,
  }),
  listHolds: route({
    method: 'GET',
    path: '/v1/holds',
    area: 'retention-api',
    roles: readers,
    summary: 'List holds, newest first, lifted ones too.',
    query: pageQuery,
    status: 200,
    response: pageOf(hold),
  }),
  showHold: route({
    method: 'GET',
    path: '/v1/holds/{holdId}',
    area: 'retention-api',
    roles: readers,
    summary: 'Show a hold.',
    params: z.object({ holdId }),
    status: 200,
    response: hold,
  }),
  liftHold: route({
    method: 'POST',
    path: '/v1/holds/{holdId}/lift',
    area: 'retention-api',
    roles: ['admin'],
    summary: 'Lift a hold.',
    params: z.object({ holdId }),
    status: 200,
    response: hold,
  }),
} as const;
