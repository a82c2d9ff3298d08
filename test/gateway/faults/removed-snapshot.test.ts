import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, cloneByCopy, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a snapshot that somebody deleted by hand fails by name, makes no recovery point and stops nothing', async () => {
  const store = await TestStore.make();
  const snapshots = join(store.mountsDirectory, 'testmount', '.holdfast', 'snapshots');
  store.service.onRequest = (name) => (name === 'openUpload' ? { status: 503 } : undefined);
  const { url } = await store.start(cloneByCopy);
  await writePiece(store, 'piece', 10_000);
  await backUp(url);
  const [snapshotId = ''] = await readdir(snapshots);
  await rm(join(snapshots, snapshotId), { recursive: true });

  store.service.onRequest = () => undefined;

  await waitUntil('it is told', () =>
    store.logLines.some((line) => line.includes('the snapshot failed and is no recovery point')),
  );
  const told = store.logLines.find((line) => line.includes('the snapshot failed')) ?? '{}';
  expect(JSON.parse(told)).toMatchObject({
    mount: 'testmount',
    snapName: 'UID_1',
    reason: expect.stringMatching(/^SNAPSHOT_/),
  });
  expect(store.service.state.uploads[0]?.state).toBe('closed');
  expect(await new Calls(url).status()).toMatchObject({ result: { is_reached_max_snapshots: false } });
  await backUp(url);
  await waitForPoints(store, ['UID_2']);
});
