import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import { hasCode } from '../../../shared/errors.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from '../mover/memory-vault.ts';
import { temporaryFolder, upload } from '../mover/mover-fixtures.ts';
import { identity, mountId, uploadId } from '../mover/mover-identity.ts';
import { factsOf } from '../mover/sample-tree.ts';
import { encryptionWith } from './line-keys.ts';

const otherUpload = '01K0000000000000000000000B' as typeof uploadId;

/**
 * An encrypted point, and beside it the objects of another upload of the mount. Objects are exchanged under their keys, as
 * whoever can write to the bucket might: then no hash in a key tells anything.
 */
export async function makeTampering() {
  const folder = await temporaryFolder();
  const root = join(folder, 'source');
  const encryption = encryptionWith('t', mountId);
  const vault = new MemoryVault();
  await mkdir(root);
  const contents = {
    text: Buffer.from('text '.repeat(3000)),
    noise: randomBytes('noise', 600),
    zeros: Buffer.alloc(20_000),
  };
  for (const [name, bytes] of Object.entries(contents)) await writeFile(join(root, name), bytes);
  const { manifestSha256 } = await upload(root, vault, { encryption });
  const facts = await factsOf(root);
  await writeFile(join(root, 'noise'), randomBytes('other', 600));
  await upload(root, vault, {
    encryption,
    identity: { ...identity, uploadId: otherUpload },
    target: vault.target(mountId, otherUpload),
  });
  let restores = 0;

  /** Restores with `bytes` in the place of an object: what comes back is what was backed up, or nothing of it comes back. */
  async function expectHarmless(key: string, bytes: Buffer, what: string): Promise<'refused' | 'restored'> {
    const destination = join(folder, `restored-${++restores}`);
    const source = { get: (asked: string, range?: { from: number; to: number }) => read(asked, range) };
    const read = async (asked: string, range?: { from: number; to: number }) =>
      Buffer.from(
        (asked === key ? bytes : (vault.objects.get(asked) ?? Buffer.alloc(0))).subarray(
          range?.from,
          range?.to,
        ),
      );
    const order = { mountId, uploadId, manifestSha256, source, destination };
    try {
      const { damage } = await restoreSnapshot({ ...order, findKeys: async () => encryption.keys });
      const found = await factsOf(destination);
      const lost = new Set(damage?.files.map(({ path }) => `/${path}`));
      const wanted = Object.entries(facts).filter(([name]) => !lost.has(name));
      expect(
        Object.entries(found).map(([name]) => name),
        what,
      ).toEqual(wanted.map(([name]) => name));
      for (const [name, fact] of wanted)
        if (name !== '') expect(found[name], `${what}: ${name}`).toEqual(fact);
      return damage ? 'refused' : 'restored';
    } catch (error) {
      const isOurs =
        hasCode(error, 'VAULT_OBJECT_DAMAGED') ||
        hasCode(error, 'VAULT_OBJECT_WRONG_SIZE') ||
        hasCode(error, 'VAULT_FORMAT_UNSUPPORTED');
      if (!isOurs) throw error;
      return 'refused';
    } finally {
      await rm(destination, { recursive: true, force: true });
    }
  }

  const objects = [...vault.objects].filter(([key]) => key.includes(uploadId));
  const strangers = [...vault.objects].filter(([key]) => key.includes(otherUpload));
  return { objects, strangers, expectHarmless };
}
