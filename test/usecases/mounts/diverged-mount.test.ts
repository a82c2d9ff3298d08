import { describe, expect, it } from 'vitest';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { requireJournalStored } from '../../../shared/usecases/journal/require-journal-stored.ts';
import { requireDeletionAllowed } from '../../../shared/usecases/mounts/require-in-step.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

/** A mount with an upload ready to commit. */
async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  const packed = await uploadFiles(service, caller, upload);
  const { mountId } = mount;
  const entryKey = (number: number) => formatVaultKey({ kind: 'journal', mountId, number });
  const find = async () => {
    const found = await service.catalog.mounts.find(mountId);
    if (found === undefined) throw new Error('the mount is gone');
    return found;
  };
  return { service, mount, mountId, caller, upload, packed, entryKey, find };
}

describe('what must lie in the journal first', () => {
  it('is stored up to the number asked for', async () => {
    const { service, mountId, caller, upload, packed, find } = await arrange();
    await askCommit(service, caller, upload, packed);
    await runCommit(service, upload.uploadId);

    await requireJournalStored(service, mountId, 2);

    expect((await find()).journal).toMatchObject({ number: 2, stored: 2 });
  });

  it('is asked for again later when the catalog does not have the entry', async () => {
    const { service, mountId } = await arrange();

    await expect(requireJournalStored(service, mountId, 2)).rejects.toMatchObject({
      code: 'JOURNAL_PENDING',
      retry: 'transient',
    });
  });

  it('stays unsaid while the vault does not take it', async () => {
    const { service, mountId, find } = await arrange();
    const vault = {
      putOnce: async () => {
        throw new Error('SlowDown');
      },
    };

    await expect(requireJournalStored({ ...service, vault }, mountId, 1)).rejects.toThrow('SlowDown');
    expect((await find()).journal.stored).toBe(0);
  });
});

describe('a mount whose journal in the vault is ahead of the catalog', () => {
  it('stands still: no upload, no commit, no deletion', async () => {
    const { service, mount, mountId, caller, upload, packed, entryKey, find } = await arrange();
    await service.vault.putOnce(entryKey(1), Buffer.from('{"from":"the future"}'));

    await expect(requireJournalStored(service, mountId, 1)).rejects.toMatchObject({ code: 'JOURNAL_FORKED' });

    const stopped = await find();
    expect(stopped.diverged).toEqual({ number: 1, at: service.clock.now() });
    const refusal = { code: 'MOUNT_DIVERGED', retry: 'transient' };
    await expect(askCommit(service, caller, upload, packed)).rejects.toMatchObject(refusal);
    await expect(openSnapshot(service, caller, mount)).rejects.toMatchObject(refusal);
    expect(() => requireDeletionAllowed(stopped)).toThrow(`mount ${mountId} stands still since`);
  });

  it('takes no commit that was under way when it was noticed', async () => {
    const { service, mountId, caller, upload, packed, entryKey } = await arrange();
    await askCommit(service, caller, upload, packed);
    await service.vault.putOnce(entryKey(1), Buffer.from('{"from":"the future"}'));
    await requireJournalStored(service, mountId, 1).catch(() => {});

    await expect(runCommit(service, upload.uploadId)).rejects.toMatchObject({ code: 'MOUNT_DIVERGED' });
    expect(await service.catalog.recoveryPoints.find(upload.uploadId)).toBeUndefined();
  });
});
