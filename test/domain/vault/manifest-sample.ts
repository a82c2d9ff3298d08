import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Instant } from '../../../shared/domain/instant.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type {
  FileEntry,
  LogRow,
  ManifestEntry,
  ManifestRow,
  ObjectRow,
} from '../../../shared/domain/vault/manifest-rows.ts';
import {
  EntryCollector,
  encodeManifest,
  type ManifestTables,
} from '../../../shared/domain/vault/manifest-writer.ts';
import { mountId, uploadIds } from './vault-arbitraries.ts';

const [parent, own] = uploadIds;
const sha256 = 'cd'.repeat(32);
const at = '2026-01-31T12:00:00.000Z' as Instant;
export const header: ManifestTables['header'] = {
  mountId,
  uploadId: own,
  parent: { uploadId: parent, manifestSha256: sha256 },
  clocks: { requestedAt: at, storeAt: at, serviceAt: at },
  snapshot: { name: 'UID_1' },
};
const stored = { sha256, storedBytes: 100, tableSha256: sha256 };
export const objects: ObjectRow[] = [
  { kind: 'map', owner: parent, number: 4, ...stored, segments: [[2, 1]] },
  { kind: 'map', owner: own, number: 1, ...stored, segments: [[0, 2]] },
  { kind: 'pack', owner: parent, number: 9, ...stored, rawBytes: 500, referencedBytes: 20 },
  { kind: 'pack', owner: own, number: 1, ...stored, rawBytes: 500, referencedBytes: 500 },
];
export const logs: LogRow[] = [
  {
    number: 1,
    sha256,
    storedBytes: 9,
    codec: 'none',
    rawBytes: 9,
    mountpoint: '/local/m',
    platform: 'linux',
    fileName: 'rman.log',
    receivedAt: at,
  },
];
export const inode = { mode: 0o640, uid: 54_321, gid: 54_322, mtimeNs: 1_769_860_800_123_456_789n };
export const path = (text: string) => ({ path: Buffer.from(text) });
export const file = (name: string, index: number, more: Partial<FileEntry> = {}): FileEntry => ({
  type: 'file',
  ...path(name),
  ...inode,
  size: 8192,
  leafBytes: 8192,
  digest: sha256,
  holes: [],
  segments: [{ sha256, owner: own, number: 1, index }],
  ...more,
});
export const entries: ManifestEntry[] = [
  { type: 'directory', ...path(''), ...inode },
  { type: 'directory', ...path('a'), ...inode, mtimeNs: -1n },
  file('a/x', 0, { linkGroup: 1, holes: [[0, 4096]] }),
  { type: 'hardlink', ...path('a/y'), linkGroup: 1 },
  file('a-old', 1, { segments: [{ sha256, owner: parent, number: 4, index: 2 }] }),
  { type: 'skipped', ...path('pipe'), reason: 'pipe' },
  { type: 'symlink', ...path('to'), ...inode, target: Buffer.from('a/x') },
  { ...file('', 1), path: Buffer.from([0xff, 0x2d, 0xfe]) },
];

/** A manifest of the sample's rows, or of those given. */
export async function encode(
  parts: { header?: object; objects?: ObjectRow[]; logs?: LogRow[]; entries?: ManifestEntry[] } = {},
) {
  const collector = new EntryCollector();
  for (const entry of parts.entries ?? entries) collector.add(entry);
  const tables = {
    header: { ...header, ...parts.header },
    objects: parts.objects ?? objects,
    logs: parts.logs ?? logs,
  };
  return encodeManifest(tables, collector);
}

/** The manifest's rows, or the error of the first that is wrong. */
export async function readAll(bytes: Uint8Array): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  for await (const row of readManifest([bytes], 'manifest 1')) rows.push(row);
  return rows;
}

/** The manifest with its lines changed, and whole again. */
export async function edited(change: (lines: string[]) => string[]): Promise<Buffer> {
  const { bytes } = await encode();
  const lines = zstdDecompressSync(bytes).toString().trimEnd().split('\n');
  return zstdCompressSync(
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

export const damaged = (message: RegExp) =>
  expect.objectContaining({
    code: 'VAULT_OBJECT_DAMAGED',
    message: expect.stringMatching(new RegExp(`manifest 1.*${message.source}`)),
  });
