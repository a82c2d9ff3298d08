import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataKeys } from '../../../gateway/encryption/data-keys.ts';
import { Encryption } from '../../../gateway/encryption/encryption.ts';
import type { EncryptionSettings } from '../../../gateway/encryption/encryption-settings.ts';
import { fileWrapper } from '../../../gateway/encryption/file-wrapper.ts';
import { newKey, writeKeyFile } from '../../../gateway/encryption/key-file.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { bindDataKey, type WrappedDataKey } from '../../../shared/domain/vault/encryption/data-key.ts';
import type { ManifestHeader } from '../../../shared/domain/vault/manifest-rows.ts';
import { header } from '../../domain/vault/manifest-sample.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const mount = { mountId: header.mountId, name: 'erp' };
const [before, first, after] = ['9', 'A', 'B'].map((last) => `01K0000000000000000000000${last}` as UploadId);

/** A gateway with a key, and what it says to a point in clear of that upload. */
async function arrange(more: Partial<EncryptionSettings> = {}) {
  const key = newKey(new Date(0));
  const file = join(await makeTemporaryFolder(), 'main.key');
  await writeKeyFile(file, key);
  const binding = { mountId: mount.mountId, generation: 1, firstUploadId: first as UploadId };
  const wrapped = await fileWrapper(key).wrap(bindDataKey(Buffer.alloc(32, 'd'), binding));
  const entry: WrappedDataKey = {
    generation: 1,
    firstUploadId: binding.firstUploadId,
    keyId: key.keyId,
    wrapped,
  };
  const settings: EncryptionSettings = {
    ...{ keys: { main: { kind: 'file' as const, file } }, mounts: { '*': 'main' } },
    ...{ unencryptedPoints: 'before-encryption' as const, ...more },
  };
  const dataKeys = new DataKeys({ call: () => Promise.reject(new Error('nothing is asked here')) });
  const encryption = new Encryption({ dataKeys, settings: () => settings, log: { info() {} } });
  const ask = (uploadId: UploadId | undefined, known: readonly WrappedDataKey[] = [entry], with_ = {}) =>
    encryption.forRestore(mount, async () => known)({ ...header, ...with_, uploadId } as ManifestHeader);
  return { ask, entry };
}

test('a point in clear is taken only from before the mount was encrypted, whatever the service says', async () => {
  const { ask, entry } = await arrange();
  const missing = { code: 'ENCRYPTION_MISSING', path: 'mount erp' };

  expect(await ask(before)).toBeUndefined();
  await expect(ask(first)).rejects.toMatchObject(missing);
  await expect(ask(after)).rejects.toMatchObject(missing);
  // A boundary that was moved is not that of the data key.
  const moved = { ...entry, firstUploadId: '01K0000000000000000000000Z' as UploadId };
  await expect(ask(after, [moved])).rejects.toThrow('it is the data key of something else');
  expect(await ask(after, [])).toBeUndefined();
  expect(await (await arrange({ unencryptedPoints: 'all' })).ask(after)).toBeUndefined();
  expect(await (await arrange({ mounts: { erp: 'unencrypted' } })).ask(after)).toBeUndefined();
  await expect((await arrange({ unencryptedPoints: 'none' })).ask(before)).rejects.toMatchObject(missing);
});

test('the data key of another mount, or of a key that this gateway has not, opens nothing', async () => {
  const { ask, entry } = await arrange();
  const stranger = await arrange();

  const keys = await ask(after, [], { encryption: entry });
  expect(keys?.generation).toBe(1);
  await expect(ask(after, [], { encryption: stranger.entry })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_WRONG',
    message: `mount erp: its data key is wrapped under key ${stranger.entry.keyId}, and this gateway has ${entry.keyId}: give it that key in encryption.keys`,
  });
  const renamed = { ...stranger.entry, keyId: entry.keyId };
  await expect(ask(after, [], { encryption: renamed })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_UNAVAILABLE',
    message: expect.stringContaining('does not open'),
  });
  // One that opens is found among those that do not.
  expect(await ask(after, [renamed, entry], { encryption: renamed })).toBeDefined();
  await expect(ask(after, [], { encryption: { ...entry, generation: 2 } })).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_WRONG',
  });
});
