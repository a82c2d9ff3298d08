import type { Caller } from '../../domain/access.ts';
import type { RestoreId } from '../../domain/ids.ts';
import type { Restore } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { findRestore } from '../access/find-owned.ts';
import { endRestore } from './end-restore.ts';

/**
 * Ends a restore that somebody does not want any more: its pin goes at once, and its order with the store's next poll.
 * Again is no error. Throws RESTORE_NOT_FOUND, and RESTORE_STATE_CONFLICT when it has ended otherwise.
 */
export async function cancelRestore(
  {
    workflows,
    ...dependencies
  }: {
    readonly catalog: Pick<Catalog, 'restores'>;
    readonly workflows: Pick<Workflows, 'succeedTask'>;
    readonly clock: Clock;
    readonly events: Events;
  },
  caller: Caller,
  restoreId: RestoreId,
): Promise<Restore> {
  const found = await findRestore(dependencies.catalog, caller, restoreId);
  if (found.state === 'cancelled') return found;
  if (found.endedAt !== undefined) throw hasEnded(restoreId, found.state);
  const reason = `cancelled by ${caller.credentialId}`;
  const ended = await endRestore(dependencies, { restoreId, end: { state: 'cancelled', reason } });
  if (ended.state !== 'cancelled') throw hasEnded(restoreId, ended.state);
  // The workflow finds that the restore has ended, if not by this then when it hands over or hears nothing more.
  const { taskToken, progress } = ended;
  if (taskToken !== undefined) await workflows.succeedTask(taskToken, { state: 'cancelled', progress });
  return ended;
}

const hasEnded = (restoreId: RestoreId, state: string) =>
  new ServiceError('RESTORE_STATE_CONFLICT', `restore ${restoreId} has ended already: ${state}`);
