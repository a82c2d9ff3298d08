import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { codecs } from '../../shared/domain/vault/compression.ts';
import {
  defaultLeafBytes,
  fileDigest,
  frameHash,
  hashLeaves,
  plainFrameHashes,
  startSegmentDigest,
} from '../../shared/domain/vault/digest.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import type { PackRow } from '../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector, encodeManifest } from '../../shared/domain/vault/manifest-writer.ts';
import { BundleWriter } from '../../shared/domain/vault/map-bundle.ts';
import { PackWriter } from '../../shared/domain/vault/pack.ts';
import { compareRefs } from '../../shared/domain/vault/pack-ref.ts';
import type { Vault } from '../../shared/ports/vault.ts';

/** A pack of one frame, and the text in it. */
export interface TinyPack {
  readonly row: PackRow;
  readonly text: string;
}

interface Identity {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly parent: { readonly uploadId: UploadId; readonly manifestSha256: string } | undefined;
  readonly at: Instant;
}

/** Packs of earlier snapshots that a file still needs. */
const inherited = 2;
const inode = { mode: 0o640, uid: 1, gid: 1, mtimeNs: 0n };

/** Stores a snapshot of one file: a block in a pack of its own, and the blocks of the two snapshots before it. */
export async function storeTinySnapshot(
  vault: Vault,
  { mountId, uploadId, parent, at }: Identity,
  earlier: readonly TinyPack[],
): Promise<{ readonly sha256: string; readonly sizeBytes: number; readonly packs: readonly TinyPack[] }> {
  const own = await storePack(vault, mountId, uploadId);
  const packs = [...earlier.slice(-inherited), own];
  const content = Buffer.from(packs.map(({ text }) => text).join(''));
  const digest = startSegmentDigest().update(hashLeaves(content, defaultLeafBytes)).digest();
  const extents = packs.map(({ row: { owner, number }, text }) => ({
    length: text.length,
    place: { pack: { owner, number }, frame: 0, offset: 0 },
  }));
  const bundle = new BundleWriter(Buffer.alloc(4096));
  const segment = bundle.add({ leafBytes: defaultLeafBytes, digest, extents });
  const { bytes: mapBytes, sha256: mapSha256, indexSha256 } = bundle.seal();
  await vault.putOnce(
    formatVaultKey({ kind: 'map', mountId, uploadId, number: 1, sha256: mapSha256 }),
    mapBytes,
  );
  const entries = new EntryCollector();
  entries.add({ type: 'directory', path: Buffer.alloc(0), ...inode });
  entries.add({
    ...{ type: 'file', path: Buffer.from('a'), ...inode, size: content.length, leafBytes: defaultLeafBytes },
    ...{ digest: fileDigest(content.length, defaultLeafBytes, [digest]), holes: [] },
    segments: [{ owner: uploadId, number: 1, ...segment }],
  });
  const clocks = { requestedAt: at, storeAt: at, serviceAt: at };
  const header = { mountId, uploadId, parent: parent ?? null, clocks, snapshot: { name: 'UID_1' } };
  const map = {
    ...{ kind: 'map' as const, owner: uploadId, number: 1, sha256: mapSha256, storedBytes: mapBytes.length },
    ...{ tableSha256: indexSha256, segments: [[0, 1]] as const },
  };
  const rows = packs.map(({ row }) => row).sort(compareRefs);
  const { bytes, sha256 } = await encodeManifest({ header, objects: [map, ...rows], logs: [] }, entries);
  await vault.putOnce(formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 }), bytes);
  return { sha256, sizeBytes: bytes.length, packs };
}

async function storePack(vault: Vault, mountId: MountId, owner: UploadId): Promise<TinyPack> {
  const raw = Buffer.from(`the block of ${owner}`);
  const writer = new PackWriter(Buffer.alloc(4096));
  writer.add({
    codec: codecs.raw,
    stored: raw,
    rawBytes: raw.length,
    hash: frameHash(raw, plainFrameHashes).toString('hex'),
  });
  const { bytes, sha256, indexSha256: tableSha256, rawBytes } = writer.seal();
  await vault.putOnce(formatVaultKey({ kind: 'pack', mountId, uploadId: owner, number: 1, sha256 }), bytes);
  const row: PackRow = {
    ...{ kind: 'pack', owner, number: 1, sha256, storedBytes: bytes.length, tableSha256 },
    ...{ rawBytes, referencedBytes: rawBytes },
  };
  return { row, text: raw.toString() };
}
