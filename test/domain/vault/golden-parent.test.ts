import { createHash } from 'node:crypto';
import { cp, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Baselines } from '../../../gateway/mover/baseline/baselines.ts';
import type { ParentSource } from '../../../gateway/mover/ports.ts';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import { uploadSnapshot } from '../../../gateway/mover/upload/upload-snapshot.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import { folderSource, folderTarget } from '../../gateway/mover/folder-vault.ts';
import { openEncrypted } from './golden/encrypted-vault.ts';
import { textBlock } from './golden/golden-content.ts';
import { keysIn, readPoint } from './golden/mini-reader.ts';

const block = 8192;
const uploadId = '01K5C0000000000000000000CC' as UploadId;
const at = (second: number) => `2025-09-03T12:00:0${second}.000Z` as Instant;

/** Objects of the vault by what they are and their number, for their hash is part of their key. */
const sourceOf = (vault: string, manifestKey: string): ParentSource => ({
  manifest: () => folderSource(vault).get(manifestKey),
  async object({ kind, owner, number }) {
    const begin = `${owner}/${kind}s/${String(number).padStart(8, '0')}-`;
    const key = keysIn(vault).find((one) => one.includes(begin));
    return key === undefined ? undefined : folderSource(vault).get(key);
  },
});

it.each([
  ['version 1', 'encrypted'],
  ['version 2', 'packs-2/encrypted'],
])(
  'a store that lost everything goes on after packs of %s by the hashes of their frames',
  async (_, name) => {
    const golden = join(import.meta.dirname, '../../golden', name);
    const { mountId, points, dataKey, secret, unwrap, findKeys } = openEncrypted(golden);
    const [parent] = points;
    if (!parent) throw new Error('there is a first point');
    const work = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
    onTestFinished(() => rm(work, { recursive: true }));
    const [root, vault] = [join(work, 'root'), join(work, 'vault')];
    await cp(golden, vault, { recursive: true });
    const source = folderSource(vault);
    const { manifestSha256 } = parent;
    await restoreSnapshot({
      mountId,
      uploadId: parent.uploadId,
      manifestSha256,
      source,
      destination: root,
      findKeys,
    });
    const datafile = await open(join(root, 'db/large.dbf'), 'r+');
    await datafile.write(textBlock(140, 1), 0, block, 140 * block);
    await datafile.close();
    const parentKey = formatVaultKey({
      kind: 'manifest',
      mountId,
      uploadId: parent.uploadId,
      sha256: manifestSha256,
    });
    const keys = await unwrap(mountId, dataKey);

    const uploaded = await uploadSnapshot({
      root,
      identity: {
        mountId,
        uploadId,
        snapName: 'UID_3',
        parent: { uploadId: parent.uploadId, manifestSha256 },
        requestedAt: at(0),
        serviceAt: at(2),
      },
      logs: [],
      target: folderTarget(vault, mountId, uploadId),
      clock: () => new Date(at(1)),
      baselines: await Baselines.open(join(work, 'baselines'), () => {}),
      parentSource: sourceOf(vault, parentKey),
      encryption: { keys, dataKey },
    });

    const own: number[] = [];
    const { manifestSha256: sha256 } = uploaded;
    const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
    for await (const row of readManifest([await source.get(key)], key, keys)) {
      if (row.row !== 'object' || row.object.kind !== 'pack' || row.object.owner !== uploadId) continue;
      own.push(row.object.rawBytes);
    }
    // The second frame, of 22 blocks, is another one now; the first was found.
    expect(own).toEqual([22 * block]);
    const large = readPoint(vault, mountId, uploadId, sha256, secret).find(
      ({ path }) => path.toString() === 'db/large.dbf',
    );
    const found = createHash('sha256');
    for (const piece of large?.content?.() ?? []) found.update(piece);
    const expected = createHash('sha256').update(await readFile(join(root, 'db/large.dbf')));
    expect(found.digest('hex')).toBe(expected.digest('hex'));
  },
);
