import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import {
  bytesOf,
  checkSealed,
  decrypt,
  ensure,
  hmac,
  isZero,
  list,
  number,
  type Row,
  type Sealing,
  sha,
  text,
  unseal,
} from './mini-sealing.ts';

export interface ReadEntry {
  readonly path: Buffer;
  readonly type: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Of a file: its bytes in pieces, verified. */
  readonly content?: () => Generator<Buffer>;
}

// A second reader of the vault, written from docs/format.md alone: it shares nothing with the project's own, and holds all in memory.

interface Segment {
  readonly digest: Buffer;
  readonly leafBytes: number;
  readonly extents: readonly {
    readonly length: number;
    readonly pack?: string;
    readonly frame: number;
    readonly offset: number;
  }[];
}

/** Section 3: the items of a pack or bundle, each expanded and verified; and the index behind its records. */
function readContainer(
  bytes: Buffer,
  kind: 'map' | 'pack',
  tableSha256: string,
  { name, sealing }: { name: string; sealing: Sealing | undefined },
) {
  const [head, tail] = kind === 'pack' ? ['HOLDPACK', 'PACKTAIL'] : ['HOLDMAPS', 'MAPSTAIL'];
  ensure(bytes.toString('latin1', 0, 8) === head, 'bad header');
  const trailer = bytes.subarray(bytes.length - 96);
  ensure(trailer.toString('latin1', 88) === tail, 'bad trailer');
  const version = bytes.readUInt16BE(8);
  ensure(version === 1 || (version === 2 && kind === 'pack'), `version ${version}`);
  ensure(trailer.readUInt16BE(86) === version, 'another version at the end');
  const isClear = isZero(bytes.subarray(10, 64)) && isZero(trailer.subarray(44, 86));
  ensure(sealing ? !isClear : isClear, 'encrypted where it must not be, or the other way round');
  const packKey = sealing && kind === 'pack' ? sealing.packKey(bytes.subarray(16, 48), name) : undefined;
  const [indexAt, indexBytes, count] = [
    trailer.readUInt32BE(0),
    trailer.readUInt32BE(4),
    trailer.readUInt32BE(8),
  ];
  ensure(indexAt + indexBytes + 96 === bytes.length, 'bad index place');
  const index = bytes.subarray(indexAt, indexAt + indexBytes);
  ensure(
    sha(index).equals(trailer.subarray(12, 44)) && sha(index).toString('hex') === tableSha256,
    'bad index',
  );
  if (sealing) checkSealed({ kind, name, sealing }, [bytes.subarray(0, 64), index, trailer]);
  let expectedAt = 64;
  const items = Array.from({ length: count }, (_, position) => {
    const record = index.subarray(position * 64, position * 64 + 64);
    const [at, stored, raw] = [record.readUInt32BE(32), record.readUInt32BE(36), record.readUInt32BE(40)];
    ensure(at === expectedAt, 'a gap between items');
    expectedAt += stored;
    const nonce = record.subarray(48, 60);
    ensure(
      isZero(nonce.subarray(0, 8)) && nonce.readUInt32BE(8) === (packKey ? position : 0),
      'another nonce',
    );
    const kept = bytes.subarray(at, at + stored);
    const piece = packKey ? decrypt(packKey, nonce, kept) : kept;
    const codec = record.readUInt8(44);
    ensure(codec === 0 || codec === 1, `codec ${codec}`);
    const expanded = codec === 0 ? piece : zstdDecompressSync(piece, { maxOutputLength: raw });
    const hash = version === 2 ? hashByBlocks(expanded, sealing) : hashAsWhole(expanded, packKey && sealing);
    ensure(expanded.length === raw && hash.equals(record.subarray(0, 32)), 'a damaged item');
    return { raw: expanded, hash: record.toString('hex', 0, 32), lastField: record.readUInt32BE(60) };
  });
  ensure(expectedAt === indexAt, 'a gap before the index');
  return { items, rest: index.subarray(count * 64) };
}

const hashAsWhole = (raw: Buffer, sealing: Sealing | undefined): Buffer =>
  sealing ? hmac(sealing.derive('frame hash'), raw) : sha(raw);

/** Section 4: over the hashes of blocks of 8 KiB. */
function hashByBlocks(raw: Buffer, sealing: Sealing | undefined): Buffer {
  const blocks = Array.from({ length: Math.ceil(raw.length / 8192) }, (_, block) => {
    const bytes = raw.subarray(block * 8192, (block + 1) * 8192);
    return sealing ? hmac(sealing.derive('leaf'), bytes) : sha(bytes);
  });
  return hashAsWhole(Buffer.concat([Buffer.from('holdfast frame 2\n'), ...blocks]), sealing);
}

/** Section 5: a segment's bytes. */
function readSegment(bytes: Buffer): Segment {
  let at = 5;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  ensure(bytes.toString('latin1', 0, 4) === 'HSEG' && bytes.readUInt8(4) === 1, 'no segment');
  const covered = varint();
  const leafBytes = varint();
  const digest = take(32);
  const owners = Array.from({ length: varint() }, () => take(26).toString('latin1'));
  const packs = Array.from({ length: varint() }, () => `${owners[varint()]}/${varint()}`);
  const extents = Array.from({ length: varint() }, () => {
    const [length, pack] = [varint(), varint()];
    if (pack === 0) return { length, frame: 0, offset: 0 };
    const name = packs[pack - 1];
    ensure(name, 'an unknown pack');
    return { length, pack: name, frame: varint(), offset: varint() };
  });
  ensure(at === bytes.length, 'bytes after the segment');
  ensure(extents.reduce((sum, extent) => sum + extent.length, 0) === covered, 'extents that do not add up');
  return { digest, leafBytes, extents };
}

/** Section 5: the packs that each segment of a bundle names, from the directory behind the records. */
function readPackSets(rest: Buffer, counts: readonly number[]): Map<string, number>[] {
  const ownerCount = rest.readUInt32BE(0);
  const owners = Array.from({ length: ownerCount }, (_, owner) =>
    rest.toString('latin1', 4 + owner * 26, 30 + owner * 26),
  );
  let at = 4 + ownerCount * 26;
  return counts.map((count) => {
    const named = new Map<string, number>();
    for (let done = 0; done < count; done++, at += 12) {
      named.set(`${owners[rest.readUInt32BE(at)]}/${rest.readUInt32BE(at + 4)}`, rest.readUInt32BE(at + 8));
    }
    return named;
  });
}

function readRows(bytes: Buffer, secret: Buffer | undefined): { rows: Row[]; sealing: Sealing | undefined } {
  const lines = zstdDecompressSync(bytes).toString().split('\n');
  ensure(lines.pop() === '', 'a line without end');
  const rows = lines.map((line): Row => JSON.parse(line));
  const [header] = rows;
  ensure(
    header?.row === 'manifest' && header.format === 'holdfast-manifest' && header.version === 1,
    'no manifest',
  );
  ensure(list(header.features).length === 0, 'an unknown feature');
  const sealing = unseal(header, secret);
  const end = rows.at(-1);
  ensure(
    end?.row === 'end' && JSON.stringify(end.totals) === JSON.stringify(header.totals),
    'a manifest that is cut off',
  );
  const before = lines.slice(0, -1).map((line) => `${line}\n`);
  const mac = sealing && hmac(sealing.derive('mac'), 'holdfast 1 manifest\n', ...before).toString('hex');
  ensure(end.mac === mac, 'another MAC of the manifest');
  return { rows, sealing };
}

/** Reads a recovery point from a folder that mirrors the bucket; one that is encrypted with the secret of its key file. */
export function readPoint(
  folder: string,
  mountId: string,
  uploadId: string,
  manifestSha256: string,
  secret?: Buffer,
): ReadEntry[] {
  const uploads = join(folder, 'v1/mounts', mountId, 'uploads');
  const fetch = (owner: string, name: string, hash: string): Buffer => {
    const bytes = readFileSync(join(uploads, owner, name));
    ensure(sha(bytes).toString('hex') === hash, `${name} is damaged`);
    return bytes;
  };
  const manifest = fetch(uploadId, `manifest-${manifestSha256}.zst`, manifestSha256);
  const { rows, sealing } = readRows(manifest, secret);
  const hashLeaf = sealing ? (leaf: Buffer) => hmac(sealing.derive('leaf'), leaf) : sha;
  const [packs, bundles] = [
    new Map<string, Buffer[]>(),
    new Map<string, { segment: Segment; address: string }[]>(),
  ];
  const [named, referenced] = [new Map<string, number>(), new Map<string, number>()];
  for (const row of rows.filter((one) => one.row === 'object')) {
    const [owner, hash] = [text(row.owner), text(row.sha256)];
    const name = `${owner}/${number(row.number)}`;
    const padded = String(row.number).padStart(8, '0');
    const sealed = { name: `${owner}\n${number(row.number)}`, sealing };
    if (row.kind === 'pack') {
      const bytes = fetch(owner, `packs/${padded}-${hash}`, hash);
      const { items, rest } = readContainer(bytes, 'pack', text(row.tableSha256), sealed);
      ensure(rest.length === 0, 'bytes after the frame table');
      packs.set(
        name,
        items.map((item) => item.raw),
      );
      referenced.set(name, number(row.referencedBytes));
    } else {
      const bytes = fetch(owner, `maps/${padded}-${hash}`, hash);
      const { items, rest } = readContainer(bytes, 'map', text(row.tableSha256), sealed);
      bundles.set(
        name,
        items.map((item) => ({ segment: readSegment(item.raw), address: item.hash })),
      );
      const sets = readPackSets(
        rest,
        items.map((item) => item.lastField),
      );
      for (const [first, count] of list(row.segments) as unknown as [number, number][]) {
        for (const [pack, bytesNamed] of sets.slice(first, first + count).flatMap((set) => [...set])) {
          named.set(pack, (named.get(pack) ?? 0) + bytesNamed);
        }
      }
    }
  }
  const inOrder = (sums: Map<string, number>) => JSON.stringify([...sums].sort());
  ensure(inOrder(named) === inOrder(referenced), 'pack rows that are not what the segments name');
  checkLogs(rows, join(uploads, uploadId));
  return rows.filter((row) => row.row === 'entry').map((row) => toEntry(row, packs, bundles, hashLeaf));
}

function checkLogs(rows: readonly Row[], folder: string): void {
  for (const row of rows.filter((one) => one.row === 'log')) {
    const stored = readFileSync(
      join(folder, 'logs', `${String(row.number).padStart(8, '0')}-${text(row.sha256)}`),
    );
    ensure(sha(stored).toString('hex') === row.sha256, 'a damaged log');
    const raw = row.codec === 'zstd' ? zstdDecompressSync(stored) : stored;
    ensure(raw.length === row.rawBytes, 'a log of another length');
  }
}

function toEntry(
  row: Row,
  packs: ReadonlyMap<string, Buffer[]>,
  bundles: ReadonlyMap<string, { segment: Segment; address: string }[]>,
  hashLeaf: (leaf: Buffer) => Buffer,
): ReadEntry {
  const path = bytesOf(row, 'path');
  const type = text(row.type);
  const facts = type === 'symlink' ? { ...row, target: bytesOf(row, 'target') } : row;
  if (type !== 'file') return { path, type, facts };
  const segments = list(row.segments).map((ref) => {
    const found = bundles.get(`${text(ref.owner)}/${number(ref.number)}`)?.[number(ref.index)];
    ensure(found && found.address === ref.sha256, 'a segment that is not there');
    ensure(found.segment.leafBytes === row.leafBytes, 'another leaf size');
    return found.segment;
  });
  const shape = Buffer.alloc(12);
  shape.writeBigUInt64BE(BigInt(number(row.size)));
  shape.writeUInt32BE(number(row.leafBytes), 8);
  const digest = sha('holdfast file 1\n', shape, ...segments.map((segment) => segment.digest)).toString(
    'hex',
  );
  ensure(digest === row.digest, 'another digest');
  return { path, type, facts, content: () => contentOf(segments, packs, hashLeaf) };
}

/** The pieces of a file; a segment's content digest is checked at its end. */
function* contentOf(
  segments: readonly Segment[],
  packs: ReadonlyMap<string, Buffer[]>,
  hashLeaf: (leaf: Buffer) => Buffer,
): Generator<Buffer> {
  for (const { extents, leafBytes, digest } of segments) {
    const leaves = createHash('sha256').update('holdfast segment 1\n');
    let open = Buffer.alloc(0);
    for (const piece of piecesOf(extents, packs)) {
      yield piece;
      open = Buffer.concat([open, piece]);
      const whole = open.length - (open.length % leafBytes);
      for (let at = 0; at < whole; at += leafBytes)
        leaves.update(hashLeaf(open.subarray(at, at + leafBytes)));
      open = open.subarray(whole);
    }
    if (open.length > 0) leaves.update(hashLeaf(open));
    ensure(leaves.digest().equals(digest), 'another segment digest');
  }
}

function* piecesOf(extents: Segment['extents'], packs: ReadonlyMap<string, Buffer[]>): Generator<Buffer> {
  for (const { length, pack, frame, offset } of extents) {
    if (pack === undefined) {
      for (let done = 0; done < length; done += 2 ** 20) yield Buffer.alloc(Math.min(2 ** 20, length - done));
    } else {
      const piece = packs.get(pack)?.[frame]?.subarray(offset, offset + length);
      ensure(piece?.length === length, 'an extent outside its frame');
      yield piece;
    }
  }
}

/** All keys of the folder, for comparing with what manifests name. */
export const keysIn = (folder: string): string[] =>
  readdirSync(join(folder, 'v1'), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(folder.length + 1))
    .sort();
