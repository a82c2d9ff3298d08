import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open } from 'node:fs/promises';
import type { UploadId } from '../../shared/domain/ids.ts';
import { damaged } from '../../shared/domain/vault/errors.ts';
import { readManifest } from '../../shared/domain/vault/manifest-reader.ts';
import type {
  DirectoryEntry,
  FileEntry,
  ManifestTotals,
  MapRow,
  PackRow,
} from '../../shared/domain/vault/manifest-rows.ts';
import { MoverError } from './errors.ts';
import { joinPath } from './file-system-path.ts';
import { hasErrno, type RestoreDestination, type RestoreIdentity } from './restore-destination.ts';
import type { RestoreWork } from './restore-work.ts';

/** The manifest as fetched and verified, and its key for errors. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly key: string;
}

export interface RestoreTables {
  readonly totals: ManifestTotals;
  readonly maps: readonly MapRow[];
  readonly packs: readonly PackRow[];
}

/** Makes every folder and file at its full size, empty of content, and notes what content is needed. */
export async function layOutTree(
  manifest: FetchedManifest,
  identity: RestoreIdentity,
  destination: RestoreDestination,
  work: RestoreWork,
): Promise<RestoreTables> {
  const [maps, packs]: [MapRow[], PackRow[]] = [[], []];
  let totals: ManifestTotals | undefined;
  for await (const row of readManifest([manifest.bytes], manifest.key)) {
    if (row.row === 'manifest') {
      assertSameSnapshot(row.header, identity, manifest.key);
      totals = row.header.totals;
    } else if (row.row === 'object') {
      if (row.object.kind === 'map') maps.push(row.object);
      else packs.push(row.object);
    } else if (row.row === 'entry' && row.entry.type === 'directory') {
      await makeFolder(destination, row.entry);
    } else if (row.row === 'entry' && row.entry.type === 'file') {
      await makeFile(destination, row.entry);
      work.addFile(row.entry);
    }
  }
  if (!totals) throw damaged(manifest.key, 'has no header');
  return { totals, maps, packs };
}

function assertSameSnapshot(
  header: { readonly mountId: string; readonly uploadId: UploadId },
  identity: RestoreIdentity,
  key: string,
): void {
  if (header.mountId === identity.mountId && header.uploadId === identity.uploadId) return;
  throw damaged(key, `is the manifest of upload ${header.uploadId} of mount ${header.mountId}`);
}

/** Closed to others until the end, when every folder gets the mode it had. */
async function makeFolder({ folder }: RestoreDestination, { path }: DirectoryEntry): Promise<void> {
  const full = joinPath(folder, path);
  try {
    await mkdir(full, { mode: 0o700 });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw cannotWrite(path, error);
    if (!(await lstat(full)).isDirectory()) throw inTheWay(path);
    await chmod(full, 0o700);
  }
}

async function makeFile({ folder, isResumed }: RestoreDestination, { path, size }: FileEntry): Promise<void> {
  const full = joinPath(folder, path);
  if (isResumed) await openUp(full, path);
  try {
    const flags =
      constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | (isResumed ? 0 : constants.O_EXCL);
    const handle = await open(full, flags, 0o600);
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** An earlier attempt may have given the file its final mode, which may forbid writing. */
async function openUp(full: Buffer, path: Buffer): Promise<void> {
  try {
    if (!(await lstat(full)).isFile()) throw inTheWay(path);
    await chmod(full, 0o600);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

const inTheWay = (path: Buffer): MoverError =>
  new MoverError(
    'RESTORE_DESTINATION_TAKEN',
    path,
    'is something else in the destination; remove the destination',
  );

export const cannotWrite = (path: Buffer, error: unknown): MoverError =>
  new MoverError(
    'RESTORE_WRITE_FAILED',
    path,
    `cannot be written (${error instanceof Error ? error.message : String(error)})`,
    error,
  );
