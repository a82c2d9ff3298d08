import type { TransactWriteEntities } from 'electrodb';
import type { RestoreId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import { isStaged, pinOf, type Restore, targetOf } from '../../../domain/restore.ts';
import { ServiceError } from '../../../errors.ts';
import type { Lease, StagedFilesCatalog } from '../../../ports/catalog/staged-files.ts';
import type { Entities } from './entities.ts';
import { findRestore } from './restore-item.ts';
import { refuseContended, type Step, transact, writeOnce } from './transact.ts';

type Writable = TransactWriteEntities<Entities>;

/** Each lost race is a lease that was renewed, or a removal that began. */
const maxAttempts = 10;

export const awsStagedFiles = (entities: Entities): Omit<StagedFilesCatalog, 'listStaged'> => ({
  async renewLease(restore, lease) {
    const { restoreId, fence, staged } = restore;
    if (staged?.state !== 'present') return 'refused';
    const refusal = await transact(entities, (writable) => ({
      restore: writable.restore
        .patch({ restoreId })
        .set(leaseFields(restore, lease, staged.since))
        .where(
          (item, { eq }) =>
            `${eq(item.isRunning, 'staged')} AND ${eq(item.fence, fence)} AND ${eq(item.staged.state, 'present')}`,
        )
        .commit(),
      command: orderRemoval(writable, restore, lease),
    }));
    refuseContended(refusal);
    return refusal.size === 0 ? 'renewed' : 'refused';
  },

  async beginRemoval(restoreId, fence, at) {
    const { rejected, data: current } = await writeOnce(() =>
      entities.restore
        .patch({ restoreId })
        .set({ staged: { state: 'removing', since: at } })
        .where(
          (item, { eq }) =>
            `${eq(item.isRunning, 'staged')} AND ${eq(item.fence, fence)} AND ${eq(item.staged.state, 'present')}`,
        )
        .go({ returnOnConditionCheckFailure: 'all_old' }),
    );
    if (!rejected) return 'begun';
    return current?.staged?.state === 'removing' && current.fence === fence ? 'begun' : 'refused';
  },

  async noteRemoval(restoreId, fence, reason) {
    const restore = await findRestore(entities, restoreId);
    const { staged } = restore ?? {};
    if (staged?.state !== 'removing') return 'refused';
    const { rejected } = await writeOnce(() =>
      entities.restore
        .patch({ restoreId })
        .set({ staged: { ...staged, reason } })
        .where(
          (item, { eq }) =>
            `${eq(item.isRunning, 'staged')} AND ${eq(item.fence, fence)} AND ${eq(item.staged.state, 'removing')}`,
        )
        .go({ returnOnConditionCheckFailure: 'all_old' }),
    );
    return rejected ? 'refused' : 'noted';
  },

  async endStaged(restoreId, end) {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const restore = await findRestore(entities, restoreId);
      if (restore === undefined || !isStaged(restore)) return 'already-ended';
      if (await endAsRead(entities, restore, end)) return 'ended';
    }
    throw tooOften(restoreId);
  },

  async repin(restore) {
    const { restoreId, mountId, recoveryPointSeq: seq, clone } = restore;
    if (clone === undefined) return 'refused';
    const refusal = await transact(entities, (writable) => ({
      restore: writable.restore
        .check({ restoreId })
        .where(({ isRunning }, { eq }) => eq(isRunning, 'staged'))
        .commit(),
      point: writable.recoveryPoint
        .patch({ mountId, seq })
        .add({ pins: [pinOf(restore)] })
        .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
        .commit(),
    }));
    refuseContended(refusal);
    return refusal.size === 0 ? 'pinned' : 'refused';
  },
});

async function endAsRead(
  entities: Entities,
  restore: Restore,
  end: Parameters<StagedFilesCatalog['endStaged']>[1],
): Promise<boolean> {
  const { restoreId, mountId, recoveryPointSeq: seq, fence, clone } = restore;
  const refusal = await transact(entities, (writable) => ({
    restore: writable.restore
      .patch({ restoreId })
      .set({ staged: end })
      .remove(['isRunning'])
      .where(
        ({ isRunning, fence: current }, { eq }) => `${eq(isRunning, 'staged')} AND ${eq(current, fence)}`,
      )
      .commit(),
    point:
      clone &&
      writable.recoveryPoint
        .patch({ mountId, seq })
        .delete({ pins: [pinOf(restore)] })
        .commit(),
    command: dropCommand(writable, restore),
  }));
  refuseContended(refusal);
  return refusal.size === 0;
}

/** What a lease makes of a restore that is complete. */
export const leaseFields = ({ fence }: Pick<Restore, 'fence'>, { until }: Lease, since: Instant) => ({
  ...{ isRunning: 'staged' as const, fence: fence + 1, leaseUntil: until },
  staged: { state: 'present' as const, since },
});

/** Makes of the restore's order the one to remove what it staged. */
export function orderRemoval(
  writable: Writable,
  restore: Restore,
  { until, removeBy }: Lease,
): Step | undefined {
  const { commandId, fence } = restore;
  const { storeId } = targetOf(restore);
  return (
    commandId &&
    writable.command
      .patch({ storeId, commandId })
      .set({ kind: 'remove-staged', fence: fence + 1, deadline: removeBy, notBefore: until })
      .commit()
  );
}

export function dropCommand(writable: Writable, restore: Restore): Step | undefined {
  const { commandId } = restore;
  const { storeId } = targetOf(restore);
  return commandId && writable.command.delete({ storeId, commandId }).commit();
}

const tooOften = (restoreId: RestoreId): ServiceError =>
  new ServiceError('INTERNAL', `the files of restore ${restoreId} change too often to be ended`);
