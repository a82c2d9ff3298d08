import { mkdir, open, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Calls } from '../support/calls.ts';
import { ReplayedExportfs } from '../support/replayed-exportfs.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import { folderOf, holdGets, jobId, restoreMissing, startWithPoint, waitForEnd } from './staged-point.ts';

describe('deleting a restore', () => {
  test('is refused while it is staged', async () => {
    const { store, url, point } = await startWithPoint();
    const gate = holdGets(store);
    const restore = store.service.state.orderRestore(point, jobId);
    await gate.reached;

    const answer = await new Calls(url).deleteRestore(jobId);

    expect(answer).toMatchObject({
      status: 200,
      error_code: 0x1000b0005,
      error_msg: 'Restore 242135 is still being staged: wait for its end.',
    });
    expect(await readdir(join(store.mountsDirectory, 'testmount', 'restores'))).toEqual([]);
    gate.open();
    await waitForEnd(restore);
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });
  });

  test('names only restores of its mount, by their numbers', async () => {
    const store = await TestStore.make({ mounts: ['testmount', 'other'] });
    const { url } = await store.start();
    await mkdir(folderOf(store));
    await mkdir(join(folderOf(store), '..', 'notes'));
    await symlink(store.dataDirectory, folderOf(store, 7));

    expect(await new Calls(url, 'other').deleteRestore(jobId)).toMatchObject(restoreMissing);
    const calls = new Calls(url);
    for (const job of ['7', '0', '-1', '1e3', 'notes', '..%2foracle_data', '0242135', '9'.repeat(30)]) {
      expect(await calls.deleteRestore(job), job).toMatchObject(restoreMissing);
    }
    expect(await new Calls(url, 'unknown').deleteRestore(jobId)).toMatchObject({ error_code: 4295622665 });
    // Left by a journal that is lost: it is there, so it can be removed.
    expect(await calls.deleteRestore(jobId)).toMatchObject({ error_code: 0, result: { jobid: jobId } });
  });

  test('while a client holds a file of it takes the name away; who has the file open reads on', async () => {
    const { store, url, point } = await startWithPoint();
    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);
    const file = await open(join(folderOf(store), 'piece'));

    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });

    await expect(readdir(folderOf(store))).rejects.toThrow('ENOENT');
    expect((await file.readFile()).length).toBe(100_000);
    await file.close();
  });

  test('that clients cannot see is refused with its reason in the log, until it is exported again', async () => {
    const store = await TestStore.make();
    const exportfs = await ReplayedExportfs.install(store.folder);
    await store.configure({ exports: exportfs.settings });
    const { url } = await store.start();
    await mkdir(folderOf(store));
    await exportfs.breakDown('-ra', 'exportfs: could not open /etc/exports');
    await exportfs.forget();

    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject(restoreMissing);

    expect(store.logLines.some((line) => line.includes('the restore is not exported'))).toBe(true);
    expect(await readdir(join(folderOf(store), '..'))).toEqual([String(jobId)]);
    await exportfs.mend('-ra');
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject(restoreMissing);
  });

  test('is finished by the next start when a crash interrupted it', async () => {
    const store = await TestStore.make();
    const gateway = await store.start();
    await gateway.stop();
    const trash = join(store.mountsDirectory, 'testmount', '.holdfast', 'trash');
    await mkdir(join(trash, 'half-deleted', 'ORCL'), { recursive: true });

    await store.start();

    await waitUntil('it is gone', async () => (await readdir(trash)).length === 0);
  });
});
