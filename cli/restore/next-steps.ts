import type { ServiceClient } from '../service/client.ts';
import { mountCommand, placeOf } from '../snapshot/mount-command.ts';
import type { ShownRestore } from './describe-restore.ts';

/** What comes after the files are there, as lines: where they lie, how to see them from the Oracle host, how to get the scripts for RMAN. */
export async function nextSteps(service: ServiceClient, restore: ShownRestore): Promise<string[]> {
  const { recoveryPointId, mountId, targetMountId = mountId, jobId, clone, state, staged } = restore;
  const isThere = state === 'completed' || state === 'completed-with-damage';
  if (!isThere || (staged !== undefined && staged.state !== 'present')) return [];
  const folder = clone ? `clones/${clone.name}` : `restores/${jobId}`;
  const place = await placeOf(service, targetMountId, folder);
  return [
    `the files lie in ${place.path} of store ${place.host}; to see them from the host of the database, as root, with the address of the store:`,
    `  ${mountCommand(place)}`,
    'then have the scripts for RMAN written, and begin with the README.txt among them:',
    `  holdfast restore script ${recoveryPointId} --database <name or DBID> --staged-at <mount_directory_here> --output <new folder>`,
  ];
}
