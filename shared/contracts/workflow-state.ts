import * as z from 'zod';
import { requestStates } from '../domain/backup-request.ts';
import { warningCodes } from '../domain/recovery-point.ts';
import { restoreStates } from '../domain/restore.ts';
import { count, instant, mountId, ordinal, requestId, restoreId, sha256, uploadId } from './primitives.ts';

// What the state machines pass to their tasks and take from them. Ids and counts only, every text with a limit: a state
// has 256 KiB, and fails uncatchably above. A test adds the largest of each up.

/** Step Functions' longest error name. */
const code = z.string().max(256);
/** The workflows cut a cause to 1,000 characters, of which each may be two for JavaScript. */
const message = z.string().max(2000);
const objectKey = z.string().max(1024);

const commitRun = z.object({ uploadId, attempt: ordinal });
const totals = z.object({
  files: count,
  bytes: count,
  ownObjects: count,
  ownStoredBytes: count,
  // Absent where an execution began before it was counted.
  logs: count.exactOptional(),
});
const nothing = z.void();

export const verifyManifestTask = { input: commitRun, output: totals };

/** Where a listing of versions goes on. */
const versionMarker = z.object({ key: objectKey, versionId: z.string().max(1024) });

export const verifyObjectsTask = {
  input: commitRun.extend({ objects: count.optional(), after: versionMarker.optional() }),
  output: z.discriminatedUnion('done', [
    z.object({ done: z.literal(true), objects: count }),
    z.object({ done: z.literal(false), objects: count, after: versionMarker }),
  ]),
};

export const readLogsTask = { input: commitRun, output: z.object({ logs: count, unreadable: count }) };

const warning = z.object({
  code: z.enum(warningCodes),
  text: z.string().max(300),
  instances: z.array(z.string().max(30)).max(4).readonly().exactOptional(),
});
const pointMap = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stored'), number: ordinal }),
  z.object({ state: z.literal('failed'), reason: z.string().max(600) }),
]);
/** What building the file map came to: it fails for itself, never the commit. */
const mapped = z.object({ fileMap: pointMap, warnings: z.array(warning).max(9) });

export const buildFileMapTask = { input: commitRun, output: mapped };

/** What judging the point came to: it fails for itself, too. */
const judging = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stored'), number: ordinal }),
  z.object({ state: z.literal('failed'), reason: z.string().max(600) }),
]);

export const judgeRecoverabilityTask = { input: commitRun.extend({ number: ordinal }), output: judging };

export const lockObjectsTask = {
  input: commitRun.extend({ from: count.optional() }),
  output: z.object({ lockedUntil: z.string().max(24).pipe(instant), next: count.exactOptional() }),
};

export const recordRecoveryPointTask = {
  // Absent where an execution began before there were maps, or judgements.
  input: commitRun.extend({
    totals,
    map: mapped.optional(),
    judging: judging.optional(),
    // Only where the vault has Object Lock.
    lockedUntil: z.string().max(24).pipe(instant).optional(),
  }),
  output: z.object({ recoveryPointId: uploadId, mountId, seq: ordinal }),
};

export const storeJournalTask = {
  input: z.object({ mountId }),
  output: z.object({ stored: count }),
};

export const announceRecoveryPointTask = {
  input: z.object({ recoveryPointId: uploadId }),
  output: nothing,
};

/** What went wrong, as `$states.errorOutput` has it. */
export const refuseCommitTask = {
  input: commitRun.extend({ code, message }),
  output: z.object({ committed: z.boolean() }),
};

/** The steps of backup-request, one function for all. */
export const followRequestTask = {
  input: z.discriminatedUnion('step', [
    z.object({ step: z.literal('look-at-store'), requestId }),
    z.object({ step: z.literal('hand-over'), requestId, taskToken: z.string().min(1).max(2048) }),
    z.object({
      step: z.literal('end'),
      requestId,
      reason: message.optional(),
      isSilent: z.boolean().optional(),
    }),
  ]),
  output: z.object({
    next: z.enum(['hand-over', 'wait', 'end']).exactOptional(),
    seconds: ordinal.exactOptional(),
    fence: ordinal.exactOptional(),
    state: z.enum(requestStates).exactOptional(),
    reason: message.exactOptional(),
  }),
};

const packCount = z.object({ packs: count, bytes: count });
/** What a restore cannot read yet, counted from call to call. */
const frozenCount = z.object({
  frozen: z
    .array(packCount.extend({ storageClass: z.enum(['GLACIER', 'DEEP_ARCHIVE']) }))
    .max(2)
    .readonly(),
  ongoing: packCount,
  instantBytes: count,
});

/** Packs that go to an archive class, and come out of it for a restore: one function for all steps. */
export const archivePacksTask = {
  input: z.discriminatedUnion('step', [
    z.object({ step: z.literal('archive'), mountId, after: objectKey.optional() }),
    z.object({
      step: z.literal('look'),
      restoreId,
      from: count.optional(),
      seen: frozenCount.optional(),
    }),
    z.object({
      step: z.literal('ask'),
      restoreId,
      from: count.optional(),
      isSlower: z.boolean().optional(),
    }),
  ]),
  output: z.object({
    outcome: z
      .enum(['more', 'readable', 'frozen', 'ongoing', 'refused', 'ended', 'asked', 'archived'])
      .exactOptional(),
    packs: count.exactOptional(),
    after: objectKey.exactOptional(),
    from: count.exactOptional(),
    seen: frozenCount.exactOptional(),
    isSlower: z.boolean().exactOptional(),
    waitSeconds: ordinal.exactOptional(),
    state: z.enum(['failed', 'cancelled', 'completed', 'completed-with-damage']).exactOptional(),
    reason: message.exactOptional(),
  }),
};

export const handOverRestoreTask = {
  input: z.object({ restoreId, taskToken: z.string().min(1).max(2048) }),
  output: z.object({ fence: ordinal }),
};

const progress = z.object({ filesDone: count, filesTotal: count, bytesDone: count, bytesTotal: count });

export const endRestoreTask = {
  input: z.object({
    restoreId,
    end: z.discriminatedUnion('state', [
      z.object({ state: z.enum(['completed', 'completed-with-damage', 'cancelled']), progress }),
      z.object({ state: z.literal('failed'), reason: message }),
    ]),
  }),
  output: z.object({
    restoreId,
    state: z.enum(restoreStates),
  }),
};

export const rebuildCatalogTask = {
  input: z.object({
    mode: z.enum(['empty', 'replay']),
    by: z.string().max(64),
    after: mountId.nullish().transform((after) => after ?? undefined),
  }),
  output: z.object({
    rebuilt: count,
    inStep: count,
    // As many as one run takes on; all runs together keep a hundred.
    failed: z.array(z.object({ mountId, code: z.string().max(40), message: z.string().max(200) })).max(20),
    next: mountId.optional(),
  }),
};

/** What is to be done with one thing, in the order of its mount. */
const dueItem = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('point'), mountId, id: uploadId }),
  z.object({ kind: z.literal('upload'), mountId, id: uploadId }),
]);
const listCursor = z.string().max(512);
const dueCursor = z.object({ list: z.enum(['points', 'uploads']), cursor: listCursor.exactOptional() });

export const findDeletionsTask = {
  input: z.object({ next: dueCursor.optional() }),
  output: z.object({ items: z.array(dueItem).max(100), next: dueCursor.exactOptional() }),
};

export const beginReclaimTask = {
  input: z.object({ recoveryPointId: uploadId }),
  output: z.object({ outcome: z.enum(['reclaiming', 'not-pending', 'kept', 'waits']) }),
};

/** The only task that deletes, and what it may be told. */
export const deleteObjectsTask = {
  input: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('point'), id: uploadId }),
    z.object({ kind: z.literal('upload'), id: uploadId }),
    z.object({ kind: z.literal('orphans'), mountId, listSha256: sha256 }),
  ]),
  output: z.object({
    outcome: z.enum(['gone', 'closed', 'closing', 'blocked', 'nothing']),
    objects: count,
    bytes: count,
  }),
};

export const findAuditsTask = {
  input: z.object({ scheduledAt: z.string().max(24).pipe(instant), cursor: listCursor.optional() }),
  output: z.object({ items: z.array(z.object({ mountId })).max(100), cursor: listCursor.exactOptional() }),
};

export const auditMountTask = {
  input: z.object({ mountId, after: versionMarker.optional() }),
  output: z.object({
    mountId,
    orphansSha256: sha256.exactOptional(),
    after: versionMarker.exactOptional(),
  }),
};

const dueMountsCursor = z.object({ shard: count, cursor: listCursor.exactOptional() });

export const findDueMountsTask = {
  input: z.object({
    scheduledAt: z.string().max(24).pipe(instant),
    owner: z.string().max(200),
    next: dueMountsCursor.optional(),
  }),
  output: z.object({ mountIds: z.array(mountId).max(50), next: dueMountsCursor.exactOptional() }),
};

export const planRetentionTask = {
  input: z.object({ mountId }),
  output: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('nothing') }),
    z.object({ outcome: z.enum(['planned', 'stopped']), sha256 }),
  ]),
};

export const expirePointsTask = {
  input: z.object({ mountId, sha256, from: count }),
  output: z.object({ expired: count, broughtBack: count, left: count, next: count.exactOptional() }),
};

/** EventBridge's envelope of an S3 event, as far as it is used. */
export const objectCreatedEvent = z.object({
  detail: z.object({ object: z.object({ key: objectKey }) }),
});
