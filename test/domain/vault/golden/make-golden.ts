import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uploadSnapshot } from '../../../../gateway/mover/upload/upload-snapshot.ts';
import type { MountId, UploadId } from '../../../../shared/domain/ids.ts';
import type { Instant } from '../../../../shared/domain/instant.ts';
import { compress } from '../../../../shared/domain/vault/compression.ts';
import {
  fileDigest,
  frameHash,
  hashLeaves,
  plainFrameHashes,
  startSegmentDigest,
} from '../../../../shared/domain/vault/digest.ts';
import { readManifest } from '../../../../shared/domain/vault/manifest-reader.ts';
import type {
  FileEntry,
  ManifestEntry,
  ManifestRow,
  ObjectRow,
  PackRow,
} from '../../../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector, encodeManifest } from '../../../../shared/domain/vault/manifest-writer.ts';
import { BundleWriter, bundleBufferBytes } from '../../../../shared/domain/vault/map-bundle.ts';
import { PackWriter } from '../../../../shared/domain/vault/pack.ts';
import { RunSet } from '../../../../shared/domain/vault/run-set.ts';
import type { Extent, Segment } from '../../../../shared/domain/vault/segment.ts';
import { folderSource, folderTarget } from '../../../gateway/mover/folder-vault.ts';
import { keyOf } from '../../../gateway/mover/memory-vault.ts';
import { factsOf } from '../../../gateway/mover/sample-tree.ts';
import { block, freshContent, makeGoldenTree, systemAfter } from './golden-content.ts';

/**
 * Made the golden vault, once: `node test/domain/vault/golden/make-golden.ts FOLDER`. What it makes depends on the version of zstd
 * and on who runs it, so the committed vault is only ever read; a later format gets a golden vault of its own.
 *
 * The first upload is a whole one by the mover. The second is what an incremental one will be: changed blocks of a
 * file gathered in an own frame, its other blocks in the parent's pack, everything else by the parent's segments.
 */
const [folder = ''] = process.argv.slice(2);
const mountId = 'mnt-01JWS0GFN8ZQ2H5V7Y3R4T6WXA' as MountId;
const first = '01JWS0M3D4FGHJKMNPQRSTVWXA' as UploadId;
const second = '01JWVK5Z9ABCDEFGHJKMNPQRSB' as UploadId;
const instant = (text: string) => `2025-06-${text}.000Z` as Instant;

async function makeFirst(root: string, work: string): Promise<string> {
  await makeGoldenTree(root);
  await writeFile(join(work, 'rman_full.log'), 'a log as it was sent\n');
  await writeFile(join(work, 'empty.log'), '');
  const log = { mountpoint: '/local/golden', platform: 'linux', receivedAt: instant('01T12:00:00') } as const;
  const times = { requestedAt: instant('01T12:00:00'), serviceAt: instant('01T12:00:02') };
  const { manifestSha256 } = await uploadSnapshot({
    root,
    identity: { mountId, uploadId: first, parent: null, ...times, snapName: 'UID_1' },
    logs: ['rman_full.log', 'empty.log'].map((name) => ({ path: join(work, name), ...log })),
    target: folderTarget(folder, mountId, first),
    clock: () => new Date(instant('01T12:00:01')),
  });
  return manifestSha256;
}

async function rowsOfFirst(sha256: string): Promise<ManifestRow[]> {
  const key = keyOf(mountId, first, { kind: 'manifest', number: 0, sha256, sizeBytes: 0 });
  const rows: ManifestRow[] = [];
  for await (const row of readManifest([await folderSource(folder).get(key)], key)) rows.push(row);
  return rows;
}

const target = folderTarget(folder, mountId, second);
const inPack = (owner: UploadId, frame: number, offset: number, length: number): Extent => ({
  length,
  place: { pack: { owner, number: 1 }, frame, offset },
});

/** Frame 0: two changed blocks and a new one, gathered. Frame 1: a new file, which does not compress. */
async function storePack(): Promise<PackRow> {
  const gathered = [1, 3, 6].map((number) => systemAfter.subarray(number * block, (number + 1) * block));
  const writer = new PackWriter(Buffer.alloc(2 ** 20));
  for (const raw of [Buffer.concat(gathered), freshContent]) {
    writer.add({
      ...compress(raw),
      rawBytes: raw.length,
      hash: frameHash(raw, plainFrameHashes).toString('hex'),
    });
  }
  const { bytes, sha256, indexSha256: tableSha256, rawBytes } = writer.seal();
  await target.put({ kind: 'pack', number: 1, sha256, sizeBytes: bytes.length }, bytes);
  const facts = { sha256, storedBytes: bytes.length, tableSha256, rawBytes, referencedBytes: rawBytes };
  return { kind: 'pack', owner: second, number: 1, ...facts };
}

/** In the first upload's pack `db/piece.bkp` is frame 0 and `db/system.dbf` frame 1. */
const systemExtents = [
  inPack(first, 1, 0, block),
  inPack(second, 0, 0, block),
  inPack(first, 1, 2 * block, block),
  inPack(second, 0, block, block),
  inPack(first, 1, 4 * block, block),
  { length: block },
  inPack(second, 0, 2 * block, 1000),
];

const segmentOf = (content: Buffer, leafBytes: number, extents: Extent[]): Segment => ({
  leafBytes,
  digest: startSegmentDigest().update(hashLeaves(content, leafBytes)).digest(),
  extents,
});

function fileOf(
  like: FileEntry,
  path: string,
  content: Buffer,
  segment: Segment,
  bundle: BundleWriter,
): FileEntry {
  const { leafBytes } = segment;
  const digest = fileDigest(content.length, leafBytes, [segment.digest]);
  const segments = [{ owner: second, number: 1, ...bundle.add(segment) }];
  const mtimeNs = 1_748_865_600_123_456_789n;
  return { ...like, path: Buffer.from(path), mtimeNs, size: content.length, leafBytes, digest, segments };
}

/** The first upload's entries, but for one file that changed and one that was replaced by another. */
function entriesOfSecond(before: readonly ManifestEntry[], bundle: BundleWriter): ManifestEntry[] {
  return before.map((entry) => {
    const name = entry.path.toString();
    if (entry.type !== 'file') return entry;
    const system = segmentOf(systemAfter, block, systemExtents);
    if (name === 'db/system.dbf') return fileOf(entry, name, systemAfter, system, bundle);
    const fresh = segmentOf(freshContent, 2048, [inPack(second, 1, 0, 5000)]);
    return name === 'gone' ? fileOf(entry, 'fresh', freshContent, fresh, bundle) : entry;
  });
}

async function makeSecond(parentSha256: string): Promise<string> {
  const rows = await rowsOfFirst(parentSha256);
  const objects = rows.flatMap((row) => (row.row === 'object' ? [row.object] : []));
  const bundle = new BundleWriter(Buffer.alloc(bundleBufferBytes));
  const entries = entriesOfSecond(
    rows.flatMap((row) => (row.row === 'entry' ? [row.entry] : [])),
    bundle,
  );
  const maps = bundle.seal();
  await target.put({ kind: 'map', number: 1, sha256: maps.sha256, sizeBytes: maps.bytes.length }, maps.bytes);
  const reused = entries
    .flatMap((entry) => (entry.type === 'file' ? entry.segments : []))
    .filter((ref) => ref.owner === first);
  const segments = RunSet.runsOf(reused.map((ref) => ref.index));
  // Of the first pack: without `gone` and the two blocks of `db/system.dbf` that changed.
  const dropped = 'only in the first'.length + 2 * block;
  const kept = objects.map(
    (row): ObjectRow =>
      row.kind === 'map' ? { ...row, segments } : { ...row, referencedBytes: row.referencedBytes - dropped },
  );
  const ownMap = {
    kind: 'map',
    owner: second,
    number: 1,
    sha256: maps.sha256,
    storedBytes: maps.bytes.length,
    tableSha256: maps.indexSha256,
    segments: [[0, 2]],
  } as const;
  const collector = new EntryCollector();
  for (const entry of entries) collector.add(entry);
  const clocks = {
    requestedAt: instant('02T12:00:00'),
    storeAt: instant('02T12:00:01'),
    serviceAt: instant('02T12:00:02'),
  };
  const parent = { uploadId: first, manifestSha256: parentSha256 };
  const header = { mountId, uploadId: second, parent, clocks, snapshot: { name: 'UID_2' } };
  const all = [...kept, ownMap, await storePack()].sort((one, other) =>
    one.kind < other.kind ? -1 : one.kind > other.kind ? 1 : 0,
  );
  const { bytes, sha256 } = await encodeManifest({ header, objects: all, logs: [] }, collector);
  await target.put({ kind: 'manifest', number: 0, sha256, sizeBytes: bytes.length }, bytes);
  return sha256;
}

const work = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
const root = join(work, 'root');
const firstSha256 = await makeFirst(root, work);
const secondSha256 = await makeSecond(firstSha256);
const facts = Object.entries(await factsOf(root)).map(([name, found]) => {
  const { mtimeNs, ...rest } = found as { readonly mtimeNs: bigint };
  return [name, { ...rest, mtime: Number((mtimeNs + 500n) / 1000n) }];
});
const expected = {
  mountId,
  points: [
    { uploadId: first, manifestSha256: firstSha256 },
    { uploadId: second, manifestSha256: secondSha256 },
  ],
  facts,
};
const text = JSON.stringify(expected, (_, value) => (typeof value === 'bigint' ? Number(value) : value), 2);
await writeFile(join(folder, 'expected.json'), `${text}\n`);
await rm(work, { recursive: true });
