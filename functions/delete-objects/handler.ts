import type * as z from 'zod';
import { deleteObjectsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { carryOutReclaim } from '../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { deleteOrphans } from '../../shared/usecases/reclaim/delete-orphans.ts';
import { sweepUpload } from '../../shared/usecases/reclaim/sweep-upload.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'outbox'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions' | 'deleteVersions' | 'lockOf'>;
  readonly clock: Clock;
}

/** reclaim and audit: the only function that can delete from the vault; it carries out what was decided elsewhere. */
export function createDeleteObjects({ telemetry, ...dependencies }: Dependencies & { telemetry: Telemetry }) {
  return createTask(telemetry, deleteObjectsTask, async (order) => {
    const done = await carryOut(dependencies, order);
    telemetry.logger.info('deleted', { order, ...done });
    telemetry.measure({
      ReclaimedPoints: order.kind === 'point' && done.outcome === 'gone' ? 1 : 0,
      DeletedObjects: done.objects,
      DeletedBytes: done.bytes,
      BlockedDeletions: done.outcome === 'blocked' ? 1 : 0,
    });
    return done;
  });
}

type Order = z.output<typeof deleteObjectsTask.input>;
type Done = z.output<typeof deleteObjectsTask.output>;

async function carryOut(dependencies: Dependencies, order: Order): Promise<Done> {
  const none = { objects: 0, bytes: 0 };
  switch (order.kind) {
    case 'point': {
      const done = await carryOutReclaim(dependencies, order.id);
      return done.outcome === 'not-reclaiming' ? { ...none, outcome: 'nothing' } : { ...none, ...done };
    }
    case 'upload': {
      const done = await sweepUpload(dependencies, order.id);
      return done.outcome === 'not-closing' ? { ...none, outcome: 'nothing' } : done;
    }
    case 'orphans': {
      const { objects, bytes, locked } = await deleteOrphans(dependencies, order);
      return { outcome: locked > 0 ? 'blocked' : 'gone', objects, bytes };
    }
  }
}
