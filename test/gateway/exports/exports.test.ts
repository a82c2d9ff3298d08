import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { escapePath, findUnexported, formatExports } from '../../../gateway/exports/export-lines.ts';
import { exportfsExports } from '../../../gateway/exports/exportfs.ts';
import { cloneByCopy } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { ReplayedExportfs } from '../support/replayed-exportfs.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const networks = { '*': ['127.0.0.0/8', '::1'], sales: ['10.1.2.3'], closed: [] };

async function makeStore(mounts = ['testmount']) {
  const store = await TestStore.make({ mounts });
  const exportfs = await ReplayedExportfs.install(store.folder);
  await store.configure({ exports: exportfs.settings, allowedClients: networks });
  return { store, exportfs };
}

/** The exported folders and their clients, without options. */
const tableOf = async (exportfs: ReplayedExportfs, { mountsDirectory }: TestStore) =>
  (await exportfs.table()).map((line) => line.replace(`${mountsDirectory}/`, '').replace(/\(.*/u, ''));

test('exports three folders of each mount to the clients that may call', async () => {
  const { store, exportfs } = await makeStore(['testmount', 'sales', 'closed']);
  await store.start(cloneByCopy);

  await waitUntil('all are exported', async () => (await exportfs.table()).length === 9);
  const table = await tableOf(exportfs, store);
  expect(table.slice(0, 3)).toEqual([
    'sales/oracle_data  10.1.2.3/32',
    'sales/restores  10.1.2.3/32',
    'sales/clones  10.1.2.3/32',
  ]);
  expect(table.slice(3, 5)).toEqual(['testmount/oracle_data  127.0.0.0/8', 'testmount/oracle_data  ::1/128']);
  const [line = ''] = await exportfs.table();
  expect(line).toMatch(
    /\(rw,sync,no_subtree_check,root_squash,fsid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12},/u,
  );
  // Below the clones alone other file systems are seen: on ZFS a clone is one.
  const crossing = (await exportfs.table()).filter((each) => each.includes(',crossmnt,'));
  expect(crossing.map((each) => /\/(\w+) {2}/.exec(each)?.[1])).toEqual(['clones', 'clones', 'clones']);
  await exportfsExports(exportfs.file).flush();
  expect(await exportfs.countOf('-f')).toBe(1);
  expect(await readdir(dirname(exportfs.file))).toEqual(['holdfast.exports']);
});

test('tells the service who exports', async () => {
  const { store } = await makeStore();
  await store.start(cloneByCopy);

  expect(store.service.requests[1]?.body.capabilities).toContain('exports:exportfs');
});

test('withdraws the exports of a mount that goes away, and no others', async () => {
  const { store, exportfs } = await makeStore(['testmount', 'sales']);
  await store.start(cloneByCopy);
  await waitUntil('both are exported', async () => (await exportfs.table()).length === 9);

  store.service.state.mounts.pop();

  await waitUntil('one is withdrawn', async () => (await exportfs.table()).length === 6);
  expect((await tableOf(exportfs, store)).every((line) => line.startsWith('testmount/'))).toBe(true);
});

test('exports again after a restart, before it answers calls, also without the service', async () => {
  const { store, exportfs } = await makeStore();
  const first = await store.start(cloneByCopy);
  await waitUntil('it is exported', async () => (await exportfs.table()).length === 6);
  const before = await readFile(exportfs.file, 'utf8');
  await first.stop();
  await exportfs.forget();
  await store.service.stop();

  const { url } = await store.start(cloneByCopy);

  expect(await exportfs.table()).toHaveLength(6);
  expect(await readFile(exportfs.file, 'utf8')).toBe(before);
  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  await store.service.listen(0);
});

const exportFailed = { error_code: 4295622670, error_msg: 'Failed to export path to NFS.', result: {} };

test('POST answers 4295622670 while the export fails, GET does not, and the log has the cause', async () => {
  const { store, exportfs } = await makeStore();
  await exportfs.breakDown('-ra', 'the NFS server does not run');
  const { gateway, url } = await store.spawn();
  const calls = new Calls(url);

  expect(await calls.start()).toMatchObject(exportFailed);
  expect(await calls.status()).toMatchObject({ error_code: 0 });
  expect(await calls.finish()).toMatchObject({ error_code: 4295622659 });
  const messages = gateway.log().map(({ err }) => (err as { message?: string } | undefined)?.message);
  expect(messages).toContain('exportfs -ra failed: exportfs: the NFS server does not run');

  await exportfs.mend('-ra');
  expect(await calls.start()).toMatchObject({ error_code: 0 });
});

test('POST answers 4295622670 when the NFS server cannot be asked', async () => {
  const { store, exportfs } = await makeStore();
  const { url } = await store.spawn();
  const calls = new Calls(url);
  await exportfs.breakDown('-s', 'etab is damaged');
  expect(await calls.start()).toMatchObject(exportFailed);
  await exportfs.mend('-s');

  expect(await calls.start()).toMatchObject({ error_code: 0 });
});

test('POST mends an export that somebody else took back', async () => {
  const { store, exportfs } = await makeStore();
  const { url } = await store.start(cloneByCopy);
  await waitUntil('it is exported', async () => (await exportfs.table()).length === 6);
  await exportfs.forget();

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  expect(await exportfs.table()).toHaveLength(6);
});

test('exports of others that are wrong do not stop ours', async () => {
  const { store, exportfs } = await makeStore();
  await writeFile(join(dirname(exportfs.file), 'other.exports'), '/does/not/exist *(rw)\n');
  const { url } = await store.start(cloneByCopy);

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  expect(store.logLines.join('')).not.toContain('cannot be exported');
});

test('without exports, exportfs is never run', async () => {
  const store = await TestStore.make();
  const exportfs = await ReplayedExportfs.install(store.folder);
  const { url } = await store.start(cloneByCopy);

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
  expect((await exportfs.countOf('-ra')) + (await exportfs.countOf('-s'))).toBe(0);
});

test.each([
  [{ kind: 'nfs' }, 'exports.kind'],
  [{ kind: 'exportfs', file: 'relative.exports' }, 'exports.file: must be an absolute path'],
  [{ kind: 'exportfs', file: '/etc/exports' }, 'exports.file: must end in .exports'],
  [{ kind: 'none', file: '/etc/exports.d/x.exports' }, 'exports'],
])('the configuration %j is refused', async (exports, problem) => {
  const store = await TestStore.make({ settings: { exports } });

  await expect(store.loadConfig()).rejects.toThrow(problem);
});

const folder = { clients: ['10.0.0.0/8'], fsid: '00000000-0000-0000-0000-000000000001' };

test.each([
  ['/Phoenix/orcl/oracle_data', '/Phoenix/orcl/oracle_data'],
  ['/my mounts/#1', '/my\\040mounts/\\0431'],
  ['/a"b\\c\nd\t', '/a\\042b\\134c\\012d\\011'],
  ['/ä', '/\\303\\244'],
  ['/a*(rw)', '/a\\052\\050rw\\051'],
])('the path %j is written as %s', (path, escaped) => {
  expect(escapePath(path)).toBe(escaped);
  expect(formatExports([{ ...folder, path }]).split('\n')[1]).toBe(
    `${escaped} 10.0.0.0/8(rw,sync,no_subtree_check,root_squash,fsid=${folder.fsid})`,
  );
});

test.each([
  ['/x  10.0.0.0/8(sync,wdelay,rw)\n', undefined],
  ['/x\t10.0.0.0/8(rw)\n', undefined],
  ['/xy  10.0.0.0/8(rw)\n', '/x is not exported to 10.0.0.0/8'],
  ['/x  10.0.0.0/16(rw)\n', '/x is not exported to 10.0.0.0/8'],
  ['/x  10.0.0.0/8(sync,ro)\n', '/x is exported to 10.0.0.0/8 read-only'],
  ['', '/x is not exported to 10.0.0.0/8'],
])('of what exportfs shows, %j means %j', (output, problem) => {
  expect(findUnexported(output, [{ ...folder, path: '/x' }])).toBe(problem);
});
