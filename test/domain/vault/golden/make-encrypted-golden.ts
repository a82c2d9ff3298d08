import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileWrapper } from '../../../../gateway/encryption/file-wrapper.ts';
import { keyOf } from '../../../../gateway/encryption/key-file.ts';
import { Baselines } from '../../../../gateway/mover/baseline/baselines.ts';
import { uploadSnapshot } from '../../../../gateway/mover/upload/upload-snapshot.ts';
import type { MountId, UploadId } from '../../../../shared/domain/ids.ts';
import type { Instant } from '../../../../shared/domain/instant.ts';
import { bindDataKey } from '../../../../shared/domain/vault/encryption/data-key.ts';
import { MountKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';
import { folderTarget } from '../../../gateway/mover/folder-vault.ts';
import { factsOf } from '../../../gateway/mover/sample-tree.ts';
import { noise, systemBefore, textBlock } from './golden-content.ts';

/**
 * Made the encrypted golden vault, once: `node test/domain/vault/golden/make-encrypted-golden.ts FOLDER`. Like the one without
 * encryption it is only ever read. Its key is no secret: it stands in expected.json.
 */
const [folder = ''] = process.argv.slice(2);
const mountId = 'mnt-01K5ENCRYPTEDG0DENVAVT0001' as MountId;
const first = '01K5A0000000000000000000AA' as UploadId;
const second = '01K5B0000000000000000000BB' as UploadId;

const secret = hash('sha256', 'the key of the golden vault', 'buffer');
const dataKey = hash('sha256', 'the data key of the golden vault', 'buffer');
const binding = { mountId, generation: 1, firstUploadId: first };
const key = keyOf(secret, '2025-09-01T00:00:00.000Z');
const wrapped = await fileWrapper(key).wrap(bindDataKey(dataKey, binding));
const encryption = {
  keys: new MountKeys(dataKey, binding),
  dataKey: { generation: 1, firstUploadId: first, keyId: key.keyId, wrapped },
};

const work = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
const root = join(work, 'root');
const time = 1_756_684_800.25;

async function settle(): Promise<void> {
  for (const name of ['db/large.dbf', 'db/system.dbf', 'db/piece.bkp', 'db', '']) {
    await utimes(join(root, name), time, time);
  }
}

const large = (changed: number): Buffer =>
  Buffer.concat(Array.from({ length: 150 }, (_, block) => textBlock(block, block === changed ? 1 : 0)));

await mkdir(join(root, 'db'), { recursive: true });
await writeFile(join(root, 'db/large.dbf'), large(-1));
await writeFile(join(root, 'db/system.dbf'), systemBefore);
await writeFile(join(root, 'db/piece.bkp'), noise('piece', 20_000));
await symlink('piece.bkp', join(root, 'db/latest'));
await settle();
await writeFile(join(work, 'rman.log'), 'a log is not encrypted\n');

const baselines = await Baselines.open(join(work, 'baselines'), (error) => {
  throw error;
});

async function makePoint(uploadId: UploadId, day: number, parentSha256?: string) {
  const at = (second: number) => `2025-09-0${day}T12:00:0${second}.000Z` as Instant;
  const parent = parentSha256 === undefined ? null : { uploadId: first, manifestSha256: parentSha256 };
  const { manifestSha256 } = await uploadSnapshot({
    root,
    identity: { mountId, uploadId, parent, requestedAt: at(0), serviceAt: at(2), snapName: `UID_${day}` },
    logs: [
      { path: join(work, 'rman.log'), mountpoint: '/local/golden', platform: 'linux', receivedAt: at(0) },
    ],
    target: folderTarget(folder, mountId, uploadId),
    clock: () => new Date(at(1)),
    baselines,
    encryption,
  });
  const facts = Object.entries(await factsOf(root)).map(([name, found]) => {
    const { mtimeNs, ...rest } = found as { readonly mtimeNs: bigint };
    return [name, { ...rest, mtime: Number((mtimeNs + 500n) / 1000n) }];
  });
  return { uploadId, manifestSha256, facts };
}

const one = await makePoint(first, 1);
await writeFile(join(root, 'db/large.dbf'), large(30));
await writeFile(join(root, 'db/fresh'), noise('fresh', 5000));
await settle();
const two = await makePoint(second, 2, one.manifestSha256);
const expected = {
  mountId,
  secret: secret.toString('base64'),
  dataKey: encryption.dataKey,
  points: [one, two],
};
const text = JSON.stringify(expected, (_, value) => (typeof value === 'bigint' ? Number(value) : value), 2);
await writeFile(join(folder, 'expected.json'), `${text}\n`);
await rm(work, { recursive: true });
