import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { removeFile } from '../durable-file.ts';
import type { Listing } from '../mover/upload/list-tree.ts';
import type {
  NewSnapshot,
  SnapshotClones,
  SnapshotFolders,
  SnapshotKind,
  SnapshotSize,
  Snapshots,
} from '../ports/snapshots.ts';
import { snapshotKinds } from '../ports/snapshots.ts';
import { chooseSnapshots, type SnapshotAdapters, type SnapshotChoice } from './adapters.ts';
import { readListing, writeListing } from './listing-file.ts';

/** A snapshot as the journal names it. */
export interface SnapshotName {
  readonly snapshotId: string;
  readonly kind: SnapshotKind;
}

export interface SnapshotStoreOptions {
  readonly mountsDirectory: string;
  readonly dataDirectory: string;
  readonly snapshots: SnapshotChoice;
}

/** Snapshots with their listings. New ones are of one kind; what an earlier start froze in another way is still known. */
export class SnapshotStore {
  readonly kind: SnapshotKind;
  readonly #byKind: SnapshotAdapters;
  readonly #listings: string;

  private constructor(kind: SnapshotKind, adapters: SnapshotAdapters, listings: string) {
    this.kind = kind;
    this.#byKind = adapters;
    this.#listings = listings;
  }

  /** Throws ConfigError when the kind that is asked for cannot be had. */
  static async open(options: SnapshotStoreOptions, adapters: SnapshotAdapters): Promise<SnapshotStore> {
    const listings = join(options.dataDirectory, 'listings');
    await mkdir(listings, { recursive: true, mode: 0o700 });
    const kind = await chooseSnapshots(adapters, options.snapshots, options.mountsDirectory).catch(
      (error: Error) => {
        throw new ConfigError(error.message);
      },
    );
    return new SnapshotStore(kind, adapters, listings);
  }

  /** The adapter of new snapshots, and of the mounts that they are made of. */
  get current(): Snapshots {
    return this.#byKind[this.kind];
  }

  /** Whether the mount must not be written to as long as this snapshot is pending. */
  holdsMount({ kind }: SnapshotName): boolean {
    return this.#byKind[kind].isMountBusyWhilePending;
  }

  async freeze(folders: SnapshotFolders, snapshot: NewSnapshot & SnapshotName): Promise<void> {
    const { listing } = await this.#byKind[snapshot.kind].freeze(folders, snapshot);
    await writeListing(this.#listingFile(snapshot.snapshotId), listing);
  }

  async read(
    folders: SnapshotFolders,
    { snapshotId, kind }: SnapshotName,
  ): Promise<{ readonly root: string; readonly listing: Listing }> {
    const root = this.#byKind[kind].rootOf(folders, snapshotId);
    return { root, listing: readListing(this.#listingFile(snapshotId)) };
  }

  /** The ids of all snapshots of a mount, however they were made. */
  async list(folders: SnapshotFolders): Promise<string[]> {
    const ofKinds = snapshotKinds.map(async (kind) => {
      const found = this.#byKind[kind].list(folders);
      // The tools of another kind may be gone, and then there is nothing of it to find.
      return kind === this.kind ? found : found.catch(() => []);
    });
    return (await Promise.all(ofKinds)).flat();
  }

  sizeOf(folders: SnapshotFolders, { snapshotId, kind }: SnapshotName): Promise<SnapshotSize> {
    return this.#byKind[kind].sizeOf(folders, snapshotId);
  }

  /** How writable copies are made of the snapshot, where they are cheap. */
  clonesOf({ kind }: SnapshotName): SnapshotClones | undefined {
    return this.#byKind[kind].clones;
  }

  /** What a restore of the snapshot brings: files, each counted once, and their bytes. */
  async measure(
    folders: SnapshotFolders,
    snapshot: SnapshotName,
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    const { listing } = await this.read(folders, snapshot);
    const counted = new Set<bigint>();
    let [files, bytes] = [0, 0];
    for await (const { type, links, inode, sizeBytes } of listing) {
      if (type !== 'file' || (links > 1 && counted.has(inode))) continue;
      if (links > 1) counted.add(inode);
      files++;
      bytes += sizeBytes;
    }
    return { files, bytes };
  }

  /** Of a snapshot that stays, though it will not be read for an upload again. */
  forgetListing({ snapshotId }: SnapshotName): Promise<void> {
    return removeFile(this.#listingFile(snapshotId));
  }

  async release(folders: SnapshotFolders, snapshot: SnapshotName): Promise<void> {
    await this.#byKind[snapshot.kind].release(folders, snapshot.snapshotId);
    await this.forgetListing(snapshot);
  }

  #listingFile(snapshotId: string): string {
    return join(this.#listings, snapshotId);
  }
}
