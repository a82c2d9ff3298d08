import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  answersOf,
  hasLogged,
  machineOf,
  snapshotsFolder,
  startOn,
  voidCode,
  waitForRefusal,
} from './machines.ts';

test('new hardware takes the mounts and their line over; the old machine says so and keeps what waits', async () => {
  const store = await TestStore.make({ mounts: ['testmount', 'other'] });
  const [old, next] = [machineOf(store), machineOf(store, '-new')];
  const before = await startOn(store, old);
  await writePiece(store, 'piece', 100_000);
  await backUp(before.url);
  await waitForPoints(store, ['UID_1']);
  await waitUntil('it is released', async () => (await readdir(snapshotsFolder(old))).length === 0);
  // The old machine is in the middle of an upload.
  store.service.onRequest = (name) => (name === 'signUpload' ? { status: 503 } : undefined);
  await backUp(before.url);
  await waitUntil('it is open', () => store.service.state.uploads.length === 2);
  await mkdir(next.mountsDirectory);
  await store.configure(next);
  await store.activate();
  store.service.state.closeOpenUploads();
  store.service.onRequest = () => undefined;

  const after = await startOn(store, next);

  await waitUntil('the folders are made', async () => (await readdir(next.mountsDirectory)).length === 2);
  expect(await backUp(after.url)).toBe('UID_2');
  await waitForPoints(store, ['UID_1', 'UID_2']);
  const [first, , third] = store.service.state.uploads;
  expect(third).toMatchObject({ state: 'committed', parent: { uploadId: first?.uploadId } });

  await waitForRefusal(before, voidCode);
  for (const answer of await answersOf(before)) {
    expect(answer.error_msg).toMatch(
      /^This gateway was replaced: .* back up again there, or activate this machine/,
    );
  }
  expect(hasLogged(store, 'This gateway was replaced', '"level":50')).toBe(true);
  expect(await readdir(snapshotsFolder(old))).toHaveLength(1);
});

test('a code for another store is refused before it is used, and the token stays in force', async () => {
  const store = await TestStore.make();
  await store.activate();
  const file = join(store.dataDirectory, 'store.json');
  const identity = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...identity, storeId: 'sto-01ARZ3NDEKTSV4RRFFQ69G5FAV' }), {
    mode: 0o600,
  });
  const { token } = store.service.state;

  await expect(store.activate()).rejects.toMatchObject({ code: 'ACTIVATION_STORE_MISMATCH' });

  expect(store.service.state.token).toBe(token);
});
