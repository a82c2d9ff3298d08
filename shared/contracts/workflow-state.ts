import * as z from 'zod';
import { count, mountId, ordinal, restoreId, uploadId } from './primitives.ts';

// What the state machines pass to their tasks. Ids and counts only: a state has 256 KiB, and fails uncatchably above.

export const commitRun = z.object({ uploadId, attempt: ordinal });

const totals = z.object({ files: count, bytes: count, ownObjects: count, ownStoredBytes: count });

export const verifyObjectsInput = commitRun.extend({
  objects: count.optional(),
  after: z.object({ key: z.string(), versionId: z.string() }).optional(),
});

export const recordRecoveryPointInput = commitRun.extend({ totals });

export const mountInput = z.object({ mountId });

export const recoveryPointInput = z.object({ recoveryPointId: uploadId });

/** What went wrong, as `$states.errorOutput` has it. */
export const refuseCommitInput = commitRun.extend({ code: z.string(), message: z.string() });

export const handOverRestoreInput = z.object({ restoreId, taskToken: z.string().min(1) });

const progress = z.object({ filesDone: count, filesTotal: count, bytesDone: count, bytesTotal: count });

export const endRestoreInput = z.object({
  restoreId,
  end: z.discriminatedUnion('state', [
    z.object({ state: z.literal('completed'), progress }),
    z.object({ state: z.literal('failed'), reason: z.string() }),
  ]),
});

/** EventBridge's envelope of an S3 event, as far as it is used. */
export const objectCreatedEvent = z.object({
  detail: z.object({ object: z.object({ key: z.string() }) }),
});
