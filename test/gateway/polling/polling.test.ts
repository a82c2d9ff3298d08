import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const logged = ({ logLines }: TestStore, text: string): boolean =>
  logLines.some((line) => line.includes(text));

test('a mount that the service lists gets its folders and is reported at once', async () => {
  const store = await TestStore.make();

  await store.start();

  for (const folder of ['oracle_data', 'restores', 'clones']) {
    expect((await lstat(join(store.mountsDirectory, 'testmount', folder))).isDirectory()).toBe(true);
  }
  const polls = store.service.requests.filter(({ name }) => name === 'pollStore');
  // More may have come since.
  const [first, second] = polls.map(({ body }) =>
    (body.mounts as { state: string }[]).map(({ state }) => state),
  );
  expect([first, second]).toEqual([[], ['ready']]);
  expect(polls[0]?.body).toMatchObject({
    protocolVersion: 1,
    gatewayVersion: '0.1.0',
    capabilities: [
      'snapshots:read-in-place',
      'exports:none',
      'stage-restore',
      'backup-request',
      'restore-options',
      'restore-targets',
      'staged-leases',
      'clones',
      'take-snapshot',
      'mount-deletion',
      'decommission',
    ],
  });
});

test('a mount that comes later is there after the next poll', async () => {
  const store = await TestStore.make({ mounts: [] });
  const { url } = await store.start();
  expect(await new Calls(url).status()).toMatchObject({ error_code: 4295622665 });

  store.service.state.addMount('testmount');
  await store.mountsAreReady();

  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
});

test('SIGUSR2 makes the gateway poll at once', async () => {
  const store = await TestStore.make();
  store.service.state.pollAfterSeconds = 60;
  await store.configure({ timing: { pollMaxSeconds: 60 } });
  const { gateway } = await store.spawn();

  store.service.state.addMount('later');
  gateway.signal('SIGUSR2');

  await store.mountsAreReady();
});

test('the calls are served while the service is away, with what the last poll told', async () => {
  const store = await TestStore.make();
  const gateway = await store.start();
  await gateway.stop();
  await store.service.stop();
  store.service.state.mounts.length = 0;

  const { url } = await store.start();

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
});

test('folders that a mount of the same id left behind are taken over with what is in them', async () => {
  const store = await TestStore.make();
  const gateway = await store.start();
  await gateway.stop();
  await writeFile(join(store.oracleData(), 'piece'), 'content');
  const lost = { dataDirectory: join(store.folder, 'new-data') };
  await store.configure(lost);
  store.service.state.reported.clear();
  store.service.state.token = undefined;

  const { url } = await store.start();

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  expect(await readFile(join(store.oracleData(), 'piece'), 'utf8')).toBe('content');
});

test('folders of another mount are not taken over', async () => {
  const store = await TestStore.make({ mounts: [] });
  const own = join(store.mountsDirectory, 'testmount', '.holdfast');
  await mkdir(own, { recursive: true });
  await writeFile(
    join(own, 'mount.json'),
    JSON.stringify({ version: 1, mountId: 'mnt-01ARZ3NDEKTSV4RRFFQ69G5FAV' }),
  );
  const { url } = await store.start();
  const { mountId } = store.service.state.addMount('testmount');

  await waitUntil('it is reported', () => store.service.state.reported.get(mountId) === 'inconsistent');

  expect(await new Calls(url).start()).toMatchObject({ error_code: 4295622669 });
  expect(logged(store, 'belongs to the mount mnt-01ARZ3NDEKTSV4RRFFQ69G5FAV: move it away')).toBe(true);
});

test('a mount cannot change its name, nor a name its mount', async () => {
  const store = await TestStore.make({ mounts: ['one', 'two'] });
  const { url } = await store.start();
  const [one, two] = store.service.state.mounts;
  Object.assign(one ?? {}, { name: 'renamed' });
  Object.assign(two ?? {}, { mountId: 'mnt-01ARZ3NDEKTSV4RRFFQ69G5FAV' });

  await waitUntil('it is noticed', () => logged(store, 'a name that this store knows differently'));

  for (const name of ['one', 'two', 'renamed']) {
    expect(await new Calls(url, name).start()).toMatchObject({ error_code: 4295622665 });
  }
});

test('a service of another protocol version is refused by name, and followed again when it is back', async () => {
  const store = await TestStore.make({ mounts: [] });
  await store.start();
  await waitUntil('it polled', () => store.service.countOf('pollStore') > 0);
  store.service.state.protocolVersion = 2;
  store.service.state.addMount('testmount');

  await waitUntil('it is refused', () =>
    logged(store, 'the gateway speaks version 1 of the gateway protocol, the service version 2'),
  );
  expect(logged(store, 'GATEWAY_TOO_OLD')).toBe(true);
  expect(store.service.state.reported.size).toBe(0);
  store.service.state.protocolVersion = 1;

  await store.mountsAreReady();
});

test('a service that is older than this gateway speaks is refused by name, and the calls are served on (S42)', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  store.service.checksAnswers = false;
  store.service.state.protocolVersion = 0;

  await waitUntil('it is refused', () => logged(store, 'SERVICE_TOO_OLD'));

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
});

test('an answer with fields that this gateway does not know is followed (S42)', async () => {
  const store = await TestStore.make({ mounts: [] });
  const mount = store.service.state.addMount('testmount');
  Object.assign(mount, { colour: 'green', shape: { sides: 4 } });

  const { url } = await store.start();

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
});

test('a command of an unknown kind is refused by name and does not hide the mounts', async () => {
  const store = await TestStore.make({ mounts: [] });
  store.service.state.otherCommands.push({ commandId: 'cmd-1', kind: 'make-coffee', fence: 1 });
  store.service.checksAnswers = false;
  store.service.state.addMount('testmount');

  await store.start();

  expect(logged(store, 'make-coffee')).toBe(true);
  expect(logged(store, 'command refused: this gateway does not know it')).toBe(true);
});
