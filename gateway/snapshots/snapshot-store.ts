import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedEntry } from '../mover/list-tree.ts';
import type { SnapshotFolders, SnapshotKind, Snapshots } from '../ports/snapshots.ts';
import type { CloneFile } from './copy-tree.ts';
import { readListing, writeListing } from './listing-file.ts';
import { readInPlace } from './read-in-place.ts';
import { canCloneFiles, reflinkSnapshots } from './reflink.ts';

/** A snapshot as the journal names it. */
export interface SnapshotName {
  readonly snapshotId: string;
  readonly kind: SnapshotKind;
}

/** Snapshots with their listings. New ones are of one kind; what an earlier start froze in another way is still known. */
export class SnapshotStore {
  readonly kind: SnapshotKind;
  readonly #byKind: Readonly<Record<SnapshotKind, Snapshots>>;
  readonly #listings: string;

  private constructor(kind: SnapshotKind, clone: CloneFile, listings: string) {
    this.kind = kind;
    this.#byKind = { reflink: reflinkSnapshots(clone), 'read-in-place': readInPlace };
    this.#listings = listings;
  }

  /** Chooses the kind by trying what the file system of the mounts can do. */
  static async open(
    mountsDirectory: string,
    dataDirectory: string,
    clone: CloneFile,
  ): Promise<SnapshotStore> {
    const listings = join(dataDirectory, 'listings');
    await mkdir(listings, { recursive: true, mode: 0o700 });
    const kind = (await canCloneFiles(mountsDirectory, clone)) ? 'reflink' : 'read-in-place';
    return new SnapshotStore(kind, clone, listings);
  }

  /** Whether the mount must not be written to as long as this snapshot is pending. */
  holdsMount({ kind }: SnapshotName): boolean {
    return this.#byKind[kind].isMountBusyWhilePending;
  }

  async freeze(folders: SnapshotFolders, { snapshotId, kind }: SnapshotName): Promise<void> {
    const { listing } = await this.#byKind[kind].freeze(folders, snapshotId);
    await writeListing(this.#listingFile(snapshotId), listing);
  }

  async read(
    folders: SnapshotFolders,
    { snapshotId, kind }: SnapshotName,
  ): Promise<{ readonly root: string; readonly listing: ListedEntry[] }> {
    const root = this.#byKind[kind].rootOf(folders, snapshotId);
    return { root, listing: await readListing(this.#listingFile(snapshotId)) };
  }

  async release(folders: SnapshotFolders, { snapshotId, kind }: SnapshotName): Promise<void> {
    await this.#byKind[kind].release(folders, snapshotId);
    await rm(this.#listingFile(snapshotId), { force: true });
  }

  #listingFile(snapshotId: string): string {
    return join(this.#listings, snapshotId);
  }
}
