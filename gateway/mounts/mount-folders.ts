import { lstat, mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { mountId as mountIdSchema } from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { replaceFile, syncFolder } from '../durable-file.ts';
import { isMissing, systemCode } from '../file-errors.ts';

/** Where a mount lies on the store. */
export interface MountFolders {
  readonly root: string;
  /** Exported for RMAN: what a snapshot contains. */
  readonly oracleData: string;
  /** Exported: a folder for each staged restore. */
  readonly restores: string;
  readonly clones: string;
  /** The gateway's own, not exported: frozen snapshots, unfinished restores, what is being deleted, the marker. */
  readonly snapshots: string;
  readonly staging: string;
  readonly trash: string;
  readonly marker: string;
}

const marker = z.strictObject({ version: z.literal(1), mountId: mountIdSchema });

export function foldersOf(mountsDirectory: string, name: string): MountFolders {
  const root = join(mountsDirectory, name);
  const own = join(root, '.holdfast');
  return {
    root,
    oracleData: join(root, 'oracle_data'),
    restores: join(root, 'restores'),
    clones: join(root, 'clones'),
    snapshots: join(own, 'snapshots'),
    staging: join(own, 'staging'),
    trash: join(own, 'trash'),
    marker: join(own, 'mount.json'),
  };
}

/**
 * Makes what is missing and then, last, the marker that says whose folders these are. Folders that a mount of the
 * same id left behind are taken over; those of another mount are refused.
 */
export async function createMountFolders(folders: MountFolders, mountId: MountId): Promise<void> {
  const owner = await readMarker(folders);
  if (owner !== undefined && owner !== mountId) {
    throw new Error(`the folder ${folders.root} belongs to the mount ${owner}: move it away`);
  }
  for (const exported of [folders.oracleData, folders.restores, folders.clones]) {
    await mkdir(exported, { recursive: true });
  }
  for (const own of [folders.snapshots, folders.staging, folders.trash])
    await mkdir(own, { recursive: true, mode: 0o700 });
  await replaceFile(folders.marker, `${JSON.stringify({ version: 1, mountId })}\n`, 0o600);
  await syncFolder(folders.root);
  await syncFolder(dirname(folders.root));
}

/**
 * Why the folders are not those that were made for the mount, or undefined. They are never made again: where a disk
 * is not mounted, fresh folders would pass for an empty database.
 */
export async function findInconsistency(
  folders: MountFolders,
  mountId: MountId,
): Promise<string | undefined> {
  for (const path of [folders.root, folders.oracleData, folders.restores, folders.clones]) {
    const isFolder = await lstat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) return `${path} is missing or not a folder`;
  }
  try {
    const owner = await readMarker(folders);
    if (owner === undefined) return `${folders.marker} is missing`;
    return owner === mountId ? undefined : `${folders.root} belongs to the mount ${owner}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws when the folders are not those that were made for the mount. */
export async function assertConsistent(mount: {
  readonly mountId: MountId;
  readonly folders: MountFolders;
}): Promise<void> {
  const problem = await findInconsistency(mount.folders, mount.mountId);
  if (problem !== undefined) throw new Error(`the mount is inconsistent: ${problem}`);
}

/**
 * Takes down what was made for a mount, as far as nothing is in it: no file that anybody wrote is ever deleted. Answers
 * the folders that were left because something is. Folders that are not the mount's are not touched.
 */
export async function removeEmptyFolders(folders: MountFolders, mountId: MountId): Promise<string[]> {
  if ((await readMarker(folders)) !== mountId) return [];
  const left: string[] = [];
  const { oracleData, restores, clones, snapshots, staging, trash } = folders;
  for (const folder of [oracleData, restores, clones, snapshots, staging, trash]) {
    if (!(await removeIfEmpty(folder))) left.push(folder);
  }
  return left;
}

/** The end of it: with the marker goes the claim of the mount to the folder. Where it is a file system of its own it stays. */
export async function removeEmptyRoot(folders: MountFolders, mountId: MountId): Promise<void> {
  const owner = await readMarker(folders);
  if (owner !== undefined && owner !== mountId) return;
  await rm(folders.marker, { force: true });
  await removeIfEmpty(dirname(folders.marker));
  await removeIfEmpty(folders.root).catch((error: unknown) => {
    if (systemCode(error) !== 'EBUSY') throw error;
  });
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readMarker(folders: MountFolders): Promise<MountId | undefined> {
  try {
    return marker.parse(JSON.parse(await readFile(folders.marker, 'utf8'))).mountId;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`the marker ${folders.marker} is damaged`, { cause: error });
  }
}
