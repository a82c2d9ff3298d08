import type { MountRecord } from '../journal/mount-records.ts';
import type { MountFolders } from './mount-folders.ts';

/** A mount with its folders. */
export interface Mount extends MountRecord {
  readonly folders: MountFolders;
}
