import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { backUp, pointsOf, waitForPoints } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  answersOf,
  copyFolder,
  forkedCode,
  hasLogged,
  machineOf,
  snapshotsFolder,
  startOn,
  voidCode,
  waitForRefusal,
} from './machines.ts';

/** A store whose machine was copied whole, disks and all, while its gateway was off. */
const cloned = async () => {
  const store = await TestStore.make();
  const [original, clone] = [machineOf(store), machineOf(store, '-clone')];
  const first = await startOn(store, original);
  await backUp(first.url);
  await waitForPoints(store, ['UID_1']);
  // Only then does the journal say so, too: what is copied has nothing left to upload.
  await waitUntil(
    'the snapshot is released',
    async () => (await readdir(snapshotsFolder(original))).length === 0,
  );
  await first.stop();
  await copyFolder(original.dataDirectory, clone.dataDirectory);
  await copyFolder(original.mountsDirectory, clone.mountsDirectory);
  return { store, original, clone };
};

test('a clone is noticed when both run: both stop taking and uploading backups and say why (S22)', async () => {
  const { store, original, clone } = await cloned();
  const one = await startOn(store, original);
  const other = await startOn(store, clone);

  await Promise.all([waitForRefusal(one, forkedCode), waitForRefusal(other, forkedCode)]);

  for (const answer of [...(await answersOf(one)), ...(await answersOf(other))]) {
    expect(answer).toMatchObject({
      status: 200,
      error_code: forkedCode,
      error_msg: expect.stringContaining('More than one gateway serves this store'),
    });
  }
  expect(hasLogged(store, 'activate the right one with a new code', '"kind":"forked"')).toBe(true);
  expect(pointsOf(store)).toEqual(['UID_1']);
});

test('the clone never uploads: what it froze before it was noticed stays on its disk', async () => {
  const { store, original, clone } = await cloned();
  const opened = store.service.countOf('openUpload');
  const polls = store.service.countOf('pollStore');
  const one = await startOn(store, original);
  await waitUntil('the original went on', () => store.service.countOf('pollStore') > polls + 1);
  const { bootId } = store.service.state.lastPoll ?? {};
  // The clone polls only when its snapshot is frozen.
  let isHeld = true;
  store.service.onRequest = (name, body) =>
    isHeld && name === 'pollStore' && !body.includes(String(bootId)) ? { status: 503 } : undefined;
  const other = await startOn(store, clone);
  await backUp(other.url);
  isHeld = false;

  await Promise.all([waitForRefusal(one, forkedCode), waitForRefusal(other, forkedCode)]);

  expect(pointsOf(store)).toEqual(['UID_1']);
  expect(store.service.countOf('openUpload')).toBe(opened);
  expect(await readdir(snapshotsFolder(clone))).toHaveLength(1);
});

test('the one that is activated again goes on, with what it kept; the other says that it was replaced', async () => {
  const { store, original, clone } = await cloned();
  const one = await startOn(store, original);
  const other = await startOn(store, clone);
  await Promise.all([waitForRefusal(one, forkedCode), waitForRefusal(other, forkedCode)]);
  await other.stop();
  await store.configure(clone);
  await store.activate();

  const chosen = await startOn(store, clone);

  await backUp(chosen.url);
  await waitForPoints(store, ['UID_1', 'UID_2']);
  await waitForRefusal(one, voidCode);
  for (const answer of await answersOf(one)) {
    expect(answer.error_msg).toContain('This gateway was replaced');
  }
  expect(hasLogged(store, '"kind":"replaced"')).toBe(true);
});

test('what stopped a gateway outlives its restart, also without the service', async () => {
  const { store, original, clone } = await cloned();
  const one = await startOn(store, original);
  const other = await startOn(store, clone);
  await Promise.all([waitForRefusal(one, forkedCode), waitForRefusal(other, forkedCode)]);
  await other.stop();
  store.service.onRequest = () => ({ status: 503 });

  const again = await startOn(store, clone);

  expect(await new Calls(again.url).start()).toMatchObject({ error_code: forkedCode });
});

test('a crash between a poll and its answer is no fork, however often', async () => {
  const store = await TestStore.make();
  for (let start = 0; start < 3; start++) {
    store.service.onRequest = (name) => (name === 'pollStore' ? 'reset-after-work' : undefined);
    const polls = store.service.countOf('pollStore');
    const { stop } = await store.startUnready();
    await waitUntil('it polled', () => store.service.countOf('pollStore') > polls + 1);
    await stop();
  }
  store.service.onRequest = () => undefined;

  const { url } = await store.start();

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  expect(store.service.state.forked).toBeUndefined();
});

test('a refusal that the service does not stand behind, as of a proxy, stops nothing', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  store.service.onRequest = (name) => (name === 'pollStore' ? { status: 403 } : undefined);
  await waitUntil('the service was asked', () => store.service.countOf('describeToken') > 1);

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
});
