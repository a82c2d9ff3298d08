import type * as z from 'zod';
import type { stageRestoreCommand } from '../../shared/contracts/poll.ts';
import type { RestoreId } from '../../shared/domain/ids.ts';
import type { Mounts } from '../mounts/mounts.ts';
import { removeUnfinished } from './clone-in-place.ts';
import { leaveComplete } from './leave.ts';
import { type RestoreRunDependencies, runRestore } from './restore-run.ts';

export type StageRestoreCommand = z.output<typeof stageRestoreCommand>;

interface Run {
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Carries out the restores that the service orders. The orders of the last poll are what counts: one that stays is gone
 * on with (also after a crash), one with a newer fence takes over, one that is gone has ended.
 */
export class Restores {
  readonly #deps: RestoreRunDependencies;
  readonly #mounts: Mounts;
  readonly #runs = new Map<RestoreId, Run>();

  constructor(deps: RestoreRunDependencies, mounts: Mounts) {
    this.#deps = deps;
    this.#mounts = mounts;
  }

  async follow(orders: readonly StageRestoreCommand[]): Promise<void> {
    for (const order of orders) {
      await this.#follow(order).catch((error: unknown) => {
        const { restoreId } = order;
        this.#deps.log.error(
          { restoreId, err: error },
          'restore order not followed, trying again with the next poll',
        );
      });
    }
    const ordered = new Set(orders.map(({ restoreId }) => restoreId));
    for (const record of this.#deps.journal.restores.allUnreported()) {
      if (ordered.has(record.restoreId)) continue;
      await this.#drop(record.restoreId).catch((error: unknown) => {
        const { restoreId } = record;
        this.#deps.log.error({ restoreId, err: error }, 'ended restore not left yet, trying again');
      });
    }
  }

  /** Breaks off what is under way; it goes on when the first poll after the next start orders it again. */
  async stop(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((restoreId) => this.#stopRun(restoreId)));
  }

  async #follow(order: StageRestoreCommand): Promise<void> {
    const { restoreId, mountId, fence } = order;
    const { journal } = this.#deps;
    if (!this.#mounts.findInUse(mountId)) return this.#refuse(order);
    const known = journal.restores.find(restoreId);
    if (known && fence < known.fence) return;
    // It is ordered anew when it can be read; until then what is staged stays.
    if (order.isThawing) return this.#stopRun(restoreId);
    if (known?.fence !== fence) {
      await this.#stopRun(restoreId);
      journal.restores.order(order);
    }
    this.#start(restoreId);
  }

  async #refuse({ restoreId, mountId, fence }: StageRestoreCommand): Promise<void> {
    const { service, log } = this.#deps;
    const reason = `this store has no mount ${mountId}`;
    const body = { outcome: 'failed', fence, code: 'MOUNT_NOT_FOUND', reason } as const;
    log.error({ restoreId, mountId }, 'a restore is ordered to a mount that this store does not have');
    await service.call('reportRestoreResult', { params: { restoreId }, body });
  }

  #start(restoreId: RestoreId): void {
    if (this.#runs.has(restoreId)) return;
    const record = this.#deps.journal.restores.find(restoreId);
    const mount = record && this.#mounts.find(record.mountId);
    if (!record || !mount || record.isReported) return;
    const stopping = new AbortController();
    const ended = runRestore(this.#deps, mount, record, stopping.signal)
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        this.#deps.log.error({ restoreId, err: error }, 'restore broken off until the next poll');
      })
      .finally(() => this.#runs.delete(restoreId));
    this.#runs.set(restoreId, { stopping, ended });
  }

  /** The service does not wait for it any more: whatever is half there goes, what is complete stays for the DBA. */
  async #drop(restoreId: RestoreId): Promise<void> {
    await this.#stopRun(restoreId);
    const { journal, log } = this.#deps;
    const record = journal.restores.find(restoreId);
    const mount = record && this.#mounts.find(record.mountId);
    if (!record || !mount) return;
    if (record.state === 'completed') {
      await leaveComplete(this.#deps, mount, record);
      return journal.restores.markReported(restoreId);
    }
    await removeUnfinished(this.#deps, mount, record);
    journal.restores.remove(restoreId);
    log.warn({ restoreId, jobId: record.jobId }, 'the service ended the restore: its data are removed');
  }

  async #stopRun(restoreId: RestoreId): Promise<void> {
    const run = this.#runs.get(restoreId);
    run?.stopping.abort();
    await run?.ended;
  }
}
