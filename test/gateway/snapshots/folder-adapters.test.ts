import { copyFileSync } from 'node:fs';
import { appendFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import type { MountFolders } from '../../../gateway/mounts/mount-folders.ts';
import type { CloneFile } from '../../../gateway/snapshots/copy-tree.ts';
import { readInPlace } from '../../../gateway/snapshots/read-in-place.ts';
import { canCloneFiles, cloneByReflink, reflinkSnapshots } from '../../../gateway/snapshots/reflink.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { describeSnapshotAdapter, fill, makeMount, requestedAt } from './snapshot-adapter-contract.ts';

const copyBytes: CloneFile = (from, to) => copyFile(from, to);

describeSnapshotAdapter('read in place', async () => ({
  snapshots: readInPlace,
  mountsDirectory: await makeTemporaryFolder(),
  crashWhileFreezing: async (mount, snapshotId) => {
    await readInPlace.freeze(mount, { snapshotId, requestedAt });
  },
}));

/** Freezes with a clone that gives up in the middle of the tree. */
const groundOf = async (clone: CloneFile) => ({
  snapshots: reflinkSnapshots(clone),
  mountsDirectory: await makeTemporaryFolder(),
  crashWhileFreezing: async (mount: MountFolders, snapshotId: string) => {
    let copies = 0;
    const failing: CloneFile = async (from, to) => {
      if (++copies > 2) throw new Error('the disk is gone');
      await clone(from, to);
    };
    await expect(reflinkSnapshots(failing).freeze(mount, { snapshotId, requestedAt })).rejects.toThrow();
    expect(await reflinkSnapshots(clone).list(mount)).toEqual([snapshotId]);
  },
});

// The tree as the reflink adapter copies it, on file systems that cannot clone.
describeSnapshotAdapter('reflink, by plain copies', () => groundOf(copyBytes));

describe.skipIf(!(await canCloneFiles(tmpdir(), cloneByReflink)))(
  'where the temporary folder can clone files',
  () => describeSnapshotAdapter('reflink', () => groundOf(cloneByReflink)),
);

test('a mount that is written to while its files are cloned is not frozen', async () => {
  const mount = await makeMount({ snapshots: readInPlace, mountsDirectory: await makeTemporaryFolder() });
  await fill(mount);
  const slowWriter: CloneFile = async (from, to) => {
    copyFileSync(from, to);
    await appendFile(join(mount.oracleData, 'ORCL', 'none'), 'still writing');
  };

  await expect(
    reflinkSnapshots(slowWriter).freeze(mount, { snapshotId: ulid(), requestedAt }),
  ).rejects.toMatchObject({
    code: 'SNAPSHOT_FILE_CHANGED',
    message: expect.stringContaining('ORCL/none: had 0 bytes'),
  });
});
