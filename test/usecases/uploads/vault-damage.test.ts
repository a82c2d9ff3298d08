import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { refuseCommit } from '../../../shared/usecases/commit/refuse-commit.ts';
import { auditMount } from '../../../shared/usecases/reclaim/audit-mount.ts';
import { present } from '../../adapters/support/line.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from '../../gateway/mover/backup-line.ts';
import { runCommit } from '../../support/uploading.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };

/** A mount with one point, and an audit that has seen what became of the vault. */
async function arrange() {
  const line = await BackupLine.make();
  await writeFile(join(line.root, 'data.dbf'), randomBytes('data', 200_000));
  const first = await line.backUp();
  const { service, mountId } = line;
  const lose = async (key: string) => {
    const { versions } = await service.vault.listVersions({ prefix: key });
    await service.vault.deleteVersions(versions);
    await auditMount(service, mountId);
  };
  const show = async ({ upload }: Point) =>
    (await service.send('showRecoveryPoint', {
      caller: viewer,
      params: { recoveryPointId: upload.uploadId },
    })) as { body: Record<string, unknown> };
  const shown = async (uploadId: string) =>
    (await service.send('showUpload', { caller: line.caller, params: { uploadId } })) as {
      body: Record<string, unknown>;
    };
  return { line, service, mountId, first, lose, show, shown };
}

it('shows at the point that needs it, and must not be named again: its content is stored anew', async () => {
  const { line, service, mountId, first, lose, show, shown } = await arrange();
  const [pack] = await line.packsOf(first);
  const { owner, number } = present(pack);
  const key = formatVaultKey({ ...present(pack), mountId, uploadId: owner });
  await lose(key);

  expect((await show(first)).body).toMatchObject({
    damage: { objects: 1, named: [{ key, found: 'missing' }] },
  });
  const upload = await line.openUpload();
  expect((await shown(upload.uploadId)).body).toMatchObject({ damagedPacks: [{ owner, number }] });

  const careless = await line.send(upload);
  await expect(line.commit(upload, careless)).rejects.toMatchObject({ code: 'COMMIT_REFERENCE_INVALID' });
  const refusal = { code: 'COMMIT_REFERENCE_INVALID', message: 'it names what is damaged' };
  await refuseCommit(service, { uploadId: upload.uploadId, attempt: 1, ...refusal });
  const careful = await line.send(upload, { damaged: [{ owner, number }] });
  await line.askCommit(upload, careful);
  await runCommit(service, upload.uploadId, 2);

  const second = { ...first, upload, uploaded: careful };
  expect((await show(second)).body).not.toHaveProperty('damage');
  await line.expectRestorable(second);
});

it('of maps or tables lets nothing of the point be named: everything is uploaded whole', async () => {
  const { line, mountId, first, lose, show, shown } = await arrange();
  const { uploadId } = first.upload;
  await lose(formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: first.uploaded.manifestSha256 }));

  const upload = await line.openUpload();
  expect((await shown(upload.uploadId)).body).toMatchObject({ avoidsParent: true });
  const uploaded = await line.send(upload, { avoidsParent: true });
  await line.commit(upload, uploaded);

  const second = { ...first, upload, uploaded };
  expect((await show(first)).body).toHaveProperty('damage');
  expect((await show(second)).body).not.toHaveProperty('damage');
  await line.expectRestorable(second);
});
