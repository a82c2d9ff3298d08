import * as z from 'zod';
import type { calendarPeriods } from '../domain/retention/policy.ts';
import {
  count,
  expire,
  instant,
  line,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  sha256,
  uploadId,
} from './primitives.ts';
import { recoveryPoint } from './recovery-points.ts';
import { readers, route } from './route.ts';

/** Read by `parsePolicy`, which says best what is wrong with a value. */
const length = expire.exactOptional();
const keep = z
  .strictObject({ day: length, week: length, month: length, year: length } satisfies Record<
    (typeof calendarPeriods)[number],
    typeof length
  >)
  .meta({ description: 'How long the last point of each day, week, month, year is kept, by `timeZone`.' });
const timeZone = line(60).meta({ examples: ['Europe/Berlin'] });
const floor = z.number().meta({
  description: 'So many newest usable points of each database always stay: a whole number from 1 to 100.',
});
const undoWindow = expire.meta({ description: 'How long an expired or deleted point can be brought back.' });
const maxExpiredPercentPerDay = z.number().meta({
  description: 'A run that would expire more of the mount within 24 hours stops and asks.',
});

/** What a mount's policy is, defaults included. */
export const policy = z.object({
  mountId,
  expire,
  keep,
  timeZone,
  floor,
  undoWindow,
  maxExpiredPercentPerDay,
});

/** What is left out stays as it is; null puts the default back. */
export const changePolicyRequest = z.strictObject({
  expire: expire.exactOptional(),
  keep: keep.nullable().exactOptional(),
  timeZone: timeZone.nullable().exactOptional(),
  floor: floor.nullable().exactOptional(),
  undoWindow: undoWindow.nullable().exactOptional(),
  maxExpiredPercentPerDay: maxExpiredPercentPerDay.nullable().exactOptional(),
});

/** Settings to try; those left out are the mount's. */
export const previewRequest = z.strictObject({
  expire: expire.exactOptional(),
  keep: keep.exactOptional(),
  timeZone: timeZone.exactOptional(),
  floor: floor.exactOptional(),
  undoWindow: undoWindow.exactOptional(),
  maxExpiredPercentPerDay: maxExpiredPercentPerDay.exactOptional(),
});

const stopped = z
  .object({
    code: z.literal('SHARE_EXCEEDED'),
    wouldExpire: count,
    alreadyExpired: count,
    allowed: count,
  })
  .meta({ description: 'It would expire more than may expire in a day: an admin must consent.' });

export const preview = z.object({
  points: count,
  wouldExpire: count,
  expire: z
    .array(
      z.object({ recoveryPointId: uploadId, takenAt: instant, dueSince: instant, ownStoredBytes: count }),
    )
    .meta({ description: 'The first 1,000, oldest first.' }),
  wouldBringBack: count,
  freesAtMostBytes: count.meta({
    description:
      'The bytes that these points brought to the vault. What later points still use of them is not freed.',
  }),
  savesAtMostUsdPerMonth: z.number(),
  price: z
    .object({
      storageClass: z.string(),
      region: z.string(),
      usdPerGibMonth: z.number(),
      source: z.string(),
      asOf: z.string(),
    })
    .meta({ description: 'The list price that was used, with where it is from.' }),
  stopped: stopped.optional(),
});

export const planNote = z.object({
  mountId,
  sha256,
  madeAt: instant,
  expire: count,
  bringBack: count,
  stopped: stopped.optional(),
  consent: z.object({ by: z.string(), at: instant }).optional(),
});

const expireReason = z.discriminatedUnion('code', [
  z.object({ code: z.literal('EXPIRED'), expireOf: z.enum(['point', 'mount']) }),
  z.object({ code: z.literal('DELETED'), by: z.string() }),
]);

/** A plan as it is stored, in parts: a large mount has many points. */
export const planDetails = planNote.omit({ expire: true, bringBack: true }).extend({
  expire: z.array(
    z.object({ recoveryPointId: uploadId, seq: ordinal, dueSince: instant, because: expireReason }),
  ),
  bringBack: z.array(uploadId),
});

export const executePlanRequest = z.strictObject({
  from: count.default(0).meta({ description: 'Where to go on: `next` of the answer before.' }),
});

export const planReport = z.object({
  expired: count,
  broughtBack: count,
  left: z
    .array(z.object({ recoveryPointId: uploadId, why: z.array(z.string()) }))
    .meta({ description: 'What has changed since the plan was made, and why it stays.' }),
  next: count.optional().meta({ description: 'It is not done: ask again with this as `from`.' }),
});

export const explanation = z.object({
  recoveryPointId: uploadId,
  state: recoveryPoint.shape.state,
  decision: z.enum(['keep', 'expire']).optional(),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
  reclaimAfter: instant.optional(),
});

const ofMount = z.object({ mountId });
const ofPlan = z.object({ mountId, sha256 });
const ofPoint = z.object({ recoveryPointId: uploadId });

// Whoever marks points for deletion (operator) cannot consent to a stopped plan, and whoever consents (admin) cannot mark.
export const retentionRoutes = {
  showPolicy: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/policy',
    area: 'retention-api',
    roles: readers,
    summary: 'Show the retention policy of a mount, with the defaults that hold.',
    params: ofMount,
    status: 200,
    response: policy,
  }),
  changePolicy: route({
    method: 'PATCH',
    path: '/v1/mounts/{mountId}/policy',
    area: 'retention-api',
    roles: ['admin'],
    summary: 'Change the retention policy of a mount. It takes effect with the next plan.',
    params: ofMount,
    body: changePolicyRequest,
    status: 200,
    response: policy,
  }),
  previewRetention: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/retention-preview',
    area: 'retention-api',
    roles: readers,
    summary: 'What would expire now, by the policy or by one with other settings. Changes nothing.',
    params: ofMount,
    body: previewRequest,
    status: 200,
    response: preview,
  }),
  makeRetentionPlan: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/retention-plans',
    area: 'retention-api',
    roles: ['operator'],
    summary: 'Make and store a plan of what the policy lets go now.',
    params: ofMount,
    status: 201,
    response: planNote,
  }),
  listRetentionPlans: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/retention-plans',
    area: 'retention-api',
    roles: readers,
    summary: 'List the plans of a mount, newest first.',
    params: ofMount,
    query: pageQuery,
    status: 200,
    response: pageOf(planNote),
  }),
  showRetentionPlan: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/retention-plans/{sha256}',
    area: 'retention-api',
    roles: readers,
    summary: 'Show a plan with every point that it names.',
    params: ofPlan,
    status: 200,
    response: planDetails,
  }),
  consentToRetentionPlan: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/retention-plans/{sha256}/consent',
    area: 'retention-api',
    roles: ['admin'],
    summary: 'Let a plan go on that was stopped because it expires too much at once.',
    params: ofPlan,
    status: 200,
    response: planNote,
  }),
  executeRetentionPlan: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/retention-plans/{sha256}/execute',
    area: 'retention-api',
    roles: ['operator'],
    summary: 'Carry out a stored plan and nothing else; what changed since is left and reported.',
    params: ofPlan,
    body: executePlanRequest,
    status: 200,
    response: planReport,
  }),
  explainRecoveryPoint: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/why',
    area: 'retention-api',
    roles: readers,
    summary: 'Why a recovery point stays or goes.',
    params: ofPoint,
    status: 200,
    response: explanation,
  }),
  changeRecoveryPoint: route({
    method: 'PATCH',
    path: '/v1/recovery-points/{recoveryPointId}',
    area: 'retention-api',
    roles: ['operator', 'admin'],
    summary: 'Give a recovery point an expire of its own. It wins over the policy of its mount.',
    params: ofPoint,
    body: z.strictObject({ expire }),
    status: 200,
    response: recoveryPoint,
  }),
  deleteRecoveryPoint: route({
    method: 'DELETE',
    path: '/v1/recovery-points/{recoveryPointId}',
    area: 'retention-api',
    roles: ['operator'],
    summary: 'Mark a recovery point for deletion; it can be brought back until its undo window ends.',
    params: ofPoint,
    query: z.object({
      cascade: z.enum(['true', 'false']).optional().meta({
        description: 'With all that was made as incrementals on it; otherwise it is refused with their list.',
      }),
    }),
    status: 202,
    response: recoveryPoint,
  }),
  undeleteRecoveryPoint: route({
    method: 'POST',
    path: '/v1/recovery-points/{recoveryPointId}/undelete',
    area: 'retention-api',
    roles: ['operator', 'admin'],
    summary: 'Bring a recovery point back that waits for its deletion.',
    params: ofPoint,
    body: z.strictObject({
      expire: expire.optional().meta({
        description: 'Its own expire from now on. `never` where the policy would let it go again at once.',
      }),
    }),
    status: 200,
    response: recoveryPoint,
  }),
} as const;
