import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FindKeys } from '../../../gateway/mover/restore/fetch-manifest.ts';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { formatVaultKey, parseVaultKey } from '../../../shared/domain/vault/keys.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import { folderSource } from '../../gateway/mover/folder-vault.ts';
import { factsOf } from '../../gateway/mover/sample-tree.ts';
import { type Facts, openEncrypted } from './golden/encrypted-vault.ts';
import { freshContent, systemAfter } from './golden/golden-content.ts';
import { keysIn, type ReadEntry, readPoint } from './golden/mini-reader.ts';

interface Expected {
  readonly mountId: MountId;
  readonly points: readonly { readonly uploadId: UploadId; readonly manifestSha256: string }[];
  readonly facts: readonly (readonly [string, Facts])[];
}

const golden = join(import.meta.dirname, '../../golden');
const changedAt = 1_748_865_600_123_457;

/** The points of a vault without encryption, with what was in them. */
function openGolden(folder: string) {
  const { mountId, points, facts }: Expected = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  const before = new Map(facts);
  const after = new Map(before);
  const changed = (like: string, name: string, content: Buffer) => {
    const found = before.get(like);
    const hashed = { size: content.length, sha256: sha256Hex(content) };
    if (found) after.set(name, { ...found, ...hashed, mtime: changedAt, first: name });
  };
  changed('/db/system.dbf', '/db/system.dbf', systemAfter);
  changed('/gone', '/fresh', freshContent);
  after.delete('/gone');
  return {
    mountId,
    points: points.map((point, index) => ({ ...point, facts: index === 0 ? before : after })),
  };
}

/** What the mini-reader found, in the form of `factsOf`. */
function toFacts(entries: readonly ReadEntry[]): Map<string, unknown> {
  const result = new Map<string, unknown>();
  const groups = new Map<unknown, unknown>();
  const types = { directory: 0o040000, file: 0o100000, symlink: 0o120000 } as const;
  for (const { path, type, facts, content } of entries) {
    const name = path.length === 0 ? '' : `/${path.toString('latin1')}`;
    if (type === 'hardlink') {
      result.set(name, groups.get(facts.linkGroup));
      continue;
    }
    const { mode, uid, gid, mtimeNs } = facts;
    const kind = types[type as keyof typeof types];
    const common = { mode: kind + Number(mode), uid, gid, mtime: Math.round(Number(mtimeNs) / 1000) };
    if (type === 'symlink') result.set(name, { ...common, target: String(facts.target) });
    else if (!content) result.set(name, common);
    else {
      const hash = createHash('sha256');
      for (const piece of content()) hash.update(piece);
      const file = { ...common, size: facts.size, sha256: hash.digest('hex'), first: name };
      result.set(name, file);
      if (facts.linkGroup !== undefined) groups.set(facts.linkGroup, file);
    }
  }
  return result;
}

/** Restores a point, and compares it with what was backed up. */
async function expectRestored(
  vault: string,
  point: { readonly mountId: MountId; readonly uploadId: UploadId; readonly manifestSha256: string },
  facts: ReadonlyMap<string, Facts>,
  findKeys?: FindKeys,
): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const destination = join(parent, 'restored');

  await restoreSnapshot({
    ...point,
    source: folderSource(vault),
    destination,
    ...(findKeys && { findKeys }),
  });

  const found = Object.entries(await factsOf(destination)).map(([name, facts]) => {
    const { mtimeNs, ...rest } = facts as { readonly mtimeNs: bigint };
    return [name, { ...rest, mtime: Number((mtimeNs + 500n) / 1000n) }] as const;
  });
  const plain = JSON.parse(
    JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  );
  // Who restores without being root owns the files.
  const isRoot = process.geteuid?.() === 0;
  const wanted = [...facts].map(([name, one]) => [
    name,
    isRoot ? one : { ...one, uid: process.geteuid?.(), gid: process.getegid?.() },
  ]);
  expect(new Map(plain)).toEqual(new Map(wanted as [string, unknown][]));
}

describe.each([
  ['version 1', golden, 0],
  // Its second point has all packs of the first one too.
  ['packs of version 2', join(golden, 'packs-2/plain'), 1],
])('the golden vault of %s', (_, folder, first) => {
  const { mountId, points } = openGolden(folder);
  const read = points.slice(first);

  it.each(read)('is restored as it was: $uploadId', ({ uploadId, manifestSha256, facts }) =>
    expectRestored(folder, { mountId, uploadId, manifestSha256 }, facts),
  );

  it.each(read)(
    'is read alike by a reader made from the description alone: $uploadId',
    ({ uploadId, manifestSha256, facts }) => {
      expect(toFacts(readPoint(folder, mountId, uploadId, manifestSha256))).toEqual(facts);
    },
  );

  it('holds only objects whose key has their hash, and that a manifest names', async () => {
    const named = new Set<string>();
    for (const { uploadId, manifestSha256 } of points) {
      const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: manifestSha256 });
      named.add(key);
      for await (const row of readManifest([readFileSync(join(folder, key))], key)) {
        if (row.row === 'object')
          named.add(formatVaultKey({ ...row.object, mountId, uploadId: row.object.owner }));
        if (row.row === 'log') named.add(formatVaultKey({ kind: 'log', mountId, uploadId, ...row.log }));
      }
    }

    expect(keysIn(folder)).toEqual([...named].sort());
    for (const text of named) {
      const key = parseVaultKey(text);
      expect(key && 'sha256' in key && key.sha256).toBe(sha256Hex(readFileSync(join(folder, text))));
    }
  });
});

describe.each([
  ['version 1', join(golden, 'encrypted')],
  ['packs of version 2', join(golden, 'packs-2/encrypted')],
])('the encrypted golden vault of %s', (_, vault) => {
  const { points: sealed, mountId, secret, findKeys } = openEncrypted(vault);

  it.each(sealed)('is restored with nothing but its key file: $uploadId', async ({ facts, ...point }) => {
    await expectRestored(vault, { mountId, ...point }, new Map(facts), findKeys);
  });

  it.each(sealed)(
    'is read alike by a reader made from the description alone: $uploadId',
    ({ uploadId, manifestSha256, facts }) => {
      const read = (key?: Buffer) => toFacts(readPoint(vault, mountId, uploadId, manifestSha256, key));

      expect(read(secret)).toEqual(new Map(facts));
      expect(() => read()).toThrow(/no key/);
      expect(() => read(Buffer.alloc(32))).toThrow(/another key/);
    },
  );

  it('names nothing that is not there, and its second point builds on the first', () => {
    const owners = keysIn(vault).map((key) => parseVaultKey(key));

    expect(owners.every((key) => key && 'mountId' in key && key.mountId === mountId)).toBe(true);
    expect(owners.filter((key) => key?.kind === 'pack')).toHaveLength(2);
    expect(owners.filter((key) => key?.kind === 'manifest')).toHaveLength(2);
  });
});
