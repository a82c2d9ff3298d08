import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import type { removeStagedCommand } from '../../shared/contracts/poll.ts';
import type { RestoreId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import { isMissing } from '../file-errors.ts';
import type { Journal } from '../journal/journal.ts';
import { assertConsistent } from '../mounts/mount-folders.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { Log } from '../ports/log.ts';
import { reasonWithin } from '../service/reason.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import { discard, publishedFolder } from './staged-restores.ts';

type RemoveStagedCommand = z.output<typeof removeStagedCommand>;

export interface RemovalsDependencies {
  readonly journal: Journal;
  readonly service: ServiceClient;
  readonly mounts: Pick<Mounts, 'find'>;
  readonly kept: Pick<KeptSnapshots, 'dropClone'>;
  readonly log: Log;
}

/**
 * Removes what restores staged, and clones, when the service says that nobody is to have it any more: that folder and nothing else.
 * What cannot be removed is told with its reason, and tried again with the next poll, which orders it again.
 */
export class Removals {
  readonly #deps: RemovalsDependencies;
  readonly #running = new Map<RestoreId, Promise<void>>();

  constructor(deps: RemovalsDependencies) {
    this.#deps = deps;
  }

  /** Begins what is ordered; terabytes take a while, and no poll waits for it. Tells what is gone by other ways. */
  async follow(orders: readonly RemoveStagedCommand[]): Promise<void> {
    for (const order of orders) {
      const { restoreId } = order;
      if (this.#running.has(restoreId)) continue;
      this.#running.set(
        restoreId,
        this.#carryOut(order).finally(() => this.#running.delete(restoreId)),
      );
    }
    for (const { restoreId, removedBecause } of this.#deps.journal.restores.allUntoldRemovals()) {
      if (removedBecause !== null && !this.#running.has(restoreId))
        await this.#tell(restoreId, removedBecause);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #carryOut(order: RemoveStagedCommand): Promise<void> {
    const { journal, log } = this.#deps;
    const { restoreId, jobId, mountId } = order;
    try {
      await this.#remove(order);
    } catch (error) {
      log.error(
        { restoreId, jobId, mountId, err: error },
        'staged files cannot be removed yet, trying again',
      );
      return this.#excuse(order, error instanceof Error ? error.message : String(error));
    }
    journal.restores.markRemoved(restoreId, 'lease-ended');
    log.info({ restoreId, jobId, mountId }, 'the lease of staged files has ended: they are removed');
    await this.#tell(restoreId, journal.restores.find(restoreId)?.removedBecause ?? 'lease-ended');
  }

  async #remove({ restoreId, jobId, mountId, clone }: RemoveStagedCommand): Promise<void> {
    const mount = this.#deps.mounts.find(mountId);
    if (!mount) throw new Error(`this store has no mount ${mountId}`);
    // A disk that is not mounted has no such folder either.
    await assertConsistent(mount);
    // Also one that the journal has forgotten: the store itself knows what it has made.
    if (clone) await this.#deps.kept.dropClone(mount, restoreId);
    await removeFolder(mount, publishedFolder(mount, { jobId, clone: clone?.name }), restoreId);
  }

  async #tell(restoreId: RestoreId, because: 'lease-ended' | 'deleted'): Promise<void> {
    const { service, journal, log } = this.#deps;
    const input = { params: { restoreId }, body: { outcome: 'removed', because } } as const;
    try {
      await service.call('reportRemoval', input);
    } catch (error) {
      // A service that does not know of it, or not of leases, is told nothing again.
      if (!(error instanceof ServiceError && error.retry === 'permanent')) {
        return log.warn({ restoreId, err: error }, 'the removal of staged files is not told yet');
      }
    }
    journal.restores.markRemovalTold(restoreId);
  }

  async #excuse({ restoreId, fence }: RemoveStagedCommand, why: string): Promise<void> {
    const reason = reasonWithin(500, why);
    const input = { params: { restoreId }, body: { outcome: 'waiting', fence, reason } } as const;
    await this.#deps.service.call('reportRemoval', input).catch((error: unknown) => {
      this.#deps.log.warn(
        { restoreId, err: error },
        'the service is not told why staged files are still there',
      );
    });
  }
}

/**
 * By way of the trash, under a name that an interrupted removal finds again. Links are removed, never followed: whatever somebody has put
 * in the folder's place goes as such.
 */
async function removeFolder(mount: Mount, folder: string, restoreId: RestoreId): Promise<void> {
  const discarded = join(mount.folders.trash, restoreId);
  await rm(discarded, { recursive: true, force: true });
  const isThere = await lstat(folder).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  if (isThere) await discard(mount, folder, restoreId);
}
