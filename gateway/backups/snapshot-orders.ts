import type * as z from 'zod';
import type { takeSnapshotCommand } from '../../shared/contracts/snapshot-orders.ts';
import type { Mounts } from '../mounts/mounts.ts';
import type { Log } from '../ports/log.ts';
import { reasonWithin } from '../service/reason.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { Backups } from './backups.ts';

type TakeSnapshotCommand = z.output<typeof takeSnapshotCommand>;

export interface SnapshotOrdersDependencies {
  readonly backups: Pick<Backups, 'takeSnapshot'>;
  readonly mounts: Pick<Mounts, 'findInUse'>;
  readonly service: ServiceClient;
  readonly log: Log;
}

/** Snapshots that the service orders. An order whose answer is lost comes again with the next poll, and is answered alike. */
export class SnapshotOrders {
  readonly #deps: SnapshotOrdersDependencies;
  readonly #running = new Map<string, Promise<void>>();

  constructor(deps: SnapshotOrdersDependencies) {
    this.#deps = deps;
  }

  /** Copying a mount may take a while, and no poll waits for it. */
  follow(orders: readonly TakeSnapshotCommand[]): void {
    for (const order of orders) {
      const { commandId } = order;
      if (this.#running.has(commandId)) continue;
      this.#running.set(
        commandId,
        this.#carryOut(order).finally(() => this.#running.delete(commandId)),
      );
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #carryOut({ commandId, mountId }: TakeSnapshotCommand): Promise<void> {
    const { service, log } = this.#deps;
    const body = await this.#take({ commandId, mountId });
    await service
      .call('reportSnapshotOrder', { params: { mountId, commandId }, body })
      .catch((error: unknown) => {
        log.warn({ mountId, commandId, err: error }, 'the end of the order of a snapshot is not told yet');
      });
  }

  async #take({ commandId, mountId }: Pick<TakeSnapshotCommand, 'commandId' | 'mountId'>) {
    const { backups, mounts, log } = this.#deps;
    try {
      const mount = mounts.findInUse(mountId);
      if (!mount) throw new Error(`this store has no mount ${mountId}`);
      const { snapName } = await backups.takeSnapshot(mount, commandId);
      return { outcome: 'frozen', snapName } as const;
    } catch (error) {
      log.error({ mountId, commandId, err: error }, 'the snapshot that was ordered is not taken');
      const [code, message] =
        error instanceof Error ? [error.name, error.message] : ['INTERNAL', String(error)];
      return { outcome: 'failed', code, reason: reasonWithin(500, message) } as const;
    }
  }
}
