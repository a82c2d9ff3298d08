import { laterOf } from '../../../domain/instant.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import type { Entities } from './entities.ts';
import { locatePoint } from './point-place.ts';
import { transact } from './transact.ts';

type AddLateLog = RecoveryPointCatalog['addLateLog'];

/** Whatever else changes the point's logs raises the journal too: what was read of the point still holds when that has not moved. */
export async function addLateLog(
  entities: Entities,
  { mountId, journal, lineVersion }: Parameters<AddLateLog>[0],
  uploadId: Parameters<AddLateLog>[1],
  { row, urlUntil, entry }: Parameters<AddLateLog>[2],
): ReturnType<AddLateLog> {
  const place = await locatePoint(entities, uploadId);
  if (place === undefined || place.mountId !== mountId) return 'conflict';
  const { data: point } = await entities.recoveryPoint.get(place).go({ consistent: true });
  const { data: upload } = await entities.upload.get({ uploadId }).go({ consistent: true });
  if (point === null || upload === null) return 'conflict';
  const others = (point.lateLogs ?? []).filter(({ number }) => number !== row.number);
  const refusal = await transact(entities, (writable) => ({
    point: writable.recoveryPoint
      .patch(place)
      .set({ lateLogs: [...others, row] })
      .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
      .commit(),
    upload: writable.upload
      .patch({ uploadId })
      .set({ urlUntil: laterOf(upload.urlUntil, urlUntil) })
      .where(({ state }, { eq }) => eq(state, 'committed'))
      .commit(),
    mount: writable.mount
      .patch({ mountId })
      .data((mount, { set }) => {
        set(mount.lineVersion, lineVersion + 1);
        set(mount.journal.number, entry.number);
        set(mount.journal.hash, entry.sha256);
      })
      .where((mount, { eq }) => {
        const isUnchanged = eq(mount.lineVersion, lineVersion);
        return `${isUnchanged} AND ${eq(mount.journal.number, journal.number)}`;
      })
      .commit(),
    entry: writable.journalEntry.create(entry).commit(),
  }));
  return refusal.size === 0 ? 'added' : 'conflict';
}
