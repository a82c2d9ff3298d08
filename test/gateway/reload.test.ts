import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { backUp, waitForPoints, writePiece } from './support/backup.ts';
import { Calls, logFields } from './support/calls.ts';
import { Gate } from './support/gate.ts';
import type { GatewayProcess } from './support/gateway-process.ts';
import { TestStore } from './support/test-store.ts';
import { waitUntil } from './support/wait-until.ts';

const clientRefused = 0x1000b0007;
const logTooLarge = 0x1000b0002;
const nobody = { '*': ['192.0.2.1'] };

/** Sends SIGHUP and answers the line that says what became of it. */
async function reload(gateway: GatewayProcess): Promise<Record<string, unknown>> {
  const said = () =>
    gateway.log().filter(({ msg }) => /^(configuration read|reload refused)/.test(String(msg)));
  const before = said().length;
  gateway.signal('SIGHUP');
  await waitUntil('the reload is over', () => said().length > before);
  return said().at(-1) ?? {};
}

test('SIGHUP changes who may call and how large a log may be', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  const calls = new Calls(url);
  await calls.start();

  await store.configure({ maxLogBytes: 10 });
  expect(await reload(gateway)).toMatchObject({ changed: ['maxLogBytes'] });
  expect(await calls.uploadLog(logFields('more than ten bytes'))).toMatchObject({ error_code: logTooLarge });

  await store.configure({ allowedClients: nobody });
  expect(await reload(gateway)).toMatchObject({ changed: ['allowedClients', 'maxLogBytes'] });
  expect(await calls.status()).toMatchObject({ error_code: clientRefused });

  await store.configure({});
  await reload(gateway);
  expect(await calls.status()).toMatchObject({ error_code: 0 });
});

test('SIGHUP changes the level of the log', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  const callsInLog = () => gateway.log().filter(({ msg }) => msg === 'call answered').length;

  await store.configure({ log: { level: 'error' } });
  gateway.signal('SIGHUP');
  // What tells that it took effect is said at the level "info".
  await waitUntil('calls are no longer in the log', async () => {
    const before = callsInLog();
    await new Calls(url).status();
    return callsInLog() === before;
  });
  await store.configure({});

  expect(await reload(gateway)).toMatchObject({ changed: ['log'] });
});

test('a reload that needs a restart names what does, and changes nothing', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();

  await store.configure({ allowedClients: nobody, exportRoot: '/Phoenix', listen: { port: 1 } });

  expect(await reload(gateway)).toMatchObject({
    level: 50,
    msg: 'reload refused: only a restart can change listen, exportRoot: the running configuration stays as it is',
  });
  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
});

test.each([
  ['is not JSON', '{ "dataDirectory":', 'cannot be read: Unexpected end of JSON input'],
  ['has problems', '{ "allowedClients": { "*": ["nowhere"] } }', 'must be an IP address or network'],
])('a file that %s changes nothing', async (_, text, why) => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();

  await writeFile(store.configFile, text);

  const { msg } = await reload(gateway);
  expect(msg).toMatch(/^reload refused: the configuration file /);
  expect(msg).toContain(why);
  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
});

test('an upload under way goes on through a reload', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  await writePiece(store, 'piece', 100_000);
  const gate = new Gate();
  const packs: string[] = [];
  store.vault.onRequest = async (_, key) => {
    if (!key.includes('/packs/')) return undefined;
    packs.push(key);
    await gate.pass();
    return undefined;
  };
  await backUp(url);
  await gate.reached;

  await store.configure({ timing: { retryFirstMillis: 10, commitCheckMillis: 10, pollMaxSeconds: 0.1 } });
  expect(await reload(gateway)).toMatchObject({ changed: ['timing'] });
  gate.open();

  await waitForPoints(store, ['UID_1']);
  expect(packs).toHaveLength(1);
});

test('of many signals the last one counts', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();

  await store.configure({ allowedClients: nobody });
  for (let count = 0; count < 20; count++) gateway.signal('SIGHUP');
  await store.configure({});
  await reload(gateway);

  await waitUntil('calls are answered', async () => (await new Calls(url).status()).error_code === 0);
  expect((await gateway.end('SIGTERM')).exitCode).toBe(0);
});
