import type { RestoreRecord } from '../journal/restore-records.ts';
import type { Mount } from '../mounts/mount.ts';
import type { Log } from '../ports/log.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import { discard, isFolder, publishedFolder } from './staged-restores.ts';

/**
 * What is done with a restore that was complete when the service ended its order. What is there stays for the DBA; a clone does not, when
 * its end says that nobody has it: its point has no pin any more.
 */
export async function leaveComplete(
  {
    service,
    kept,
    log,
  }: { readonly service: ServiceClient; readonly kept: KeptSnapshots; readonly log: Log },
  mount: Mount,
  record: RestoreRecord,
): Promise<void> {
  if (record.clone === null) return;
  const { restoreId, clone } = record;
  const { state } = await service.call('showRestore', { params: { restoreId } });
  const folder = publishedFolder(mount, record);
  if ((state !== 'cancelled' && state !== 'failed') || !(await isFolder(folder))) return;
  await kept.dropClone(mount, restoreId);
  if (await isFolder(folder)) await discard(mount, folder);
  log.warn({ restoreId, clone, state }, 'a clone that nobody has any more is removed');
}
