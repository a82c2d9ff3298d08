import type { RestoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Restore, StagedFiles } from '../../domain/restore.ts';
import type { Page, PageRequest } from './page.ts';

/** A lease: until when the files stay, and by when they are gone. */
export interface Lease {
  readonly until: Instant;
  /** Of the order to remove them. */
  readonly removeBy: Instant;
}

/** Restores that are complete, while their files lie on the store. */
export interface StagedFilesCatalog {
  /**
   * Puts another lease in the place of that of `restore`, fence + 1, and its order with it, while the files are present and the
   * fence is that of `restore`.
   */
  renewLease(restore: Restore, lease: Lease): Promise<'renewed' | 'refused'>;
  /** present → removing, under this fence: from here on no lease can be renewed. Removing already is `begun`. */
  beginRemoval(restoreId: RestoreId, fence: number, at: Instant): Promise<'begun' | 'refused'>;
  /** Why the files are not gone yet, while they are being removed under this fence. */
  noteRemoval(restoreId: RestoreId, fence: number, reason: string): Promise<'noted' | 'refused'>;
  /** present or removing → the end, with its order and a clone's pin dropped in one transaction. */
  endStaged(
    restoreId: RestoreId,
    end: StagedFiles & { readonly state: 'removed' | 'abandoned' },
  ): Promise<'ended' | 'already-ended'>;
  /** Sets the pin of a clone again that a rebuild has voided, while its files are there and its point is live. */
  repin(restore: Restore): Promise<'pinned' | 'refused'>;
  /** Restores whose files are present or being removed, oldest first. Eventually consistent: read each again before acting on it. */
  listStaged(page: PageRequest): Promise<Page<Restore>>;
}
