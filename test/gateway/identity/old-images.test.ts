import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunningGateway } from '../../../gateway/gateway.ts';
import { backUp, cloneByCopy, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls, logFields } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  copyFolder,
  forkedCode,
  hasLogged,
  type Machine,
  machineOf,
  rollBack,
  snapshotsFolder,
  startOn,
  waitForRefusal,
} from './machines.ts';

/** With an admin's consent: a new code. */
const activateAgain = async (store: TestStore, gateway: RunningGateway): Promise<void> => {
  await gateway.stop();
  await store.activate();
};

const isEmpty = async (folder: string): Promise<boolean> => (await readdir(folder)).length === 0;

/** Keeps every opened upload from going on. */
const holdUploads = ({ service }: TestStore): void => {
  service.onRequest = (name) =>
    name === 'signUpload' || name === 'openUpload' ? { status: 503 } : undefined;
};

const start = async (): Promise<{
  store: TestStore;
  machine: Machine;
  image: string;
  gateway: RunningGateway;
}> => {
  const store = await TestStore.make();
  const machine = machineOf(store);
  return { store, machine, image: join(store.folder, 'image'), gateway: await startOn(store, machine) };
};

test('a machine from an old image uploads nothing of what is committed, neither before consent nor after', async () => {
  const { store, machine, image, gateway } = await start();
  await writePiece(store, 'piece', 100_000);
  holdUploads(store);
  await backUp(gateway.url);
  await copyFolder(machine.dataDirectory, image);
  await copyFolder(machine.mountsDirectory, `${image}-mounts`);
  store.service.onRequest = () => undefined;
  await waitForPoints(store, ['UID_1']);
  await backUp(gateway.url);
  await waitForPoints(store, ['UID_1', 'UID_2']);
  await waitUntil('all is released', () => isEmpty(snapshotsFolder(machine)));
  await gateway.stop();
  const puts = store.vault.requests.length;
  await rollBack(machine.dataDirectory, image);
  await rollBack(machine.mountsDirectory, `${image}-mounts`);

  const rolledBack = await startOn(store, machine);
  await waitForRefusal(rolledBack, forkedCode);
  expect(store.vault.requests).toHaveLength(puts);
  expect(await readdir(snapshotsFolder(machine))).toHaveLength(1);
  await activateAgain(store, rolledBack);
  const chosen = await startOn(store, machine);

  // The journal took it for uploading; the service says that it is committed.
  await waitUntil('it is released', () => isEmpty(snapshotsFolder(machine)));
  expect(store.vault.requests).toHaveLength(puts);
  expect(pointsOf(store)).toEqual(['UID_1', 'UID_2']);
  expect(await backUp(chosen.url)).toBe('UID_3');
  await waitForPoints(store, ['UID_1', 'UID_2', 'UID_3']);
});

test('a journal from the middle of a freeze does not take the finished snapshot away', async () => {
  const { store, machine, image, gateway } = await start();
  await gateway.stop();
  const gate = new Gate();
  const held = await store.start(async (from, to) => {
    await copyFile(from, to);
    if (String(to).includes('snapshots')) await gate.pass();
  });
  await writePiece(store, 'piece', 1000);
  holdUploads(store);
  const calls = new Calls(held.url);
  await calls.start();
  await calls.uploadLog(logFields());
  const finished = calls.finish();
  await gate.reached;
  await copyFolder(machine.dataDirectory, image);
  gate.open();
  expect(await finished).toMatchObject({ error_code: 0, result: { snap_name: 'UID_1' } });
  await waitUntil('it was tried to upload', () => store.service.requests.length > 0);
  const polls = store.service.countOf('pollStore');
  await waitUntil('polls went on', () => store.service.countOf('pollStore') > polls + 1);
  await held.stop();
  await rollBack(machine.dataDirectory, image);

  const rolledBack = await startOn(store, machine);
  await waitForRefusal(rolledBack, forkedCode);
  expect(await readdir(snapshotsFolder(machine))).toHaveLength(1);
  await activateAgain(store, rolledBack);
  store.service.onRequest = () => undefined;
  const chosen = await startOn(store, machine);

  // The backup is still started, as the journal remembers; its log came back to it.
  expect(await new Calls(chosen.url).finish()).toMatchObject({ error_code: 0 });
  await waitForPoints(store, ['UID_2']);
  expect([...store.vault.objects.keys()].some((key) => key.includes('/logs/'))).toBe(true);
  await waitUntil(
    'only the older one is left',
    async () => (await readdir(snapshotsFolder(machine))).length === 1,
  );
  expect(hasLogged(store, 'snapshots that the journal does not know are kept')).toBe(true);
});

test('a journal that is lost beside its token is noticed by the service; its snapshots and logs stay', async () => {
  const { store, machine, gateway } = await start();
  await writePiece(store, 'piece', 1000);
  holdUploads(store);
  await backUp(gateway.url);
  await gateway.stop();
  for (const file of await readdir(machine.dataDirectory))
    if (file.startsWith('journal.sqlite')) await rm(join(machine.dataDirectory, file));

  const lost = await startOn(store, machine);
  await waitForRefusal(lost, forkedCode);
  await activateAgain(store, lost);
  store.service.onRequest = () => undefined;
  const chosen = await startOn(store, machine);

  await waitUntil('it is told', () => hasLogged(store, 'snapshots that the journal does not know are kept'));
  expect(await readdir(snapshotsFolder(machine))).toHaveLength(1);
  expect(await readdir(join(machine.dataDirectory, 'logs'))).toEqual([expect.stringMatching(/\.kept$/)]);
  expect(store.service.state.forked).toBeUndefined();
  await backUp(chosen.url);
});

test('a data directory that is lost as a whole leaves the snapshots on the disk, told and untouched', async () => {
  const { store, machine, gateway } = await start();
  await writePiece(store, 'piece', 1000);
  await backUp(gateway.url);
  await waitForPoints(store, ['UID_1']);
  holdUploads(store);
  await backUp(gateway.url);
  await gateway.stop();
  const [pending] = await readdir(snapshotsFolder(machine));
  await rm(machine.dataDirectory, { recursive: true });
  await expect(store.start(cloneByCopy)).rejects.toThrow('this store is not activated');
  await store.activate();
  store.service.onRequest = () => undefined;

  const { url } = await startOn(store, machine);

  await waitUntil('it is told', () => hasLogged(store, 'the journal does not know', String(pending)));
  expect(await readdir(snapshotsFolder(machine))).toEqual([pending]);
  expect(await backUp(url)).toBe('UID_2');
  await waitForPoints(store, ['UID_1', 'UID_2']);
  expect(await readdir(snapshotsFolder(machine))).toContain(pending);
});
