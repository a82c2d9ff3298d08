import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore-snapshot.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
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

describe('the golden vault', () => {
  it.each(points)('is restored as it was: $name', async ({ uploadId, manifestSha256, facts }) => {
    const parent = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    const destination = join(parent, 'restored');

    await restoreSnapshot({ mountId, uploadId, manifestSha256, source: folderSource(folder), destination });

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
  });

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
