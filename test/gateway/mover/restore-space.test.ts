import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireSpace } from '../../../gateway/mover/restore/restore-space.ts';
import { RestoreWork } from '../../../gateway/mover/restore/restore-work.ts';
import type { FileEntry } from '../../../shared/domain/vault/manifest-rows.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const terabytes = 2 ** 50;

async function arrange(holes: FileEntry['holes']) {
  const folder = await temporaryFolder();
  const work = new RestoreWork(join(folder, 'work'));
  const inode = { path: Buffer.from('big'), mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n };
  const file = { ...inode, size: terabytes, leafBytes: 8192, digest: '', holes, segments: [] };
  work.addFile(file as unknown as FileEntry);
  return { work, folder: join(folder, 'data') };
}

describe('the room for a restore', () => {
  it('is looked at before anything is fetched, and a refusal has both figures', async () => {
    const { work, folder } = await arrange([]);
    const { bavail, bsize } = await statfs(join(folder, '..'));

    const refused = await requireSpace({ folder, isResumed: false }, work).catch((error) => error);
    work.close();

    expect(refused).toMatchObject({ code: 'RESTORE_NO_SPACE' });
    const [needed, free] = [...refused.message.matchAll(/(\d+) bytes/g)].map(([, bytes]) => Number(bytes));
    expect(needed).toBe(terabytes);
    // Others write to this disk, too.
    expect(Math.abs(Number(free) / (bavail * bsize) - 1)).toBeLessThan(0.5);
  });

  it('is not asked for holes, nor by a restore that is taken up and has a part of it', async () => {
    const sparse = await arrange([
      [0, 4096],
      [8192, terabytes - 8192],
    ]);
    const whole = await arrange([]);

    expect(sparse.work.bytesToWrite()).toBe(4096);
    await requireSpace({ folder: sparse.folder, isResumed: false }, sparse.work);
    await requireSpace({ folder: whole.folder, isResumed: true }, whole.work);
    sparse.work.close();
    whole.work.close();
  });
});
