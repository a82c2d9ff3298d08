import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { codecs } from '../../shared/domain/vault/compression.ts';
import {
  defaultLeafBytes,
  fileDigest,
  frameHash,
  hashLeaves,
  plainFrameHashes,
  sha256Hex,
  startSegmentDigest,
} from '../../shared/domain/vault/digest.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import type {
  FileEntry,
  LogRow,
  MapRow,
  ObjectRow,
  PackRow,
  SegmentRef,
} from '../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector, manifestPieces } from '../../shared/domain/vault/manifest-writer.ts';
import { BundleWriter } from '../../shared/domain/vault/map-bundle.ts';
import { PackWriter } from '../../shared/domain/vault/pack.ts';
import { compareRefs, refKey } from '../../shared/domain/vault/pack-ref.ts';
import { type Extent, packsNamedBy, type Segment } from '../../shared/domain/vault/segment.ts';
import type { ObjectToStore } from '../../shared/usecases/uploads/sign-upload.ts';
import type { Random } from './random.ts';

/** The files of a snapshot: each some blocks of text, which are its frames. */
export type Files = ReadonlyMap<string, readonly string[]>;

/** What a gateway remembers of a committed point, to build the next one on it. */
export interface Baseline {
  readonly files: ReadonlyMap<string, { readonly blocks: readonly string[]; readonly stored: StoredFile }>;
  readonly objects: ReadonlyMap<string, ObjectRow>;
}

interface StoredFile {
  readonly segment: Segment;
  readonly ref: SegmentRef;
}

export interface SnapshotIdentity {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly parent?: { readonly uploadId: UploadId; readonly manifestSha256: string } | undefined;
  readonly requestedAt: Instant;
  readonly openedAt: Instant;
  readonly snapName: string;
}

/** A snapshot in the vault's format, ready to be sent. */
export interface PackedSnapshot {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  readonly objects: readonly { readonly object: ObjectToStore; readonly bytes: Uint8Array }[];
  /** Every key that a restore of it reads. */
  readonly keys: readonly string[];
  readonly baseline: Baseline;
}

const inode = { mode: 0o640, uid: 1, gid: 1, mtimeNs: 0n };
const packBytes = 16_384;
const bundleBytes = 8192;

/** A log as the script of a DBA sends it. */
export interface SentLog {
  readonly text: string;
  readonly mountpoint: string;
}

export const logRow = ({ text, mountpoint }: SentLog, receivedAt: Instant): Omit<LogRow, 'number'> => {
  const bytes = Buffer.byteLength(text);
  const sha256 = sha256Hex(Buffer.from(text));
  return {
    ...{ sha256, storedBytes: bytes, rawBytes: bytes, codec: 'none', mountpoint },
    ...{ platform: 'linux', fileName: 'rman.log', receivedAt },
  };
};

/**
 * Packs files as a gateway does: what the parent has is referenced, as often as the dice say, and the rest goes into packs
 * of its own. Any subset of the parent's packs comes up that way.
 */
export async function packSnapshot(
  identity: SnapshotIdentity,
  files: Files,
  logs: readonly SentLog[],
  parent: Baseline | undefined,
  random: Random,
): Promise<PackedSnapshot> {
  const writer = new SnapshotWriter(identity, parent, random);
  for (const [path, blocks] of files) writer.chooseExtents(path, blocks);
  return writer.finish(files, logs);
}

interface Chosen {
  readonly blocks: readonly string[];
  /** Taken over whole. */
  readonly known?: StoredFile;
  readonly extents: readonly Extent[];
}

class SnapshotWriter {
  readonly #identity: SnapshotIdentity;
  readonly #parent: Baseline | undefined;
  readonly #random: Random;
  readonly #packs = [1, 2].map((number) => ({
    number,
    writer: new PackWriter(Buffer.alloc(packBytes)),
    frames: 0,
  }));
  readonly #chosen = new Map<string, Chosen>();
  readonly #share: number;

  constructor(identity: SnapshotIdentity, parent: Baseline | undefined, random: Random) {
    this.#identity = identity;
    this.#parent = identity.parent === undefined ? undefined : parent;
    this.#random = random;
    this.#share = random.pick([0.3, 0.8, 1]);
  }

  chooseExtents(path: string, blocks: readonly string[]): void {
    const known = this.#parent?.files.get(path);
    const isSame = known?.blocks.join() === blocks.join();
    if (known && isSame && this.#random.chance(this.#share)) {
      this.#chosen.set(path, { blocks, known: known.stored, extents: known.stored.segment.extents });
      return;
    }
    const extents = blocks.map((block) => this.#parentExtent(block) ?? this.#newExtent(block));
    this.#chosen.set(path, { blocks, extents });
  }

  #parentExtent(block: string): Extent | undefined {
    if (!this.#random.chance(this.#share)) return undefined;
    for (const { blocks, stored } of this.#parent?.files.values() ?? []) {
      const index = blocks.indexOf(block);
      if (index >= 0) return stored.segment.extents[index];
    }
    return undefined;
  }

  #newExtent(block: string): Extent {
    const raw = Buffer.from(block);
    const pack = this.#random.pick(this.#packs);
    if (pack === undefined) throw new Error('there are packs');
    const frame = pack.writer.add({
      codec: codecs.raw,
      stored: raw,
      rawBytes: raw.length,
      hash: frameHash(raw, plainFrameHashes).toString('hex'),
    });
    pack.frames++;
    const { uploadId: owner } = this.#identity;
    return { length: raw.length, place: { pack: { owner, number: pack.number }, frame, offset: 0 } };
  }

  async finish(files: Files, logs: readonly SentLog[]): Promise<PackedSnapshot> {
    const { mountId, uploadId, parent = null } = this.#identity;
    const objects: { object: ObjectToStore; bytes: Uint8Array }[] = [];
    const own = new Map<string, ObjectRow>();
    for (const { number, writer, frames } of this.#packs) {
      if (frames === 0) continue;
      const { bytes, sha256, indexSha256: tableSha256, rawBytes } = writer.seal();
      objects.push({ object: { kind: 'pack', number, sha256, sizeBytes: bytes.length }, bytes });
      const row: PackRow = {
        ...{ kind: 'pack', owner: uploadId, number, sha256, storedBytes: bytes.length, tableSha256 },
        ...{ rawBytes, referencedBytes: rawBytes },
      };
      own.set(`pack ${refKey(row)}`, row);
    }
    const stored = this.#storeSegments(objects, own);
    const rows = this.#tablesOf(stored, own);
    const entries = new EntryCollector();
    entries.add({ type: 'directory', path: Buffer.alloc(0), ...inode });
    for (const path of [...files.keys()].sort())
      entries.add(fileEntry(path, stored.get(path), files.get(path)));
    const logRows = logs.map((log, index) => ({
      ...logRow(log, this.#identity.requestedAt),
      number: index + 1,
    }));
    logRows.forEach(({ number, sha256, storedBytes: sizeBytes }, index) => {
      objects.push({
        object: { kind: 'log', number, sha256, sizeBytes },
        bytes: Buffer.from(logs[index]?.text ?? ''),
      });
    });
    const { requestedAt, openedAt: serviceAt, snapName: name } = this.#identity;
    const clocks = { requestedAt, storeAt: requestedAt, serviceAt };
    const header = { mountId, uploadId, parent, clocks, snapshot: { name } };
    const pieces = manifestPieces({ header, objects: rows, logs: logRows }, entries);
    // At once: a stream would wait for a thread, and every life packs some dozen snapshots.
    const bytes = zstdCompressSync(Buffer.concat([...pieces]));
    const sha256 = sha256Hex(bytes);
    objects.push({ object: { kind: 'manifest', number: 0, sha256, sizeBytes: bytes.length }, bytes });
    return {
      ...{ manifestSha256: sha256, manifestBytes: bytes.length, objects },
      keys: [
        formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 }),
        ...rows.map((row) => formatVaultKey({ ...row, mountId, uploadId: row.owner })),
        ...logRows.map((row) => formatVaultKey({ kind: 'log', mountId, uploadId, ...row })),
      ],
      baseline: {
        files: new Map(
          [...stored].map(([path, file]) => [path, { blocks: files.get(path) ?? [], stored: file }]),
        ),
        objects: new Map(rows.map((row) => [`${row.kind} ${refKey(row)}`, row])),
      },
    };
  }

  /** A bundle of its own for the segments that the parent does not have. */
  #storeSegments(
    objects: { object: ObjectToStore; bytes: Uint8Array }[],
    own: Map<string, ObjectRow>,
  ): Map<string, StoredFile> {
    const { uploadId: owner } = this.#identity;
    const bundle = new BundleWriter(Buffer.alloc(bundleBytes));
    const stored = new Map<string, StoredFile>();
    for (const [path, { blocks, known, extents }] of this.#chosen) {
      if (known) stored.set(path, known);
      else {
        const segment = { leafBytes: defaultLeafBytes, digest: segmentDigest(blocks), extents };
        stored.set(path, { segment, ref: { owner, number: 1, ...bundle.add(segment) } });
      }
    }
    if (bundle.segmentCount === 0) return stored;
    const { bytes, sha256, indexSha256: tableSha256 } = bundle.seal();
    objects.push({ object: { kind: 'map', number: 1, sha256, sizeBytes: bytes.length }, bytes });
    const row: MapRow = {
      ...{ kind: 'map', owner, number: 1, sha256, storedBytes: bytes.length, tableSha256 },
      segments: [],
    };
    own.set(`map ${refKey(row)}`, row);
    return stored;
  }

  #tablesOf(stored: ReadonlyMap<string, StoredFile>, own: ReadonlyMap<string, ObjectRow>): ObjectRow[] {
    const segments = new Map<string, Set<number>>();
    const bytes = new Map<string, number>();
    const counted = new Set<string>();
    for (const { ref, segment } of stored.values()) {
      const map = `map ${refKey(ref)}`;
      segments.set(map, (segments.get(map) ?? new Set()).add(ref.index));
      if (counted.has(`${map} ${ref.index}`)) continue;
      counted.add(`${map} ${ref.index}`);
      for (const pack of packsNamedBy(segment)) {
        const key = `pack ${refKey(pack)}`;
        bytes.set(key, (bytes.get(key) ?? 0) + pack.bytes);
      }
    }
    const rowOf = (key: string): ObjectRow => {
      const row = own.get(key) ?? this.#parent?.objects.get(key);
      if (row === undefined) throw new Error(`neither own nor the parent's: ${key}`);
      return row;
    };
    const maps = [...segments].map(([key, used]): ObjectRow => {
      const row = rowOf(key);
      return row.kind === 'map' ? { ...row, segments: runsOf(used) } : row;
    });
    const packs = [...bytes].map(([key, named]): ObjectRow => {
      const row = rowOf(key);
      return row.kind === 'pack' ? { ...row, referencedBytes: Math.min(named, row.rawBytes) } : row;
    });
    return [...maps.sort(compareRefs), ...packs.sort(compareRefs)];
  }
}

const runsOf = (used: ReadonlySet<number>): [number, number][] =>
  [...used]
    .sort((a, b) => a - b)
    .map((index) => [index, 1] as [number, number])
    .reduce<[number, number][]>((runs, [index]) => {
      const last = runs.at(-1);
      if (last && last[0] + last[1] === index) last[1]++;
      else runs.push([index, 1]);
      return runs;
    }, []);

function segmentDigest(blocks: readonly string[]): Buffer {
  return startSegmentDigest()
    .update(hashLeaves(Buffer.from(blocks.join('')), defaultLeafBytes))
    .digest();
}

function fileEntry(path: string, file: StoredFile | undefined, blocks: readonly string[] = []): FileEntry {
  if (file === undefined) throw new Error(`${path} was not stored`);
  const size = Buffer.byteLength(blocks.join(''));
  return {
    ...{ type: 'file', path: Buffer.from(path), ...inode, size, leafBytes: defaultLeafBytes, holes: [] },
    digest: fileDigest(size, defaultLeafBytes, [file.segment.digest]),
    segments: [file.ref],
  };
}

/** Blocks that no other snapshot has. */
export const newBlock = (random: Random): string =>
  createHash('sha256')
    .update(`${random.below(2 ** 30)} ${random.below(2 ** 30)}`)
    .digest('base64')
    .slice(0, 12 + random.below(28));
