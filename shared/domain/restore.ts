import type { CommandId, MountId, RestoreId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

/** planned → handed-over → staging → completed | failed. */
export type RestoreState = 'planned' | 'handed-over' | 'staging' | 'completed' | 'failed';

export const restoreEndStates = ['completed', 'failed'] as const satisfies readonly RestoreState[];

/**
 * Whom restored entries belong to, where it is not those whom they belonged to: all to one, or by number, where what is
 * not named stays.
 */
export type RestoreOwners =
  | { readonly allTo: { readonly uid: number; readonly gid: number } }
  | { readonly uids: Readonly<Record<number, number>>; readonly gids: Readonly<Record<number, number>> };

/** A path of a snapshot, relative to the mount: as text, or as bytes where it is not UTF-8. */
export type RestorePath = { readonly path: string } | { readonly pathBase64: string };

/** Bringing a point's files back to `restores/{jobId}` of a mount. It pins the point until it ends. */
export interface Restore {
  readonly restoreId: RestoreId;
  /** The number that the gateway protocol names it by. */
  readonly jobId: number;
  readonly recoveryPointId: UploadId;
  readonly recoveryPointSeq: number;
  readonly mountId: MountId;
  readonly storeId: StoreId;
  readonly manifestSha256: string;
  readonly state: RestoreState;
  /** Counts hand-overs; a report with an older fence is refused. 0 before the first. */
  readonly fence: number;
  readonly commandId?: CommandId;
  /** Step Functions' token of the waiting hand-over. It never leaves the service. */
  readonly taskToken?: string;
  readonly progress: RestoreProgress;
  /** The files and folders to restore; absent: the whole point. */
  readonly paths?: readonly RestorePath[];
  readonly owners?: RestoreOwners;
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  readonly deadline: Instant;
  readonly reportedAt?: Instant;
  readonly endedAt?: Instant;
  /** Why it failed, for people. */
  readonly reason?: string;
}

export interface RestoreProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The store has it, and stages others first. */
  readonly isQueued?: boolean;
}

/** An order to a store, handed down by its next poll; acknowledged once, repeated safely. */
export interface StoreCommand {
  readonly commandId: CommandId;
  readonly storeId: StoreId;
  readonly kind: 'stage-restore';
  readonly restoreId: RestoreId;
  readonly fence: number;
  readonly deadline: Instant;
}
