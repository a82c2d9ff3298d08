import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Mount } from '../../../shared/domain/mount.ts';
import { runHere } from '../../cli/run-here.ts';
import { serveApi } from '../../cli/served-api.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { arrangeAgent, completeWithPoint } from '../administration/administration-seeding.ts';
import { admin, operator } from '../retention/seeding.ts';

let service: MemoryService;
let mount: Mount;
const opened: { close(): Promise<unknown> }[] = [];
beforeEach(async () => {
  ({ service, mount } = await arrangeAgent());
});
afterEach(() => Promise.all(opened.splice(0).map((api) => api.close())));

type Name = Parameters<MemoryService['send']>[0];
const call = (name: Name, input: object = {}, caller = admin) =>
  service.send(name, { caller, params: { mountId: mount.mountId, database: 'LEDGER' }, ...input });
const set = (body: object, database = 'LEDGER') =>
  call('setStrategy', { params: { mountId: mount.mountId, database }, body });

/** What a request came to, made and completed. */
async function request(body: object = {}) {
  const sent = await call('createRequest', { body: { database: 'LEDGER', ...body } }, operator);
  const requestId = sent.body?.requestId as Parameters<typeof completeWithPoint>[2];
  await completeWithPoint(service, mount, requestId);
  service.clock.advance(60_000);
  return sent.body ?? {};
}

it('the request wins over the database, the database over the mount, and the mount over the default, field by field', async () => {
  const plain = await request();
  await set({ expire: '3w' });
  const ofDatabase = await request();
  const ofRequest = await request({ expire: '1d' });
  await set({ order: { incremental: true } });
  const incremental = await request();
  const full = await request({ order: { level: 0 } });
  const logs = await request({ content: 'archived-logs' });
  await call('removeStrategy');
  const again = await request();

  expect([plain.expire, plain.level]).toEqual([undefined, 0]);
  expect([ofDatabase.expire, ofDatabase.level]).toEqual(['3w', 0]);
  expect(ofRequest.expire).toBe('1d');
  expect([incremental.expire, incremental.level]).toEqual([undefined, 1]);
  expect(incremental.parentId).toBeDefined();
  expect(full.level).toBe(0);
  expect([logs.level, logs.expire]).toEqual([undefined, undefined]);
  expect([again.level, again.expire]).toEqual([0, undefined]);
});

it('holds for the backups of Trove, whose request may still say otherwise', async () => {
  await set({ expire: '3w', order: { incremental: true } });
  const create = async (body: object) => {
    const sent = await call('createBackup', { body: { instance: mount.mountId, name: 'nightly', ...body } });
    const { id } = (sent.body as { backup: { id: string } }).backup;
    const made = await service.catalog.requests.find(id as never);
    await completeWithPoint(service, mount, id as never);
    return made;
  };

  expect(await create({})).toMatchObject({ level: 0, askedLevel: 1, expire: '3w' });
  expect(await create({})).toMatchObject({ level: 1, expire: '3w' });
  expect(await create({ incremental: 0 })).toMatchObject({ level: 0 });
});

it('is created, replaced, shown, listed and removed, and says where each field is from', async () => {
  const before = await call('showStrategy');
  const created = await set({ expire: '2w' });
  const replaced = await set({ order: { level: 1 } });
  const same = await set({ order: { level: 1 } });
  const journal = (await service.catalog.mounts.find(mount.mountId))?.journal.number;
  const listed = await call('listStrategies');
  const removed = await call('removeStrategy');
  const none = await call('removeStrategy');

  expect(before.body).toEqual({
    ...{ database: 'LEDGER', expire: '10d', expireFrom: 'mount' },
    ...{ order: { level: 0 }, orderFrom: 'default' },
  });
  expect(created.body).toMatchObject({ expire: '2w', expireFrom: 'database', orderFrom: 'default' });
  expect(replaced.body).toMatchObject({ expire: '10d', expireFrom: 'mount', order: { level: 1 } });
  expect(same.body).toEqual(replaced.body);
  expect(journal).toBe(mount.journal.number + 2);
  expect(listed.body).toEqual({ items: [replaced.body] });
  expect(removed.body).toEqual(before.body);
  expect([none.statusCode, none.body?.code]).toEqual([404, 'STRATEGY_NOT_FOUND']);
});

it.each<[string, object, string, number, string]>([
  ['nothing at all', {}, 'LEDGER', 400, 'REQUEST_INVALID'],
  ['an expire in months', { expire: '1 month' }, 'LEDGER', 400, 'EXPIRE_INVALID'],
  ['an expire that may be minutes or months', { expire: '6m' }, 'LEDGER', 400, 'EXPIRE_INVALID'],
  ['an expire of nothing', { expire: '0d' }, 'LEDGER', 400, 'EXPIRE_INVALID'],
  ['a level that the agent does not make', { order: { level: 2 } }, 'LEDGER', 400, 'LEVEL_UNSUPPORTED'],
  ['a named parent', { order: { parentId: '01J00000000000000000000000' } }, 'LEDGER', 400, 'REQUEST_INVALID'],
  ['another volume', { volume: 'x', expire: '1d' }, 'LEDGER', 400, 'REQUEST_INVALID'],
  ['a database that nobody has', { expire: '1d' }, '__proto__', 404, 'DATABASE_NOT_CONFIGURED'],
])('refuses %s', async (_, body, database, status, code) => {
  const answer = await set(body, database);

  expect([answer.statusCode, answer.body?.code]).toEqual([status, code]);
  expect((await service.catalog.mounts.find(mount.mountId))?.strategies).toBeUndefined();
});

it('strategies that are set at once are all kept', async () => {
  const { mountId, storeId } = mount;
  const names = Array.from({ length: 6 }, (_, number) => `DB${number}`);
  const agents = names.map((name) => ({ name, mountId, highestLevel: 1 }));
  await service.catalog.agents.note(storeId, agents, service.clock.now());

  await Promise.all(names.map((name) => set({ expire: '1w' }, name)));

  const { body } = await call('listStrategies');
  const { items } = body as { items: { database: string }[] };
  expect(items.map(({ database }) => database)).toEqual(names);
});

it('holdfast strategy sets, shows, lists and deletes', async () => {
  const token = 'key-01J00000000000000000000000.secret';
  const api = await serveApi(service, token, admin);
  opened.push(api);
  const strategy = (...args: string[]) =>
    runHere(['strategy', ...args], { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });
  const { mountId, name } = mount;

  const made = await strategy('set', name, 'LEDGER', '--expire', '3w', '--incremental');
  const shown = await strategy('show', mountId, 'LEDGER', '--json');
  const listed = await strategy('list', mountId);
  const both = await strategy('set', mountId, 'LEDGER', '--level', '1', '--incremental');
  const wrong = await strategy('set', mountId, 'LEDGER', '--level', 'full');
  const deleted = await strategy('delete', mountId, 'LEDGER');
  const none = await strategy('list', mountId);

  expect(made.stdout).toBe(
    'database: LEDGER\nexpire: 3w (its own strategy)\norder: incremental (its own strategy)\n',
  );
  expect(JSON.parse(shown.stdout)).toMatchObject({ expire: '3w', order: { incremental: true } });
  expect(listed.stdout).toMatch(/^DATABASE +EXPIRE +FROM .*\nLEDGER +3w +database +incremental +database\n$/);
  expect([both.code, wrong.code]).toEqual([2, 2]);
  expect(deleted.stdout).toBe('database: LEDGER\nexpire: 10d (of the mount)\norder: level 0 (by default)\n');
  expect(none.stdout).toContain('no database of the mount has a strategy');
});
