import type { RestoreId } from '../../../domain/ids.ts';
import {
  pinOf,
  type Restore,
  restoreEndStates,
  type StoreCommand,
  targetOf,
} from '../../../domain/restore.ts';
import { ServiceError } from '../../../errors.ts';
import type { RestoreCatalog } from '../../../ports/catalog/restores.ts';
import type { Entities } from './entities.ts';
import { findRestore } from './restore-item.ts';
import { dropCommand, leaseFields, orderRemoval } from './staged-files.ts';
import { refuseContended, transact } from './transact.ts';

const hasEnded = ({ state }: Restore): boolean => restoreEndStates.some((end) => end === state);

/** The fence settles which hand-over stands; with it the command that it replaces is known exactly. */
export async function handOverRestore(
  entities: Entities,
  restore: Restore,
  taskToken: string,
  command: StoreCommand,
): Promise<'handed-over' | 'refused'> {
  if (hasEnded(restore) || restore.fence !== command.fence - 1) return 'refused';
  const { restoreId, commandId: earlierId } = restore;
  const { storeId } = targetOf(restore);
  const { commandId, fence } = command;
  const refusal = await transact(entities, (writable) => ({
    restore: writable.restore
      .patch({ restoreId })
      .set({ state: 'handed-over', fence, taskToken, commandId })
      .where(
        ({ fence: current, isRunning }, { eq }) => `${eq(isRunning, 'yes')} AND ${eq(current, fence - 1)}`,
      )
      .commit(),
    earlier: earlierId && writable.command.delete({ storeId, commandId: earlierId }).commit(),
    command: writable.command.create(command).commit(),
  }));
  refuseContended(refusal);
  return refusal.size === 0 ? 'handed-over' : 'refused';
}

/** Each lost race is a hand-over that came between; a restore has few. */
const maxAttempts = 10;

/** Ends the restore as it now stands: a hand-over that the caller has not seen must not leave its command behind. */
export async function endRestore(
  entities: Entities,
  restoreId: RestoreId,
  end: Parameters<RestoreCatalog['end']>[1],
): Promise<'ended' | 'already-ended'> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const restore = await findRestore(entities, restoreId);
    if (restore === undefined || hasEnded(restore)) return 'already-ended';
    if (await endAsRead(entities, restore, end)) return 'ended';
  }
  throw new ServiceError('INTERNAL', `restore ${restoreId} changes too often to be ended`);
}

async function endAsRead(
  entities: Entities,
  restore: Restore,
  { state, at: endedAt, reason, progress, damage, lease }: Parameters<RestoreCatalog['end']>[1],
): Promise<boolean> {
  const { restoreId, mountId, recoveryPointSeq: seq, fence, commandId, clone } = restore;
  // Where nothing was ever ordered of a store, nothing lies there.
  const leased = commandId !== undefined && lease ? leaseFields(restore, lease, endedAt) : undefined;
  const refusal = await transact(entities, (writable) => ({
    restore: writable.restore
      .patch({ restoreId })
      .set({
        ...{ state, endedAt, ...leased },
        ...(reason !== undefined && { reason }),
        ...(progress && { progress }),
        ...(damage && { damage }),
      })
      .remove(leased ? [] : ['isRunning'])
      .where(({ fence: current, isRunning }, { eq }) => `${eq(isRunning, 'yes')} AND ${eq(current, fence)}`)
      .commit(),
    point:
      leased && clone
        ? undefined
        : writable.recoveryPoint
            .patch({ mountId, seq })
            .delete({ pins: [pinOf(restore)] })
            .commit(),
    command: leased && lease ? orderRemoval(writable, restore, lease) : dropCommand(writable, restore),
  }));
  refuseContended(refusal);
  return refusal.size === 0;
}
