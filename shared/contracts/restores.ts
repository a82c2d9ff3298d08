import * as z from 'zod';
import { thawTiers } from '../domain/archive/archive-class.ts';
import { defaultThawTier } from '../domain/archive/thaw.ts';
import { restoreStates } from '../domain/restore.ts';
import {
  count,
  instant,
  line,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  resourceName,
  restoreId,
  storeId,
  text,
  uploadId,
} from './primitives.ts';
import { readersAndStore, route } from './route.ts';

const progress = z.strictObject({
  filesDone: count,
  filesTotal: count,
  bytesDone: count,
  bytesTotal: count,
  isQueued: z
    .boolean()
    .exactOptional()
    .meta({ description: 'Other restores of the store go first; it has not begun.' }),
  bytesPerSecond: count.exactOptional().meta({ description: 'Of the last minute.' }),
  secondsLeft: count.exactOptional().meta({ description: 'At that rate.' }),
  fromSnapshot: z.string().max(60).exactOptional().meta({
    description:
      'Of a clone that is made of the snapshot which its store had kept, and not of the vault: the id of that snapshot.',
  }),
});

/** Linux has numbers of 32 bits, of which the last means none. */
const owner = z
  .int()
  .min(0)
  .max(2 ** 32 - 2);
const ownerMap = z
  .record(z.string().regex(/^(0|[1-9]\d{0,9})$/), owner)
  .refine((map) => Object.keys(map).length <= 1000, 'has more than 1,000 numbers');

export const restoreOwners = z
  .union([
    z.strictObject({ allTo: z.strictObject({ uid: owner, gid: owner }) }),
    z.strictObject({ uids: ownerMap.default({}), gids: ownerMap.default({}) }),
  ])
  .meta({
    description:
      'Whom restored files belong to: all to one, or by numbers, where those not named stay. Refused by a gateway that may not give files away.',
  });

/** A clone is a folder `clones/{name}`. */
export const cloneOf = z.object({ name: resourceName });

export const lease = z
  .string()
  .min(1)
  .max(60)
  .meta({
    description: 'How long the files stay once they are there: `#w #d #h #m`, at most a year.',
    examples: ['7d'],
  });

/** In US dollars, by list prices. */
const usd = z.number().min(0).max(1_000_000);

export const thawOrder = z.strictObject({
  tier: z.enum(thawTiers).default(defaultThawTier).meta({
    description:
      'How packs that lie in an archive class are thawed: the faster the dearer. A deep archive has no Expedited.',
  }),
  maxUsd: usd.exactOptional().meta({
    description: 'The most that it may cost; above the limit of the volume an admin may go only.',
  }),
});

export const restorePath = z.union([
  z.strictObject({ path: text(4096) }),
  z.strictObject({ pathBase64: z.base64().min(4).max(5464) }),
]);

/** The order travels in items of the catalog and in answers to polls. */
const maxPaths = 1000;
const maxPathBytes = 64 * 2 ** 10;
export const pathLimits = { paths: maxPaths, bytes: maxPathBytes } as const;
const jsonLength = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export const restorePaths = z
  .array(restorePath)
  .min(1)
  .max(maxPaths, `more than ${maxPaths} paths: name the folders that hold them, or restore the whole point`)
  .refine(
    (paths) => jsonLength(paths) <= maxPathBytes,
    `more than ${maxPathBytes} bytes of paths: name the folders that hold them, or restore the whole point`,
  )
  .meta({
    description: 'Files, or folders with all below them, as the list of the files of the point names them.',
  });

const damagedFile = z.union([
  z.object({ path: z.string(), code: z.string() }),
  z.object({ pathBase64: z.string(), code: z.string() }),
]);
/** What a gateway reports. */
export const foundDamage = z.object({
  filesDamaged: count,
  bytesDamaged: count,
  files: z.array(damagedFile).max(100),
  objectsDamaged: count,
  objects: z.array(line(1024)).max(100),
});
const restoreDamage = foundDamage.extend({
  databases: z.array(z.object({ dbid: z.string(), files: count })).optional(),
  alternative: z
    .discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('found'), recoveryPointId: uploadId, takenAt: instant }),
      z.object({ outcome: z.enum(['none', 'unknown']), reason: z.string() }),
    ])
    .optional()
    .meta({ description: 'The recovery point nearest in time that needs none of the damaged objects.' }),
});

export const restore = z.object({
  restoreId,
  jobId: ordinal,
  recoveryPointId: uploadId,
  mountId: mountId.meta({ description: 'The mount of the recovery point.' }),
  storeId,
  targetMountId: mountId
    .optional()
    .meta({ description: 'The mount that the files go to, where it is another.' }),
  targetStoreId: storeId.optional().meta({ description: 'The store of that mount, where it is another.' }),
  state: z.enum(restoreStates),
  progress,
  paths: z
    .array(restorePath)
    .optional()
    .meta({ description: 'The files and folders that are restored; absent: the whole point.' }),
  owners: restoreOwners.optional(),
  thaw: thawOrder
    .extend({
      packs: count.optional(),
      bytes: count.optional(),
      usd: usd.optional().meta({ description: 'Of all that was asked for so far, by list prices.' }),
      nextUsd: usd.optional().meta({ description: 'Of what is about to be asked for.' }),
      expectedAt: instant
        .optional()
        .meta({ description: 'When the last pack can be read, at the latest by what AWS says.' }),
    })
    .optional()
    .meta({
      description: 'How packs in an archive class are thawed: as ordered, and as it stands at the last look.',
    }),
  clone: cloneOf
    .optional()
    .meta({ description: 'It goes to `clones/{name}` instead of `restores/{jobId}`.' }),
  lease: z
    .string()
    .optional()
    .meta({ description: 'As ordered; absent: the files stay until somebody removes them.' }),
  leaseUntil: instant.optional(),
  staged: z
    .object({
      state: z.enum(['present', 'removing', 'removed', 'abandoned']),
      since: instant,
      because: z.enum(['lease-ended', 'deleted']).optional(),
      reason: z.string().optional(),
    })
    .optional()
    .meta({
      description:
        'What has become of the staged files: `removing` from the end of the lease until the store says that they are gone; `abandoned`: nobody will say.',
    }),
  requestedAt: instant,
  requestedBy: z.string(),
  deadline: instant,
  reportedAt: instant.optional(),
  endedAt: instant.optional(),
  reason: z.string().optional(),
  damage: restoreDamage
    .optional()
    .meta({ description: 'What was left out, where the vault does not hold it as it was stored.' }),
});

/** In lists: a page of a thousand must stay below what Lambda answers. */
export const listedRestore = restore
  .omit({ paths: true, owners: true, damage: true })
  .extend({ damage: foundDamage.pick({ filesDamaged: true, bytesDamaged: true }).optional() });

export const listRestoresQuery = pageQuery.extend({
  mountId: mountId.optional().meta({ description: 'A store must name one of its mounts.' }),
});

/** A whole point, or some of its files. */
export const restoreChoice = z.strictObject({
  paths: restorePaths.exactOptional(),
  owners: restoreOwners.exactOptional(),
  lease: lease.exactOptional(),
  thaw: thawOrder.exactOptional(),
});

export const createRestoreRequest = restoreChoice.extend({
  targetMountId: mountId
    .exactOptional()
    .meta({ description: 'Where the files go: any mount of any store; absent: where they came from.' }),
});

/** One point to several mounts: each becomes a restore of its own. */
export const createRestoresRequest = restoreChoice.extend({
  recoveryPointId: uploadId,
  targetMountIds: z
    .array(mountId)
    .min(1)
    .max(20)
    .refine((ids) => new Set(ids).size === ids.length, 'names a mount twice'),
});

/** Keys as the point's manifest names them; the manifest itself first. */
export const signRestoreRequest = z.strictObject({
  fence: ordinal,
  keys: z.array(line(1024)).min(1).max(500),
});
export const signRestoreResponse = z.object({
  expiresAt: instant,
  urls: z.array(z.object({ key: z.string(), url: z.string() })),
});

export const restoreProgressRequest = z.strictObject({ fence: ordinal, progress });

export const restoreResultRequest = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('completed'), fence: ordinal, progress }),
  z.strictObject({
    outcome: z.literal('completed-with-damage'),
    fence: ordinal,
    progress,
    damage: foundDamage,
  }),
  z.strictObject({
    outcome: z.literal('failed'),
    fence: ordinal,
    code: line(60),
    reason: text(1000),
  }),
  z.strictObject({
    outcome: z.literal('frozen').meta({
      description: 'No end: an object is frozen, and the store goes on where it is when it is ordered again.',
    }),
    fence: ordinal,
    object: line(1024),
  }),
]);

export const restoreRoutes = {
  createRestore: route({
    method: 'POST',
    path: '/v1/recovery-points/{recoveryPointId}/restores',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary: 'Stage a recovery point, or some of its files, back to its mount or another one.',
    params: z.object({ recoveryPointId: uploadId }),
    body: createRestoreRequest,
    status: 202,
    response: restore,
  }),
  createRestores: route({
    method: 'POST',
    path: '/v1/restores',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary: 'Stage a recovery point, or some of its files, to several mounts at once: a restore each.',
    body: createRestoresRequest,
    status: 202,
    response: z.object({ items: z.array(restore) }),
  }),
  listRestores: route({
    method: 'GET',
    path: '/v1/restores',
    area: 'restores-api',
    roles: readersAndStore,
    summary: 'List restores; of a mount: those of its recovery points.',
    query: listRestoresQuery,
    status: 200,
    response: pageOf(listedRestore),
  }),
  showRestore: route({
    method: 'GET',
    path: '/v1/restores/{restoreId}',
    area: 'restores-api',
    roles: readersAndStore,
    summary: 'Show a restore.',
    params: z.object({ restoreId }),
    status: 200,
    response: restore,
  }),
  cancelRestore: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/cancel',
    area: 'restores-api',
    roles: ['operator', 'admin'],
    summary: 'End a running restore. Its store stops with its next poll and removes what is half staged.',
    params: z.object({ restoreId }),
    status: 200,
    response: restore,
  }),
  signRestore: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/urls',
    area: 'restores-api',
    roles: ['store'],
    summary:
      'Sign GET URLs for up to 500 objects of the mount of a running restore; for another store only what the restored point itself names.',
    params: z.object({ restoreId }),
    body: signRestoreRequest,
    status: 200,
    response: signRestoreResponse,
  }),
  reportRestoreProgress: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/progress',
    area: 'restores-api',
    roles: ['store'],
    summary: 'Heartbeat of a running restore.',
    params: z.object({ restoreId }),
    body: restoreProgressRequest,
    status: 200,
    response: restore,
  }),
  reportRestoreResult: route({
    method: 'POST',
    path: '/v1/restores/{restoreId}/result',
    area: 'restores-api',
    roles: ['store'],
    summary: 'The end of a restore, as the gateway saw it.',
    params: z.object({ restoreId }),
    body: restoreResultRequest,
    status: 200,
    response: restore,
  }),
} as const;
