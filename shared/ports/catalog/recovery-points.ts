import type { PointDamage } from '../../domain/damage.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import type { PointDeletion, RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Clearance } from '../../domain/retention/clearance.ts';
import type { ExpiryCount } from '../../domain/retention/share.ts';
import type { LogRow } from '../../domain/vault/manifest-rows.ts';
import type { Page, PageRequest } from './page.ts';

/** What a late log changes of a point. */
export type RenewedMap = Required<Pick<RecoveryPoint, 'fileMap' | 'warnings'>> &
  Pick<RecoveryPoint, 'judgement'>;

export interface RecoveryPointCatalog {
  find(recoveryPointId: UploadId): Promise<RecoveryPoint | undefined>;
  /** The mount's points by `takenAt`, then id; newest first unless told otherwise; tombstones left out. */
  list(
    filter: {
      readonly mountId: MountId;
      readonly takenFrom?: Instant;
      /** Exclusive. */
      readonly takenBefore?: Instant;
      readonly order?: 'newest-first' | 'oldest-first';
    },
    page: PageRequest,
  ): Promise<Page<RecoveryPoint>>;
  /**
   * Adds a log that comes after the commit, in the place of what has its number, with its entry and the time until which its
   * URL is valid, in one transaction, while the point is live and the mount's journal ends where `mount` says.
   */
  addLateLog(
    mount: Mount,
    recoveryPointId: UploadId,
    change: { readonly row: LogRow; readonly urlUntil: Instant; readonly entry: JournalEntry },
  ): Promise<'added' | 'conflict'>;
  /**
   * Puts a newer file map in the place of `current.fileMap`, with its judgement or without one, and its entry, the next of the
   * mount's journal; raises lineVersion, for what retention decided by may have changed. `conflict` when that is no longer the
   * point's, or another entry came first.
   */
  changeFileMap(
    current: RecoveryPoint,
    next: RenewedMap,
    entry: JournalEntry,
  ): Promise<'changed' | 'conflict'>;
  /**
   * The points of a mount in the order of the line, tombstones included, with their pins, strongly consistent; from
   * `lineFrom` on, or from the beginning.
   */
  line(
    mount: Pick<Mount, 'mountId' | 'lineFrom'>,
    page: PageRequest,
  ): Promise<Page<{ readonly point: RecoveryPoint; readonly pins: readonly string[] }>>;
  /**
   * available → pending-deletion, with its entry and the mount's counts of expiries. Conditional on the line and the
   * journal of `mount` as read, on the lines of the mounts in `unchanged` (at most 50), and on the point having no pin.
   */
  markForDeletion(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly deletion: PointDeletion;
      readonly expiries: readonly ExpiryCount[];
      readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** pending-deletion → available, with its entry, while line and journal of `mount` are as read; it may get an expire. */
  undelete(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly own?: Required<Pick<RecoveryPoint, 'expire' | 'expiresAt'>>;
      readonly dueAt: Instant;
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Gives a live point an expire of its own, with its entry, while line and journal of `mount` are as read. */
  changeExpire(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly own: Required<Pick<RecoveryPoint, 'expire' | 'expiresAt'>>;
      readonly dueAt: Instant;
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Says what of a live point is damaged, or that nothing is any more, with its entry, while line and journal of `mount` are as read. */
  changeDamage(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly damage: PointDamage | undefined;
      readonly dueAt: Instant;
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Names of the pins on a point, such as `upload:{id}` and `restore:{id}`. */
  pins(recoveryPointId: UploadId): Promise<readonly string[]>;
  /**
   * The nearest live points on both sides of a place in the line: from the base table, strongly consistent, the previous
   * read before the next (PROTOCOL 11).
   */
  neighbours(
    mount: Pick<Mount, 'mountId' | 'lineFrom'>,
    seq: number,
  ): Promise<{ readonly previous?: RecoveryPoint; readonly next?: RecoveryPoint }>;
  /**
   * Points whose data may go by then: pending ones by `reclaimAfter`, reclaiming ones at once or by `blockedUntil`; in
   * that order. Eventually consistent: read each again before acting on it.
   */
  listDeleting(dueBy: Instant, page: PageRequest): Promise<Page<RecoveryPoint>>;
  /**
   * pending-deletion → reclaiming with `deletion.reclaim`, final: head and `lineFrom` move, lineVersion rises, and the entry goes
   * to the outbox. Conditional on line, epoch and journal of `mount` as read, on the lines of the mounts in `unchanged` (at most
   * 50), on `deletion` being that of the point but for `reclaim`, on no pin, and on the upload's `urlUntil` as read.
   */
  beginReclaim(
    mount: Mount,
    point: RecoveryPoint,
    change: {
      readonly deletion: PointDeletion;
      readonly urlUntil: Instant;
      readonly headId: UploadId | undefined;
      readonly lineFrom: number | undefined;
      readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
      readonly entry: JournalEntry;
      /** Of the mount from now on; without one it has none. */
      readonly clearance?: Clearance | undefined;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Remembers until when locked objects keep a reclaiming point from becoming a tombstone. */
  noteBlocked(point: RecoveryPoint, until: Instant): Promise<void>;
  /** reclaiming (with this list) → tombstone, with its entry, the next of the mount's journal. */
  endReclaim(
    mount: Mount,
    point: RecoveryPoint,
    change: {
      readonly goneAt: Instant;
      readonly entry: JournalEntry;
      /** Stays as it is where none is given. */
      readonly clearance?: Clearance | undefined;
    },
  ): Promise<'changed' | 'conflict'>;
}
