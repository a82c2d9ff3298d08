import type { CommandId, MountId, RequestId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

/**
 * `planned` until its workflow has looked at the store; `waiting` for a store that is silent; `handed-over` until the store
 * reports; `running` while its hook makes the backup; `uploading` once the snapshot is frozen and goes to the vault.
 */
export const requestStates = [
  'planned',
  'waiting',
  'handed-over',
  'running',
  'uploading',
  'completed',
  'failed',
  'aborted',
] as const;
export type RequestState = (typeof requestStates)[number];

export const requestEndStates = ['completed', 'failed', 'aborted'] as const satisfies readonly RequestState[];
export type RequestEndState = (typeof requestEndStates)[number];

/** Who has to move a request on; after its deadline the service ends it. */
export type RequestOwner = 'service' | 'store';

/** 0 is full, n holds what changed since its parent. */
export const highestLevel = 9;

/** An order from the service to a store to make a backup of one database. */
export interface BackupRequest {
  readonly requestId: RequestId;
  /** Counts up over all requests: the `id_` of a backup's name. */
  readonly backupNumber: number;
  readonly mountId: MountId;
  readonly storeId: StoreId;
  /** As the store's configuration names it. */
  readonly database: string;
  readonly content: RequestContent;
  /** A scheduled one waits for a silent store, until its window ends; a manual one fails at once. */
  readonly kind: 'manual' | 'scheduled';
  readonly windowEndsAt?: Instant;
  /** Of a schedule, and the time that it was due. */
  readonly schedule?: { readonly scheduleId: string; readonly dueAt: Instant };
  /** What is made; absent for archived logs alone. */
  readonly level?: number;
  /** What was asked for, where it is not what is made. */
  readonly askedLevel?: number;
  /** Why a full backup is made although an incremental was asked for. */
  readonly fullBecause?: string;
  /** The recovery point that an incremental builds on. */
  readonly parentId?: UploadId;
  /** Its place in the line of the mount. */
  readonly parentSeq?: number;
  readonly parentLevel?: number;
  readonly name?: string;
  readonly description?: string;
  /** For the recovery point, as written; the mount's default otherwise. */
  readonly expire?: string;
  readonly state: RequestState;
  readonly owner: RequestOwner;
  /** Of the present state. */
  readonly deadline: Instant;
  /** Counts hand-overs; a report with an older fence is refused. 0 before the first. */
  readonly fence: number;
  readonly commandId?: CommandId;
  /** Step Functions' token of the waiting hand-over. It never leaves the service. */
  readonly taskToken?: string;
  readonly progress: RequestProgress;
  /** The upload of its snapshot; the recovery point has the same id. */
  readonly uploadId?: UploadId;
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  readonly startedAt?: Instant;
  readonly reportedAt?: Instant;
  readonly endedAt?: Instant;
  /** Why it failed or was aborted, for people. */
  readonly reason?: string;
  /** What somebody should know of a backup that went on, such as an instance that went down. */
  readonly warnings?: readonly string[];
}

/** `archived-logs`: no datafiles, only the archived logs since the last backup. */
export type RequestContent = 'database' | 'archived-logs';

/** 100 is reached by the recovery point alone. */
export interface RequestProgress {
  readonly percent: number;
  /** The store has it, and makes others first. */
  readonly isQueued?: boolean;
  /** What has been written so far, relative to the mount: the newest. */
  readonly files: readonly string[];
  /** How many there are. */
  readonly fileCount: number;
  readonly bytesWritten: number;
}

export const noProgress: RequestProgress = { percent: 0, files: [], fileCount: 0, bytesWritten: 0 };

/** Of the request that a recovery point was made for, on the point itself: its journal knows it too. */
export type PointRequest = Pick<
  BackupRequest,
  'requestId' | 'backupNumber' | 'database' | 'content' | 'level' | 'parentId' | 'name'
>;

export const pointRequestOf = (request: BackupRequest): PointRequest => {
  const { requestId, backupNumber, database, content, level, parentId, name } = request;
  return {
    ...{ requestId, backupNumber, database, content },
    ...(level !== undefined && { level }),
    ...(parentId !== undefined && { parentId }),
    ...(name !== undefined && { name }),
  };
};

export const hasEnded = ({ state }: Pick<BackupRequest, 'state'>): boolean =>
  requestEndStates.some((end) => end === state);

/** Whether a store has it, and may report on it. */
export const isWithStore = ({ state }: Pick<BackupRequest, 'state'>): boolean =>
  state === 'handed-over' || state === 'running' || state === 'uploading';

/** A database that a store's agent can back up, as its gateway says. */
export interface AgentDatabase {
  readonly name: string;
  readonly mountId: MountId;
  /** The highest level that its hook makes: 1 for Oracle. */
  readonly highestLevel: number;
}
