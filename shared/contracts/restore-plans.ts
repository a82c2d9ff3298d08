import * as z from 'zod';
import { thawTiers } from '../domain/archive/archive-class.ts';
import { fileRoles, missingReasons } from '../domain/restore-choice/scope.ts';
import { count, instant, line, mountId, storeId, text, uploadId } from './primitives.ts';
import { reason } from './recoverability.ts';
import { hostOffset } from './recovery-windows.ts';
import { restorePath, restorePaths, thawOrder } from './restores.ts';
import { readers, route } from './route.ts';

const part = z
  .union([
    z.strictObject({ container: line(128) }),
    z.strictObject({ tablespace: line(128) }),
    z.strictObject({ datafile: z.union([z.int().min(1).max(65_533), line(1024)]) }),
    z.strictObject({ backupSet: z.union([z.int().min(1), line(1024)]) }),
  ])
  .meta({
    description:
      'A part of the database: a container (PDB); a tablespace, in a container as `PDB1:USERS`; a datafile by number or name; a backup set by key, a piece of it, or tag.',
  });

/** Which point, which part of it, to which time, and where to. */
export const planRestoreRequest = z.strictObject({
  recoveryPointId: uploadId.exactOptional(),
  mountId: mountId.exactOptional().meta({
    description: 'Instead of a recovery point: the newest of this mount, or the right one for the time.',
  }),
  database: line(128).exactOptional().meta({
    description:
      'DBID, name or unique name. Without a recovery point: the newest usable one, or the right one for the time.',
  }),
  part: part.exactOptional(),
  paths: restorePaths.exactOptional(),
  time: instant.exactOptional(),
  hostOffset: hostOffset.exactOptional(),
  scn: z
    .string()
    .regex(/^\d{1,20}$/, 'is not an SCN: digits only')
    .exactOptional(),
  targetMountId: mountId.exactOptional(),
  thaw: thawOrder.exactOptional(),
});

const packCount = z.object({ packs: count, bytes: count });

const restorePlan = z.object({
  recoveryPointId: uploadId,
  mountId,
  takenAt: instant,
  pointBecause: z.string(),
  outcome: z.enum(['complete', 'incomplete', 'unknown']).meta({
    description:
      'complete: what is chosen is enough. incomplete: something needed is missing. unknown: the logs leave it open, and all is chosen that may be needed.',
  }),
  text: z.string(),
  database: z.object({ dbid: z.string(), name: z.string().optional() }).optional(),
  through: z
    .array(z.object({ thread: count, sequence: count }))
    .optional()
    .meta({
      description: 'The last archived log of each thread that is restored: recover UNTIL SEQUENCE one more.',
    }),
  paths: z
    .array(restorePath)
    .optional()
    .meta({ description: 'For the order of the restore; absent: the whole point.' }),
  isWidened: z.boolean().meta({ description: 'Files too many to be named: their folders are restored.' }),
  fileCount: count,
  files: z
    .array(z.object({ path: z.string(), role: z.enum(fileRoles), sizeBytes: count.optional() }))
    .meta({ description: 'What was chosen; the first 1,000.' }),
  missingCount: count,
  missing: z
    .array(z.object({ what: z.string(), reason: z.enum(missingReasons), neededFor: z.string() }))
    .meta({ description: 'The first 200.' }),
  reasons: z.array(reason),
  written: z.object({ files: count, bytes: count }),
  fetched: z.object({
    bytes: count,
    requests: count,
    isByMaps: z.boolean().meta({
      description:
        'The block maps were read: exact but for packs of which a part is fetched. Otherwise chosen files are taken for as compact as the rest.',
    }),
  }),
  time: z.object({
    seconds: z.number(),
    basis: z.enum(['measured', 'assumed']),
    restores: count.meta({ description: 'Earlier restores of the store that it rests on.' }),
  }),
  price: z.discriminatedUnion('isKnown', [
    z.object({
      isKnown: z.literal(true),
      region: z.string(),
      requestsUsd: z.number(),
      transferUsd: z.number(),
      retrievalUsd: z.number().meta({ description: 'From archive classes, by the tier that is asked for.' }),
      totalUsd: z.number(),
      source: z.string(),
      asOf: z.string(),
    }),
    z.object({ isKnown: z.literal(false), reason: z.string() }),
  ]),
  archive: z
    .object({
      frozen: packCount.meta({ description: 'Must be thawed first.' }),
      ongoing: packCount.meta({ description: 'Are being thawed.' }),
      instantBytes: count.meta({ description: 'Are read at once, for a fee.' }),
      choices: z.array(
        z.object({
          tier: z.enum(thawTiers),
          hours: z.number().meta({ description: 'The longest that AWS says it takes.' }),
          usd: z.number(),
          isAboveLimit: z.boolean(),
        }),
      ),
      tier: z.enum(thawTiers),
      hours: z.number(),
      thawUsd: z.number(),
      instantUsd: z.number(),
      maxUsd: z.number().meta({ description: 'What the thaw may cost.' }),
      isAssumedPrice: z.boolean().meta({ description: 'By the prices of the dearest region that is known.' }),
    })
    .optional()
    .meta({ description: 'Absent where nothing of it lies in an archive class.' }),
  target: z.object({
    mountId,
    storeId,
    freeBytes: count.optional(),
    reportedAt: instant.optional(),
    isShort: z.boolean(),
  }),
  refusals: z
    .array(z.object({ code: z.string(), text: text(100_000) }))
    .meta({ description: 'With which an order would be refused now; none: it may be ordered.' }),
});

export const restorePlanRoutes = {
  planRestore: route({
    method: 'POST',
    path: '/v1/restore-plans',
    area: 'restores-api',
    roles: readers,
    summary:
      'Choose the point and the smallest set of files for a restore, and say what is missing, how much it is, how long it takes and what it costs. Orders nothing.',
    body: planRestoreRequest,
    status: 200,
    response: restorePlan,
  }),
} as const;
