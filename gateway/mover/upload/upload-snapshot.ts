import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { type Instant, toInstant } from '../../../shared/domain/instant.ts';
import type { WrappedDataKey } from '../../../shared/domain/vault/encryption/data-key.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import type {
  LogRow,
  ManifestHeader,
  ObjectRow,
  PackRow,
} from '../../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector } from '../../../shared/domain/vault/manifest-writer.ts';
import { type ObjectRef, refKey } from '../../../shared/domain/vault/pack-ref.ts';
import type { Baselines } from '../baseline/baselines.ts';
import { ParentSnapshot } from '../baseline/parent-snapshot.ts';
import { StatCollector } from '../baseline/stat-cache.ts';
import { type PackBuffers, uploadBuffers } from '../pack-buffers.ts';
import type { MoverProgress, ObjectTarget, ParentSource } from '../ports.ts';
import { WorkerPool } from '../threads/worker-pool.ts';
import { assertTreeUnchanged, type Listing, listTree } from './list-tree.ts';
import { LooseLeaves } from './loose-leaves.ts';
import { SpilledPieces, writeManifest } from './manifest-file.ts';
import { MapStream } from './map-stream.ts';
import { type NewFiles, NewFilesReport } from './new-files-report.ts';
import { ObjectTables } from './object-tables.ts';
import { PackStream } from './pack-stream.ts';
import { chooseThinPacks, type RewriteLimits } from './thin-packs.ts';
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
  readonly listing?: Listing;
  /** What is kept of the mount's snapshots; without it everything is uploaded whole. */
  readonly baselines?: Baselines;
  /** Where what is lost of it is fetched; without it, more is read and sent. */
  readonly parentSource?: ParentSource;
  /** Whether files that look untouched since the parent are not read; true unless given. */
  readonly trustsStats?: boolean;
  /** Whether content of new files is looked for in the parent; true unless given. */
  readonly findsMoved?: boolean;
  /** Packs that must not be named again; what lies in them is stored anew. */
  readonly damaged?: readonly ObjectRef[];
  /** Whether nothing of the parent may be named; everything is uploaded whole then. */
  readonly avoidsParent?: boolean;
  /** Encrypts what leaves; a parent that is not encrypted with the same data key is not built on. */
  readonly encryption?: SnapshotEncryption;
  /** Whether this upload, in clear, may follow one that was encrypted; otherwise that is an oversight and refused. */
  readonly endsEncryption?: boolean;
  /** Which thin packs are emptied on the way; none unless given. */
  readonly rewrite?: RewriteLimits;
  /** Of zstd; 1 unless given. */
  readonly level?: number;
  /** Memory for its packs; that of all uploads unless given. */
  readonly buffers?: PackBuffers;
  readonly onProgress?: (progress: MoverProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SnapshotEncryption {
  readonly keys: MountKeys;
  /** Goes into the manifest, so that bucket and wrapping key are enough to restore. */
  readonly dataKey: WrappedDataKey;
}

export interface UploadedSnapshot {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  /** Regular files; several names of one file count once. */
  readonly files: number;
  /** Sum of their sizes. */
  readonly bytes: number;
  /** Of the snapshot's own packs, map bundles, logs and manifest. */
  readonly storedBytes: number;
  /** Its own. */
  readonly packs: number;
  /** By folder: how much of new files the parent had already. */
  readonly newFiles: readonly NewFiles[];
}

/**
 * Uploads what `root` has and the parent has not, the manifest last. The same tree, clock, identity and baselines give
 * the same objects, so after a crash everything is offered again and the target skips what the vault has. Throws
 * MoverError SNAPSHOT_FILE_CHANGED when anything changed since it was listed, and whatever the target throws.
 */
export async function uploadSnapshot(input: UploadInput): Promise<UploadedSnapshot> {
  const parent = await openParent(input);
  try {
    return await uploadOnto(parent, input);
  } finally {
    await parent?.close();
  }
}

async function openParent(input: UploadInput): Promise<ParentSnapshot | undefined> {
  const { baselines, identity, damaged = [], rewrite, encryption, endsEncryption = false } = input;
  const { mountId, parent } = identity;
  if (!parent || !baselines || input.avoidsParent) return undefined;
  const avoided = (packs: Iterable<PackRow>) =>
    new Set([...damaged, ...(rewrite ? chooseThinPacks(packs, rewrite) : [])].map(refKey));
  const found = { mountId, parent, source: input.parentSource, keys: encryption?.keys, endsEncryption };
  return ParentSnapshot.open(baselines, found, avoided);
}

async function uploadOnto(parent: ParentSnapshot | undefined, input: UploadInput): Promise<UploadedSnapshot> {
  const { root, identity, target, baselines, encryption, signal } = input;
  const { uploadId: owner, requestedAt } = identity;
  const storeAt = toInstant(input.clock());
  const listing = input.listing ?? (await listTree(root));
  signal?.throwIfAborted();
  const logs = await uploadLogs(input.logs, target);
  const keys = encryption?.keys;
  const packs = new PackStream(target, owner, input.buffers ?? uploadBuffers, keys);
  const maps = new MapStream(target, owner, baselines, keys);
  const stripKey = await baselines?.stripKey();
  const pool = new WorkerPool(input.level, {
    ...(keys && { content: keys.content }),
    ...(stripKey && { stripKey }),
  });
  const stats = new StatCollector(new Date(requestedAt));
  const report = new NewFilesReport();
  const pieces = new SpilledPieces(baselines?.scratchFolder);
  let manifest: Awaited<ReturnType<typeof writeManifest>> | undefined;
  try {
    const entries = new EntryCollector(pieces);
    const streams = { packs, maps, loose: new LooseLeaves(pool, packs) };
    const { onProgress = () => {}, trustsStats = true, findsMoved = true } = input;
    const reading = {
      root,
      owner,
      listing,
      pool,
      streams,
      baselines,
      parent,
      trustsStats,
      findsMoved,
      stats,
    };
    for await (const entry of uploadEntries({ ...reading, stats, report, onProgress, signal }))
      entries.add(entry);
    const packed = packs.finish();
    // While the last packs and the last bundle are sent: their rows are known.
    const write = async () => {
      const { rows: bundles, sent } = await maps.finish(parent);
      const tables = parent ? [packs.packs, parent.packs] : [packs.packs];
      const objects = new ObjectTables(bundles, tables, (pack) => maps.referencedBytes(pack));
      const header = {
        ...headerOf(identity, storeAt),
        ...(encryption && { encryption: encryption.dataKey }),
      };
      manifest = await writeManifest({ header, objects, logs }, entries, baselines?.scratchFolder, keys);
      const { file, sha256 } = manifest;
      const object = { kind: 'manifest', number: 0, sha256, sizeBytes: file.sizeBytes } as const;
      target.foresee?.(object);
      await sent;
      return { file, object, ownBytes: ownStoredBytes(objects, owner) };
    };
    const ends = [write(), packed, assertTreeUnchanged(listing, root)] as const;
    // None may be under way any more when one has failed, for they use what is given back then.
    await Promise.allSettled(ends);
    const [{ file, object, ownBytes }] = await Promise.all(ends);
    signal?.throwIfAborted();
    const { sha256, sizeBytes } = object;
    await target.put(object, file.bytes ?? file);
    await baselines?.keepStats(sha256, stats.result());
    await baselines?.keepObject(sha256, file.chunks());
    return {
      manifestSha256: sha256,
      manifestBytes: sizeBytes,
      files: entries.counted.files,
      bytes: entries.counted.bytes,
      storedBytes: sizeBytes + ownBytes + ownStoredBytes(logs),
      packs: packs.count,
      newFiles: report.result(),
    };
  } finally {
    await pool.close();
    // After a failure too: nothing of this upload may still read the caller's buffers or write to its target.
    await packs.close();
    await maps.close();
    pieces.close();
    manifest?.file.close();
  }
}

function ownStoredBytes(objects: Iterable<LogRow | ObjectRow>, owner?: UploadId): number {
  let sum = 0;
  for (const object of objects) if (!('owner' in object) || object.owner === owner) sum += object.storedBytes;
  return sum;
}

const headerOf = (identity: SnapshotIdentity, storeAt: Instant): Omit<ManifestHeader, 'totals'> => ({
  mountId: identity.mountId,
  uploadId: identity.uploadId,
  parent: identity.parent,
  clocks: { requestedAt: identity.requestedAt, storeAt, serviceAt: identity.serviceAt },
  snapshot: { name: identity.snapName },
});
