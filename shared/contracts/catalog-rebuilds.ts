import * as z from 'zod';
import { count, mountId } from './primitives.ts';
import { route } from './route.ts';

const rebuildId = z
  .string()
  .regex(/^rebuild-\d{17}$/, 'is no id of a rebuild, such as rebuild-20260131120000000')
  .meta({ description: 'Names the moment of its order.' });

const failures = z
  .array(z.object({ mountId, code: z.string(), message: z.string() }))
  .meta({ description: 'Mounts that were left out because their journal is broken, the first hundred.' });

const rebuild = z.discriminatedUnion('state', [
  z.object({ rebuildId, state: z.literal('running') }),
  z.object({
    rebuildId,
    state: z.literal('completed'),
    rebuilt: count,
    inStep: count.meta({ description: 'Mounts whose catalog had everything already.' }),
    failures: count,
    failed: failures,
  }),
  z.object({ rebuildId, state: z.literal('failed'), code: z.string(), reason: z.string() }),
]);

/** What a rebuild that has ended says of itself. */
export const rebuildResult = z.object({ rebuilt: count, inStep: count, failures: count, failed: failures });

const orderRebuildRequest = z.strictObject({
  mode: z.enum(['empty', 'replay']).default('empty').meta({
    description:
      '`empty`: into a catalog without stores and mounts. `replay`: a catalog from the past is brought up to the vault.',
  }),
});

export const catalogRebuildRoutes = {
  orderRebuild: route({
    method: 'POST',
    path: '/v1/catalog-rebuilds',
    area: 'catalog-api',
    roles: ['admin'],
    summary:
      'Rebuild the catalog from the vault alone. Nothing of a rebuilt mount is deleted before it is signed off.',
    body: orderRebuildRequest,
    status: 202,
    response: rebuild,
  }),
  showRebuild: route({
    method: 'GET',
    path: '/v1/catalog-rebuilds/{rebuildId}',
    area: 'catalog-api',
    roles: ['admin', 'auditor'],
    summary: 'Show how far a rebuild is.',
    params: z.object({ rebuildId }),
    status: 200,
    response: rebuild,
  }),
} as const;
