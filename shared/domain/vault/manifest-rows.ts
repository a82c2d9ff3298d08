import type { MountId, UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { WrappedDataKey } from './encryption/data-key.ts';
import type { ObjectRef } from './pack-ref.ts';

/** First row: what was uploaded, on what it builds, and what follows. */
export interface ManifestHeader {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  /** The pinned head when the upload was opened: the only other snapshot whose objects may be named. */
  readonly parent: { readonly uploadId: UploadId; readonly manifestSha256: string } | null;
  readonly clocks: ManifestClocks;
  readonly snapshot: { readonly name: string };
  /** The data key that all its packs and bundles belong to; absent when they are not encrypted. */
  readonly encryption?: WrappedDataKey;
  readonly totals: ManifestTotals;
}

/** Three clocks, for none is trusted alone. */
export interface ManifestClocks {
  /** The DBA's PUT, by the store's clock: the snapshot's time. */
  readonly requestedAt: Instant;
  /** When the store began to read the snapshot, by its clock. */
  readonly storeAt: Instant;
  /** The service's time, as told when the upload was opened. */
  readonly serviceAt: Instant;
}

/** What the rows add up to; said before them so that a commit need not read them, and again after them. */
export interface ManifestTotals {
  /** Map bundles and packs, own and the parent's. */
  readonly objects: number;
  readonly logs: number;
  /** All entries, the root folder included. */
  readonly entries: number;
  /** Regular files; those with several names count once, here and in `bytes`. */
  readonly files: number;
  /** Sum of the files' sizes. */
  readonly bytes: number;
  /** Things that are not kept: sockets, pipes, devices. */
  readonly skipped: number;
}

interface VaultObject extends ObjectRef {
  readonly sha256: string;
  readonly storedBytes: number;
  /** SHA-256 of the frame table or directory: lets a reader trust ranges of the object. */
  readonly tableSha256: string;
}

/** A pack that the snapshot needs. The two sums guide the rewriting of thin packs and reports, never deletion. */
export interface PackRow extends VaultObject {
  readonly kind: 'pack';
  /** All its frames' raw bytes. */
  readonly rawBytes: number;
  /** Of these, what this snapshot's segments name (bytes named twice count twice, up to `rawBytes`). */
  readonly referencedBytes: number;
}

/** A map bundle that the snapshot needs, and which of its segments: `[first, count]` runs, ascending. */
export interface MapRow extends VaultObject {
  readonly kind: 'map';
  readonly segments: readonly (readonly [first: number, count: number])[];
}

export type ObjectRow = MapRow | PackRow;

/** An RMAN log that came with the snapshot. Always the upload's own. */
export interface LogRow {
  readonly number: number;
  readonly sha256: string;
  readonly storedBytes: number;
  readonly codec: 'none' | 'zstd';
  /** As sent. */
  readonly rawBytes: number;
  /** The mount's folder on the host that wrote the log, for mapping the log's paths to entries. */
  readonly mountpoint: string;
  readonly platform: 'linux' | 'windows';
  readonly fileName: string;
  readonly receivedAt: Instant;
}

interface Inode {
  /** Raw bytes, relative to the root, parts divided by `/`; empty for the root. */
  readonly path: Buffer;
  /** Permission bits with setuid, setgid and sticky: 0–0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
}

export interface FileEntry extends Inode {
  readonly type: 'file';
  readonly size: number;
  readonly leafBytes: number;
  /** See digest.ts. */
  readonly digest: string;
  /** `[offset, length]`, ascending and apart: zeros that took no space on disk and shall take none again. */
  readonly holes: readonly (readonly [offset: number, length: number])[];
  readonly segments: readonly SegmentRef[];
  /** Set when the file has several names; counts up from 1 in the order of these rows. */
  readonly linkGroup?: number;
}

/** A segment by its bundle and place there; `sha256` is its address. */
export interface SegmentRef extends ObjectRef {
  readonly index: number;
  readonly sha256: string;
}

export interface DirectoryEntry extends Inode {
  readonly type: 'directory';
}

export interface SymlinkEntry extends Inode {
  readonly type: 'symlink';
  readonly target: Buffer;
}

/** Another name of the file entry with the same `linkGroup`, which comes earlier. */
export interface HardlinkEntry {
  readonly type: 'hardlink';
  readonly path: Buffer;
  readonly linkGroup: number;
}

export interface SkippedEntry {
  readonly type: 'skipped';
  readonly path: Buffer;
  readonly reason: SkipReason;
}

export const skipReasons = ['socket', 'pipe', 'character device', 'block device'] as const;
export type SkipReason = (typeof skipReasons)[number];

export type ManifestEntry = DirectoryEntry | FileEntry | HardlinkEntry | SkippedEntry | SymlinkEntry;

/** The rows in their order. */
export type ManifestRow =
  | { readonly row: 'manifest'; readonly header: ManifestHeader }
  | { readonly row: 'object'; readonly object: ObjectRow }
  | { readonly row: 'log'; readonly log: LogRow }
  | { readonly row: 'entry'; readonly entry: ManifestEntry }
  /** `mac`: HMAC (hex) over the lines before, of an encrypted snapshot. */
  | { readonly row: 'end'; readonly totals: ManifestTotals; readonly mac?: string };
