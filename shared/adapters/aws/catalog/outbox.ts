import { ServiceError } from '../../../errors.ts';
import type { JournalOutbox } from '../../../ports/catalog/outbox.ts';
import type { Entities } from './entities.ts';
import { findMount } from './mounts.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export const awsOutbox = (entities: Entities): JournalOutbox => ({
  async pending(mountId, limit) {
    const { data } = await entities.journalEntry.query.outbox({ mountId }).go({ limit, consistent: true });
    return data;
  },

  async markStored({ mountId, number, sha256 }) {
    const refusal = await transact(entities, (writable) => ({
      entry: writable.journalEntry
        .delete({ mountId, number })
        .where((entry, { eq }) => eq(entry.sha256, sha256))
        .commit(),
      mount: writable.mount
        .patch({ mountId })
        .data(({ journal }, { set }) => set(journal.stored, number))
        .where(({ journal }, { eq }) => eq(journal.stored, number - 1))
        .commit(),
    }));
    refuseContended(refusal);
    if (refusal.size === 0) return;
    const mount = await findMount(entities, mountId);
    if (mount !== undefined && number <= mount.journal.stored) return;
    throw new ServiceError('INTERNAL', `entry ${number} is not the next in the outbox of mount ${mountId}`);
  },

  async markDiverged(mountId, diverged) {
    await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ diverged })
        .add({ lineVersion: 1 })
        .where((mount, { notExists }) => notExists(mount.diverged))
        .go({ returnOnConditionCheckFailure: true }),
    );
  },
});
