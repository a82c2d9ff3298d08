import type { RestoreThaw } from './archive/thaw.ts';
import type { CommandId, MountId, RestoreId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Mount } from './mount.ts';

/**
 * planned → (thawing →) handed-over → staging → completed | completed-with-damage | failed | cancelled. From handed-over and staging it
 * becomes thawing again where a copy of a frozen pack lapsed before it was read. With damage: files are missing from what was
 * staged, because the vault does not hold what they need as it was stored; `damage` says which.
 */
export const restoreStates = [
  'planned',
  'thawing',
  'handed-over',
  'staging',
  'completed',
  'completed-with-damage',
  'failed',
  'cancelled',
] as const;
export type RestoreState = (typeof restoreStates)[number];

export const restoreEndStates = [
  'completed',
  'completed-with-damage',
  'failed',
  'cancelled',
] as const satisfies readonly RestoreState[];

/**
 * Whom restored entries belong to, where it is not those whom they belonged to: all to one, or by number, where what is
 * not named stays.
 */
export type RestoreOwners =
  | { readonly allTo: { readonly uid: number; readonly gid: number } }
  | { readonly uids: Readonly<Record<number, number>>; readonly gids: Readonly<Record<number, number>> };

/** A path of a snapshot, relative to the mount: as text, or as bytes where it is not UTF-8. */
export type RestorePath = { readonly path: string } | { readonly pathBase64: string };

/** Bringing a point's files back to `restores/{jobId}` of a mount. It pins the point until it ends. `mountId` and `storeId` are the point's. */
export interface Restore {
  readonly restoreId: RestoreId;
  /** The number that the gateway protocol names it by. */
  readonly jobId: number;
  readonly recoveryPointId: UploadId;
  readonly recoveryPointSeq: number;
  readonly mountId: MountId;
  readonly storeId: StoreId;
  /** The mount that the files go to, and its store; absent: those of the point. */
  readonly targetMountId?: MountId;
  readonly targetStoreId?: StoreId;
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
  readonly damage?: RestoreDamage;
  /** How long the files stay once they are staged, as written; absent: until somebody removes them. */
  readonly lease?: string;
  /** When the lease ends. */
  readonly leaseUntil?: Instant;
  /** What has become of the files; absent before they are there, and where there is no lease. */
  readonly staged?: StagedFiles;
  /** It becomes `clones/{name}`, and pins its point (`clone:{id}`) until these files are gone. */
  readonly clone?: { readonly name: string };
  /** How packs are thawed that lie in an archive, and how far that is; absent: as by default, and nothing had to be so far. */
  readonly thaw?: RestoreThaw;
}

/** Files in their folder on the store: `present` until their lease ends, `removing` until the store says that they are gone. */
export interface StagedFiles {
  /** `abandoned`: nobody will say what becomes of them. */
  readonly state: 'present' | 'removing' | 'removed' | 'abandoned';
  readonly since: Instant;
  /** `deleted`: by the DBA, at the store. */
  readonly because?: 'lease-ended' | 'deleted';
  /** Why they are not gone yet, or why they were abandoned; for people. */
  readonly reason?: string;
}

/** The pin by which a restore keeps its point. */
export const pinOf = ({ restoreId, clone }: Pick<Restore, 'restoreId' | 'clone'>): string =>
  `${clone ? 'clone' : 'restore'}:${restoreId}`;

/** Whether files of it lie on the store, or may, under a lease. */
export const isStaged = ({ staged }: Pick<Restore, 'staged'>): boolean =>
  staged?.state === 'present' || staged?.state === 'removing';

/**
 * Whether a store may make it of its own snapshot: a clone of a whole point on the point's own mount. Whether it can is
 * for the gateway to find out, which knows best what it still has.
 */
export const mayUseSnapshot = ({
  clone,
  paths,
  owners,
  targetMountId,
}: {
  readonly [field in 'clone' | 'paths' | 'owners' | 'targetMountId']?: Restore[field] | undefined;
}): boolean =>
  clone !== undefined && paths === undefined && owners === undefined && targetMountId === undefined;

/** Whether the store said, when it last reported, that it has the snapshot for it: then it needs neither room nor the vault. */
export const isMadeOnStore = (
  restore: Parameters<typeof mayUseSnapshot>[0] & Pick<Restore, 'recoveryPointId'>,
  { storeReport }: Pick<Mount, 'storeReport'>,
): boolean => mayUseSnapshot(restore) && storeReport?.keptPoints?.includes(restore.recoveryPointId) === true;

/** Where a restore's files go, and who brings them there. */
export const targetOf = ({
  mountId,
  storeId,
  targetMountId = mountId,
  targetStoreId = storeId,
}: Pick<Restore, 'mountId' | 'storeId' | 'targetMountId' | 'targetStoreId'>): {
  readonly mountId: MountId;
  readonly storeId: StoreId;
} => ({ mountId: targetMountId, storeId: targetStoreId });

/** What a restore had to leave out, as its gateway found it and the service explains it. */
export interface RestoreDamage {
  /** Names of files, of which `files` are the first. */
  readonly filesDamaged: number;
  readonly bytesDamaged: number;
  readonly files: readonly (RestorePath & { readonly code: string })[];
  /** Keys of objects of the vault, of which `objects` are the first. */
  readonly objectsDamaged: number;
  readonly objects: readonly string[];
  /** The databases that the named files belong to, when the point's file map tells. */
  readonly databases?: readonly { readonly dbid: string; readonly files: number }[];
  readonly alternative?: DamageAlternative;
}

/** The point nearest in time that needs none of the damaged objects. */
export type DamageAlternative =
  | { readonly outcome: 'found'; readonly recoveryPointId: UploadId; readonly takenAt: Instant }
  /** None among those that were looked at; or it cannot be told. */
  | { readonly outcome: 'none' | 'unknown'; readonly reason: string };

export interface RestoreProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The store has it, and stages others first. */
  readonly isQueued?: boolean;
  /** Of the last minute. */
  readonly bytesPerSecond?: number;
  /** At that rate. */
  readonly secondsLeft?: number;
  /** The snapshot of the store that the point was uploaded from, and that the clone is made of without the vault. */
  readonly fromSnapshot?: string;
}

/** An order to a store, handed down by its next poll; acknowledged once, repeated safely. That to stage becomes the one to remove. */
export interface StoreCommand {
  readonly commandId: CommandId;
  readonly storeId: StoreId;
  readonly kind: 'stage-restore' | 'remove-staged';
  readonly restoreId: RestoreId;
  readonly fence: number;
  readonly deadline: Instant;
  /** No poll brings it down before then. */
  readonly notBefore?: Instant;
}
