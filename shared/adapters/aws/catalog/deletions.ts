import { createConversions, type TransactWriteEntities } from 'electrodb';
import type { UploadId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import type { JournalEntry } from '../../../domain/journal.ts';
import type { Mount } from '../../../domain/mount.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import { dueFields } from './due.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { deletingAt, type PointItem, toPoint } from './point-item.ts';
import { locatePoint } from './point-place.ts';
import { bySeq } from './positions.ts';
import { transact } from './transact.ts';

type Deletions = Pick<
  RecoveryPointCatalog,
  'line' | 'markForDeletion' | 'undelete' | 'changeExpire' | 'changeDamage'
>;

/** What retention does with points. */
export const awsDeletions = (entities: Entities): Deletions => ({
  async line({ mountId, lineFrom = 1 }, page) {
    const { recoveryPoint: points } = entities;
    const keys = createConversions(points).byAccessPattern.line.fromComposite;
    const { items, ...rest } = await readPage<PointItem, { seq: number }>(
      {
        list: { name: `line of ${mountId}`, position: bySeq },
        positionOf: ({ seq }) => ({ seq }),
        startAfter: ({ seq }) => keys.toCursor({ mountId, seq }),
        run: (options) =>
          points.query
            .line({ mountId })
            .gte({ seq: lineFrom })
            .go({ ...options, consistent: true }),
      },
      page,
    );
    return {
      items: items.map((item) => ({ point: toPoint(item), pins: [...(item.pins ?? [])].sort() })),
      ...rest,
    };
  },

  async markForDeletion(mount, recoveryPointId, { deletion, expiries, unchanged, entry }) {
    const place = await placeOf(entities, mount, recoveryPointId);
    if (place === undefined) return 'conflict';
    const refusal = await transact(entities, (writable) => ({
      point: writable.recoveryPoint
        .patch(place)
        .set({
          ...{ state: 'pending-deletion', deletion },
          ...deletingAt(recoveryPointId, deletion.reclaimAfter),
        })
        .where(({ state, pins }, { eq, notExists }) => `${eq(state, 'available')} AND ${notExists(pins)}`)
        .commit(),
      mount: advanceMount(writable, mount, entry, { expiries }),
      entry: writable.journalEntry.create(entry).commit(),
      ...Object.fromEntries(
        unchanged.map(({ mountId, lineVersion: expected }, index) => [
          `other-${index}`,
          writable.mount
            .check({ mountId })
            .where(({ lineVersion }, { eq }) => eq(lineVersion, expected))
            .commit(),
        ]),
      ),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },

  async undelete(mount, recoveryPointId, { own, dueAt, entry }) {
    const place = await placeOf(entities, mount, recoveryPointId);
    if (place === undefined) return 'conflict';
    const refusal = await transact(entities, (writable) => ({
      point: writable.recoveryPoint
        .patch(place)
        .set({ state: 'available', ...own })
        .remove(['deletion', 'deletingList', 'deletingPlace'])
        .where(({ state }, { eq }) => eq(state, 'pending-deletion'))
        .commit(),
      mount: advanceMount(writable, mount, entry, { dueAt }),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },

  async changeExpire(mount, recoveryPointId, { own, dueAt, entry }) {
    const place = await placeOf(entities, mount, recoveryPointId);
    if (place === undefined) return 'conflict';
    const refusal = await transact(entities, (writable) => ({
      point: writable.recoveryPoint
        .patch(place)
        .set(own)
        .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
        .commit(),
      mount: advanceMount(writable, mount, entry, { dueAt }),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },

  async changeDamage(mount, recoveryPointId, { damage, dueAt, entry }) {
    const place = await placeOf(entities, mount, recoveryPointId);
    if (place === undefined) return 'conflict';
    const refusal = await transact(entities, (writable) => ({
      point: writable.recoveryPoint
        .patch(place)
        .data((point, { set, remove }) => {
          if (damage === undefined) remove(point.damage);
          else set(point.damage, damage);
        })
        .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
        .commit(),
      mount: advanceMount(writable, mount, entry, { dueAt }),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },
});

async function placeOf(entities: Entities, { mountId }: Mount, recoveryPointId: UploadId) {
  const place = await locatePoint(entities, recoveryPointId);
  return place?.mountId === mountId ? place : undefined;
}

/** The step that raises line and journal of a mount which stands as it was read. */
export const advanceMount = (
  writable: TransactWriteEntities<Entities>,
  { mountId, lineVersion, journal }: Mount,
  entry: JournalEntry,
  { dueAt, expiries }: { readonly dueAt?: Instant; readonly expiries?: NonNullable<Mount['expiries']> } = {},
) =>
  writable.mount
    .patch({ mountId })
    .data((mount, { set }) => {
      set(mount.lineVersion, lineVersion + 1);
      set(mount.journal.number, entry.number);
      set(mount.journal.hash, entry.sha256);
      if (expiries !== undefined) set(mount.expiries, expiries);
    })
    .set(dueFields({ mountId }, dueAt))
    .where((mount, { eq }) => {
      const isUnchanged = eq(mount.lineVersion, lineVersion);
      return `${isUnchanged} AND ${eq(mount.journal.number, journal.number)}`;
    })
    .commit();
