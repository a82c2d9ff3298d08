import * as z from 'zod';
import {
  type AlertId,
  type CredentialId,
  type HoldId,
  idPatterns,
  type MountId,
  type RequestId,
  type RestoreId,
  type ScheduleId,
  type StoreId,
  type UploadId,
} from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';

// Where a row stands in its list, as a cursor holds it. A cursor comes from outside: it is checked like any input.

const idOf = <T extends string>(pattern: RegExp) =>
  z.custom<T>((value) => typeof value === 'string' && pattern.test(value));

const instant = z.custom<Instant>((value) => z.iso.datetime({ precision: 3 }).safeParse(value).success);

export const byStoreId = z.strictObject({ storeId: idOf<StoreId>(idPatterns.store) });
export const byCredentialId = z.strictObject({ credentialId: idOf<CredentialId>(idPatterns.credential) });
export const byMountId = z.strictObject({ mountId: idOf<MountId>(idPatterns.mount) });
export const byRestoreId = z.strictObject({ restoreId: idOf<RestoreId>(idPatterns.restore) });
export const byAlertId = z.strictObject({ alertId: idOf<AlertId>(idPatterns.alert) });
export const byRequestId = z.strictObject({ requestId: idOf<RequestId>(idPatterns.request) });

export const byOpenedAt = z.strictObject({ openedAt: instant, uploadId: idOf<UploadId>(idPatterns.upload) });

export const byDatabaseId = z.strictObject({ databaseId: z.string().regex(/^\d{1,15}$/) });
export const byPointTime = z.strictObject({
  takenAt: instant,
  recoveryPointId: idOf<UploadId>(idPatterns.upload),
});

export const byTakenAt = z.strictObject({
  takenAt: instant,
  recoveryPointId: idOf<UploadId>(idPatterns.upload),
  /** Not part of the order, but of the row's key. */
  seq: z.int().positive(),
});

export const bySeq = z.strictObject({ seq: z.int().positive() });
export const byHoldId = z.strictObject({ holdId: idOf<HoldId>(idPatterns.hold) });
export const byMadeAt = z.strictObject({ madeAt: instant, sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export const byScheduleId = z.strictObject({ scheduleId: idOf<ScheduleId>(idPatterns.schedule) });
export const byLookAt = z.strictObject({
  lookAt: instant,
  scheduleId: idOf<ScheduleId>(idPatterns.schedule),
});
export const byDueAt = z.strictObject({ dueAt: instant, mountId: idOf<MountId>(idPatterns.mount) });

export const byDeletingPlace = z.strictObject({
  deletingPlace: z.string().regex(/^[-0-9T:.Z]{24}#[0-9A-Z]{26}$/),
  /** Not part of the order, but of the row's key. */
  mountId: idOf<MountId>(idPatterns.mount),
  seq: z.int().positive(),
});
