import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import { type Instant, toInstant } from '../../shared/domain/instant.ts';
import type { LogRow, ManifestHeader, ObjectRow } from '../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector, encodeManifest } from '../../shared/domain/vault/manifest-writer.ts';
import { assertTreeUnchanged, type ListedEntry, listTree } from './list-tree.ts';
import { MapStream } from './map-stream.ts';
import { PackStream } from './pack-stream.ts';
import type { MoverProgress, ObjectTarget } from './ports.ts';
import { uploadEntries } from './upload-entries.ts';
import { type LogToUpload, uploadLogs } from './upload-logs.ts';

export interface SnapshotIdentity {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly parent: ManifestHeader['parent'];
  readonly requestedAt: Instant;
  readonly serviceAt: Instant;
  readonly snapName: string;
}

export interface UploadInput {
  /** The frozen folder. */
  readonly root: string;
  readonly identity: SnapshotIdentity;
  readonly logs: readonly LogToUpload[];
  readonly target: ObjectTarget;
  readonly clock: () => Date;
  /** What `root` held when it was frozen; listed now when absent. What differs from it fails the upload. */
  readonly listing?: readonly ListedEntry[];
  /** Packs held at once, one of them being filled (32 MiB each); at least 2. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: MoverProgress) => void;
  readonly signal?: AbortSignal;
}

export interface UploadedSnapshot {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  /** Regular files; several names of one file count once. */
  readonly files: number;
  /** Sum of their sizes. */
  readonly bytes: number;
  /** Of packs, map bundles, logs and manifest. */
  readonly storedBytes: number;
  readonly packs: number;
}

/** 96 MiB of pack buffers; with workers and Node itself within the 250 MB that the store is promised. */
const defaultConcurrency = 3;

/**
 * Uploads every file under `root` whole, the manifest last. The same tree, clock and identity give the same objects, so
 * after a crash everything is offered again and the target skips what the vault has. Throws MoverError
 * SNAPSHOT_FILE_CHANGED when anything changed since it was listed, and whatever the target throws.
 */
export async function uploadSnapshot(input: UploadInput): Promise<UploadedSnapshot> {
  const { root, identity, target, signal } = input;
  const storeAt = toInstant(input.clock());
  const listing = input.listing ?? (await listTree(root));
  signal?.throwIfAborted();
  const logs = await uploadLogs(input.logs, target);
  const packs = new PackStream(target, Math.max(2, input.concurrency ?? defaultConcurrency));
  const maps = new MapStream(target, identity.uploadId);
  try {
    const entries = new EntryCollector();
    const onProgress = input.onProgress ?? (() => {});
    const reading = { root, owner: identity.uploadId, listing, streams: { packs, maps }, onProgress, signal };
    for await (const entry of uploadEntries(reading)) entries.add(entry);
    await packs.finish();
    await maps.finish();
    await assertTreeUnchanged(listing, root);
    signal?.throwIfAborted();
    const objects = objectRows(identity.uploadId, packs, maps);
    const header = headerOf(identity, storeAt);
    const manifest = await encodeManifest({ header, objects, logs }, entries);
    const sizeBytes = manifest.bytes.length;
    await target.put({ kind: 'manifest', number: 0, sha256: manifest.sha256, sizeBytes }, manifest.bytes);
    return {
      manifestSha256: manifest.sha256,
      manifestBytes: sizeBytes,
      files: entries.counted.files,
      bytes: entries.counted.bytes,
      storedBytes: sizeBytes + storedBytesOf(objects, logs),
      packs: packs.packs.length,
    };
  } finally {
    // After a failure too: nothing of this upload may still read the caller's buffers or write to its target.
    await packs.settle();
  }
}

const storedBytesOf = (objects: readonly ObjectRow[], logs: readonly LogRow[]): number =>
  [...objects, ...logs].reduce((sum, object) => sum + object.storedBytes, 0);

const headerOf = (identity: SnapshotIdentity, storeAt: Instant): Omit<ManifestHeader, 'totals'> => ({
  mountId: identity.mountId,
  uploadId: identity.uploadId,
  parent: identity.parent,
  clocks: { requestedAt: identity.requestedAt, storeAt, serviceAt: identity.serviceAt },
  snapshot: { name: identity.snapName },
});

/** In the order of the manifest: map bundles, then packs. */
const objectRows = (owner: UploadId, packs: PackStream, maps: MapStream): ObjectRow[] => [
  ...maps.bundles,
  ...packs.packs.map((pack) => {
    const { number, sha256, storedBytes, tableSha256, rawBytes } = pack;
    const referencedBytes = Math.min(rawBytes, maps.referencedBytes({ owner, number }));
    return {
      kind: 'pack',
      owner,
      number,
      sha256,
      storedBytes,
      tableSha256,
      rawBytes,
      referencedBytes,
    } as const;
  }),
];
