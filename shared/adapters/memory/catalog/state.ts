import type { Alert } from '../../../domain/alerts/alert.ts';
import type { AgentDatabase, BackupRequest } from '../../../domain/backup-request.ts';
import type { Database, DatabasePoint } from '../../../domain/database.ts';
import type {
  AlertId,
  CredentialId,
  HoldId,
  MountId,
  RequestId,
  RestoreId,
  ScheduleId,
  StoreId,
  UploadId,
} from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import type { JournalEntry } from '../../../domain/journal.ts';
import type { Mount } from '../../../domain/mount.ts';
import type { RecoveryPoint } from '../../../domain/recovery-point.ts';
import type { Restore, StoreCommand } from '../../../domain/restore.ts';
import type { Hold } from '../../../domain/retention/hold.ts';
import type { PlanNote } from '../../../domain/retention/plan-note.ts';
import type { Schedule } from '../../../domain/schedule/schedule.ts';
import type { ActivationCode, Credential, Store } from '../../../domain/store.ts';
import type { Upload } from '../../../domain/upload.ts';
import type { IdempotencyClaim, IdempotencyOutcome } from '../../../ports/catalog/page.ts';

/** Everything the catalog knows. Rows are replaced, never changed in place. */
export interface CatalogState {
  readonly stores: Map<StoreId, Store>;
  readonly activationCodes: Map<string, ActivationCode>;
  readonly credentials: Map<CredentialId, Credential>;
  readonly mounts: Map<MountId, Mount>;
  readonly uploads: Map<UploadId, Upload>;
  readonly recoveryPoints: Map<UploadId, RecoveryPoint>;
  readonly pins: Map<UploadId, Set<string>>;
  readonly databases: Map<string, Database>;
  /** By database and point. */
  readonly databasePoints: Map<string, DatabasePoint>;
  readonly holds: Map<HoldId, Hold>;
  /** Copies of holds, by mount and hold: what protects. */
  readonly heldMounts: Map<string, Hold>;
  /** By mount, time and hash. */
  readonly plans: Map<string, PlanNote>;
  readonly restores: Map<RestoreId, Restore>;
  readonly commands: Map<RestoreId, StoreCommand>;
  readonly requests: Map<RequestId, BackupRequest>;
  readonly schedules: Map<ScheduleId, Schedule>;
  readonly alerts: Map<AlertId, Alert>;
  readonly agents: Map<StoreId, { readonly databases: readonly AgentDatabase[]; readonly at: Instant }>;
  readonly outbox: Map<MountId, JournalEntry[]>;
  readonly claims: Map<string, IdempotencyClaim>;
  jobIds: number;
  backupNumbers: number;
}

export const emptyState = (): CatalogState => ({
  stores: new Map(),
  activationCodes: new Map(),
  credentials: new Map(),
  mounts: new Map(),
  uploads: new Map(),
  recoveryPoints: new Map(),
  pins: new Map(),
  databases: new Map(),
  databasePoints: new Map(),
  holds: new Map(),
  heldMounts: new Map(),
  plans: new Map(),
  restores: new Map(),
  commands: new Map(),
  requests: new Map(),
  schedules: new Map(),
  alerts: new Map(),
  agents: new Map(),
  outbox: new Map(),
  claims: new Map(),
  jobIds: 0,
  backupNumbers: 0,
});

/** What an earlier use of the claim's key decides; undefined when the key is new. */
export function findClaimed(
  { claims }: CatalogState,
  claim: IdempotencyClaim | undefined,
): IdempotencyOutcome | undefined {
  const earlier = claim && claims.get(claim.scope);
  if (claim === undefined || earlier === undefined) return undefined;
  if (earlier.requestSha256 !== claim.requestSha256) return { outcome: 'key-reused' };
  return { outcome: 'repeated', resourceId: earlier.resourceId };
}

/** Records that the claim's key is used. */
export function keepClaim({ claims }: CatalogState, claim: IdempotencyClaim | undefined): void {
  if (claim !== undefined) claims.set(claim.scope, claim);
}

/** Adds an entry to the end of its mount's outbox. */
export function queueEntry({ outbox }: CatalogState, entry: JournalEntry): void {
  outbox.set(entry.mountId, [...(outbox.get(entry.mountId) ?? []), entry]);
}

/** The point's pins: the set itself, to add to and delete from. */
export function pinsOf(state: CatalogState, recoveryPointId: UploadId): Set<string> {
  const pins = state.pins.get(recoveryPointId) ?? new Set();
  state.pins.set(recoveryPointId, pins);
  return pins;
}
