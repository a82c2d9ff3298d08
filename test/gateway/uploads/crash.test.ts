import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { foldersOf } from '../../../gateway/mounts/mount-folders.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import { backUp, cloneByCopy, severalPacks, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls, logFields } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

/** How often each key was asked for, whatever the answer. */
const putCounts = ({ vault }: TestStore): number[] => {
  const counts = new Map<string, number>();
  for (const { method, key } of vault.requests) {
    if (method === 'PUT') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()];
};

test('an upload goes on after kill -9 and sends nothing twice that the vault had confirmed', async () => {
  // Packs that are held must not be sent again because a slow machine takes its time for the next.
  const store = await TestStore.make({ timing: { stallTimeoutSeconds: 30 } });
  const { gateway, url } = await store.spawn();
  await writePiece(store, 'piece', severalPacks);
  const gate = new Gate();
  const thirdPack = new Gate();
  let packs = 0;
  let isKilled = false;
  store.vault.onRequest = async (_, key) => {
    if (key.includes('/packs/')) packs += 1;
    // The map bundle is held as well: nobody knows whether the answer for it has been taken down.
    const isHeld = key.includes('/maps/') || (key.includes('/packs/') && packs > 1);
    if (isKilled || !isHeld) return undefined;
    // Two packs are held at once: the third comes only when the answer for the first was taken down.
    if (packs === 3) thirdPack.open();
    await thirdPack.pass();
    await gate.pass();
    return 'reset';
  };
  await backUp(url);
  await gate.reached;

  await gateway.end('SIGKILL');
  isKilled = true;
  gate.open();
  const storedBefore = store.vault.objects.size;
  await store.spawn();

  await waitForPoints(store, ['UID_1']);
  expect(storedBefore).toBeGreaterThan(0);
  expect(putCounts(store).every((count) => count === 1)).toBe(true);
  expect(store.service.state.uploads).toHaveLength(1);
});

test('an upload whose objects are all stored only commits after kill -9 and reads nothing again', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  await writePiece(store, 'piece', 100_000);
  const gate = new Gate();
  store.service.onRequest = async (name) => {
    if (name !== 'commitUpload') return undefined;
    await gate.pass();
    // The service never got this one.
    return 'reset';
  };
  await backUp(url);
  await gate.reached;

  await gateway.end('SIGKILL');
  store.service.onRequest = () => undefined;
  gate.open();
  const signedBefore = store.service.countOf('signUpload');
  await appendFile(join(store.oracleData(), 'piece'), 'would be noticed');
  await store.spawn();

  await waitForPoints(store, ['UID_1']);
  expect(store.service.countOf('signUpload')).toBe(signedBefore);
  expect(putCounts(store).every((count) => count === 1)).toBe(true);
});

test('a commit that was under way at kill -9 is followed to its end', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  const gate = new Gate();
  store.service.onRequest = async (name) => {
    if (name === 'showUpload') await gate.pass();
    return undefined;
  };
  await backUp(url);
  await gate.reached;

  await gateway.end('SIGKILL');
  gate.open();
  await store.spawn();

  await waitForPoints(store, ['UID_1']);
  expect(store.service.countOf('commitUpload')).toBe(1);
  expect(putCounts(store).every((count) => count === 1)).toBe(true);
});

test('a started backup and its logs survive kill -9', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  await new Calls(url).start();
  await new Calls(url).uploadLog(logFields());

  await gateway.end('SIGKILL');
  const { url: next } = await store.spawn();

  expect(await new Calls(next).finish()).toMatchObject({ error_code: 0, result: { snap_name: 'UID_1' } });
  await waitForPoints(store, ['UID_1']);
  expect([...store.vault.objects.keys()].some((key) => key.includes('/logs/'))).toBe(true);
});

test('a freeze that a crash interrupted is removed; the backup can still be finished, with its log', async () => {
  const store = await TestStore.make();
  const gateway = await store.start(cloneByCopy);
  await new Calls(gateway.url).start();
  await new Calls(gateway.url).uploadLog(logFields());
  await gateway.stop();
  const mountId = store.service.state.mounts[0]?.mountId as MountId;
  const snapshotId = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const journal = openJournal(store.dataDirectory);
  journal.snapshots.begin({ snapshotId, mountId, kind: 'reflink', requestedAt: toInstant(0) });
  journal.logs.attachToSnapshot(mountId, snapshotId);
  journal.close();
  const { snapshots } = foldersOf(store.mountsDirectory, 'testmount');
  await mkdir(join(snapshots, snapshotId));
  await writeFile(join(snapshots, snapshotId, 'half'), '');

  const { url } = await store.start(cloneByCopy);

  await waitUntil('it is removed', async () => (await readdir(snapshots)).length === 0);
  expect(await new Calls(url).finish()).toMatchObject({ error_code: 0, result: { snap_name: 'UID_2' } });
  await waitForPoints(store, ['UID_2']);
  expect([...store.vault.objects.keys()].some((key) => key.includes('/logs/'))).toBe(true);
});

test('a spooled log that the journal does not know is removed at the start', async () => {
  const store = await TestStore.make();
  const gateway = await store.start();
  await gateway.stop();
  await writeFile(join(store.dataDirectory, 'logs', '01ARZ3NDEKTSV4RRFFQ69G5FAV'), 'half a log');

  await store.start();

  const logs = join(store.dataDirectory, 'logs');
  await waitUntil('it is removed', async () => (await readdir(logs)).length === 0);
});
