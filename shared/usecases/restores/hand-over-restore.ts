import type { RestoreId } from '../../domain/ids.ts';
import { restoreEndStates, targetOf } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Ids } from '../../ports/ids.ts';

/** Races with the store's last report are settled by the fence; more than one in a row is not one of them. */
const maxAttempts = 3;

/**
 * Hands the restore to its store: the next poll brings the command down. The token stays in the catalog; each
 * hand-over has a new fence, so that reports for an earlier one count no more.
 */
export async function handOverRestore(
  { catalog, ids }: { catalog: Pick<Catalog, 'restores'>; ids: Pick<Ids, 'command'> },
  input: { restoreId: RestoreId; taskToken: string },
): Promise<{ fence: number }> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const restore = await catalog.restores.find(input.restoreId);
    if (restore === undefined) {
      throw new ServiceError('RESTORE_NOT_FOUND', `there is no restore ${input.restoreId}`);
    }
    // Lambda may run this twice for one task: the first run's hand-over stands.
    if (restore.taskToken === input.taskToken) return { fence: restore.fence };
    const command = {
      commandId: ids.command(),
      storeId: targetOf(restore).storeId,
      kind: 'stage-restore' as const,
      restoreId: restore.restoreId,
      fence: restore.fence + 1,
      deadline: restore.deadline,
    };
    const outcome = await catalog.restores.handOver(restore, input.taskToken, command);
    if (outcome === 'handed-over') return { fence: command.fence };
    if (restoreEndStates.some((state) => state === restore.state)) break;
  }
  throw new ServiceError('RESTORE_STATE_CONFLICT', `restore ${input.restoreId} cannot be handed over`);
}
