import { addMillis } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { listAll } from '../list-all.ts';
import { endRestore } from './end-restore.ts';

/** A restore whose workflow was not started within this time after its record lost its starter to a crash. */
const startGraceMillis = 2 * 60_000;
/** The workflow ends by the deadline; an hour later nobody works on the restore any more. */
const endGraceMillis = 3_600_000;

/**
 * Finds restores that nobody moves on: planned ones without a workflow are started, running ones past their deadline
 * end as failed, so that no pin outlives its owner. Safe to run twice and at once.
 */
export async function watchRestores({
  catalog,
  workflows,
  events,
  clock,
}: {
  catalog: Pick<Catalog, 'restores'>;
  workflows: Pick<Workflows, 'startRestore'>;
  events: Events;
  clock: Clock;
}): Promise<{ started: number; ended: number }> {
  const now = clock.now();
  let started = 0;
  let ended = 0;
  for (const { restoreId } of await listAll((page) => catalog.restores.listRunning(page))) {
    const restore = await catalog.restores.find(restoreId);
    if (restore === undefined || restore.endedAt !== undefined) continue;
    if (addMillis(restore.deadline, endGraceMillis) <= now) {
      const reason = `not done by its deadline ${restore.deadline}`;
      await endRestore({ catalog, clock, events }, { restoreId, end: { state: 'failed', reason } });
      ended++;
    } else if (restore.state === 'planned' && addMillis(restore.requestedAt, startGraceMillis) <= now) {
      await workflows.startRestore({ restoreId });
      started++;
    }
  }
  return { started, ended };
}
