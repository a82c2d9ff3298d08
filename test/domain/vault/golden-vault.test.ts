import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileWrapper } from '../../../gateway/encryption/file-wrapper.ts';
import { keyOf } from '../../../gateway/encryption/key-file.ts';
import type { FindKeys } from '../../../gateway/mover/restore/fetch-manifest.ts';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { unbindDataKey } from '../../../shared/domain/vault/encryption/data-key.ts';
import { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { formatVaultKey, parseVaultKey } from '../../../shared/domain/vault/keys.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import { folderSource } from '../../gateway/mover/folder-vault.ts';
import { factsOf } from '../../gateway/mover/sample-tree.ts';
import { freshContent, systemAfter } from './golden/golden-content.ts';
import { keysIn, type ReadEntry, readPoint } from './golden/mini-reader.ts';

interface Facts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Microseconds. */
  readonly mtime: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly first?: string;
  readonly target?: string;
}
interface Expected {
  readonly mountId: MountId;
  readonly points: readonly { readonly uploadId: UploadId; readonly manifestSha256: string }[];
  readonly facts: readonly (readonly [string, Facts])[];
}

const folder = join(import.meta.dirname, '../../golden');
const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
const { mountId } = expected;

const before = new Map(expected.facts);
const after = new Map(before);
const changedAt = 1_748_865_600_123_457;
const changed = (like: string, name: string, content: Buffer) => {
  const facts = before.get(like);
  if (facts)
    after.set(name, {
      ...facts,
      mtime: changedAt,
      size: content.length,
      sha256: sha256Hex(content),
      first: name,
    });
};
changed('/db/system.dbf', '/db/system.dbf', systemAfter);
changed('/gone', '/fresh', freshContent);
after.delete('/gone');

const points = expected.points.map((point, index) => ({
  ...point,
  name: `UID_${index + 1}`,
  facts: index === 0 ? before : after,
}));

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

describe('the golden vault', () => {
  it.each(points)('is restored as it was: $name', ({ uploadId, manifestSha256, facts }) =>
    expectRestored(folder, { mountId, uploadId, manifestSha256 }, facts),
  );

  it.each(points)(
    'is read alike by a reader made from the description alone: $name',
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

/** The key that the vault's data key is wrapped under stands beside it: it protects nothing. */
interface EncryptedExpected {
  readonly mountId: MountId;
  readonly secret: string;
  readonly points: readonly (Expected['points'][number] & { readonly facts: Expected['facts'] })[];
}

describe('the encrypted golden vault', () => {
  const vault = join(folder, 'encrypted');
  const { points: sealed, ...whose }: EncryptedExpected = JSON.parse(
    readFileSync(join(vault, 'expected.json'), 'utf8'),
  );
  const secret = Buffer.from(whose.secret, 'base64');

  it.each(sealed)('is restored with nothing but its key file: $uploadId', async ({ facts, ...point }) => {
    const findKeys: FindKeys = async ({ mountId: of, encryption }) => {
      const wrapper = fileWrapper(keyOf(secret, ''));
      if (encryption?.keyId !== wrapper.keyId) throw new Error('another key');
      const payload = await wrapper.unwrap(encryption.wrapped);
      const dataKey = unbindDataKey(payload, { ...encryption, mountId: of });
      return new MountKeys(dataKey ?? Buffer.alloc(32), { ...encryption, mountId: of });
    };

    await expectRestored(vault, { mountId: whose.mountId, ...point }, new Map(facts), findKeys);
  });

  it.each(sealed)(
    'is read alike by a reader made from the description alone: $uploadId',
    ({ uploadId, manifestSha256, facts }) => {
      const read = (key?: Buffer) => toFacts(readPoint(vault, whose.mountId, uploadId, manifestSha256, key));

      expect(read(secret)).toEqual(new Map(facts));
      expect(() => read()).toThrow(/no key/);
      expect(() => read(Buffer.alloc(32))).toThrow(/another key/);
    },
  );

  it('names nothing that is not there, and its second point builds on the first', () => {
    const owners = keysIn(vault).map((key) => parseVaultKey(key));

    expect(owners.every((key) => key && 'mountId' in key && key.mountId === whose.mountId)).toBe(true);
    expect(owners.filter((key) => key?.kind === 'pack')).toHaveLength(2);
    expect(owners.filter((key) => key?.kind === 'manifest')).toHaveLength(2);
  });
});
