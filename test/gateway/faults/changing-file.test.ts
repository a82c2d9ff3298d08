import { appendFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a file that grows or is cut while it is read fails its snapshot by name, and the next one is whole', async () => {
  const store = await TestStore.make({ settings: { snapshots: 'read-in-place' } });
  const { url } = await store.start();
  const path = (name: string) => join(store.oracleData(), name);
  const failures = () =>
    store.logLines
      .filter((line) => line.includes('the snapshot failed and is no recovery point'))
      .map((line) => String(JSON.parse(line).reason));

  for (const [index, change] of [
    (name: string) => appendFile(path(name), 'RMAN still writes'),
    (name: string) => truncate(path(name), 1000),
  ].entries()) {
    const name = `piece-${index}`;
    await writePiece(store, name, 200_000);
    // The snapshot is frozen, and its upload waits before the first byte is read.
    const gate = new Gate();
    store.service.onRequest = async (route) => {
      if (route === 'openUpload') await gate.pass();
      return undefined;
    };
    await backUp(url);
    await gate.reached;
    await change(name);
    gate.open();

    await waitUntil('it is told', () => failures().length === index + 1);
    expect(failures()[index]).toMatch(
      new RegExp(`^SNAPSHOT_FILE_CHANGED: ${name}: .*; finish writing before`),
    );
    store.service.onRequest = () => undefined;
  }

  expect(pointsOf(store)).toEqual([]);
  const name = await backUp(url);
  await waitForPoints(store, [name]);
  expect((await readdir(store.oracleData())).sort()).toEqual(['piece-0', 'piece-1']);
});
