import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { RefusalLimit } from '../../../gateway/access-log/refusal-limit.ts';
import { cloneByCopy, writePiece } from '../support/backup.ts';
import { Calls, logFields } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

type Line = Record<string, unknown>;

/** The lines that tell calls, without what every line has. */
const callsIn = (store: TestStore): Line[] =>
  store.logLines
    .map((line) => JSON.parse(line) as Line)
    .filter(({ msg }) => msg === 'call answered')
    .map(({ client, mount, call, errorCode, reason, tls, isClientGone }) => ({
      ...{ client, mount, call, errorCode, reason, tls, isClientGone },
    }));

/** Sends a path as it is, which a URL object would tidy up. */
const get = (url: string, path: string, localAddress = '127.0.0.1'): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, localAddress, agent: false }, (response) => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });

test('each call is one line: who, which mount, which call, what was answered', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const calls = new Calls(url);

  await calls.status();
  await calls.finish();
  await calls.start();
  await calls.uploadLog(logFields());
  await calls.finish();
  await calls.deleteRestore(7);
  await get(url, '/druva-phoenix/v1/mounts');

  const common = { client: '127.0.0.1', mount: 'testmount', errorCode: 0, tls: false };
  expect(callsIn(store)).toEqual([
    { ...common, call: 'GET backup' },
    {
      ...{ ...common, call: 'PUT backup', errorCode: 4295622659 },
      reason: 'START_BACKUP cmd not received yet.',
    },
    { ...common, call: 'POST backup' },
    { ...common, call: 'POST uploadlog' },
    { ...common, call: 'PUT backup' },
    {
      ...{ ...common, call: 'DELETE restores', errorCode: 4295622663 },
      reason: 'Restore Path is missing on Export Service.',
    },
    {
      ...{ ...common, call: 'GET /druva-phoenix/v1/mounts', mount: undefined, errorCode: 0x1000b0006 },
      reason: 'There is no call GET /druva-phoenix/v1/mounts.',
    },
  ]);
  const [first] = store.logLines.filter((line) => line.includes('call answered'));
  expect(JSON.parse(first ?? '')).toMatchObject({
    time: expect.any(Number),
    durationMillis: expect.any(Number),
  });
});

test.each([
  ['::1', '::1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
])('a gateway on %s answers its clients and tells them by their address %s', async (host, client) => {
  const store = await TestStore.make({ settings: { listen: { host, port: 0 } } });
  const { url } = await store.start();

  expect(new URL(url).hostname).toMatch(/^\[::.*\]$/);
  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
  expect(callsIn(store)).toMatchObject([{ client, call: 'GET backup' }]);
});

test.each([
  ['a line end', '%0A{"msg":"forged"}', '\n{"msg":"forged"}'],
  ['colours of a terminal', '%1B[31mred%1B]0;title%07', '\u001b[31mred\u001b]0;title\u0007'],
  ['the eight-bit form of them', '%C2%9B31m', '\u009b31m'],
  ['line ends of Unicode', '%E2%80%A8%E2%80%A9%C2%85', '\u2028\u2029\u0085'],
  ['a turn of the direction of writing', '%E2%80%AEtnuom', '\u202etnuom'],
  ['letters that cannot be seen', '%F3%A0%81%81', '\u{e0041}'],
  ['quotes', '"%5C"', '"\\"'],
])('a mount whose name holds %s does no harm to the log', async (_, encoded, name) => {
  const store = await TestStore.make();
  const { url } = await store.start();

  await get(url, `/druva-phoenix/v1/mounts/${encoded}/backup`);
  await get(url, `/other/${encoded}`);

  expect(callsIn(store).map(({ mount }) => mount)).toEqual([name, undefined]);
  for (const line of store.logLines) expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+\n$/u);
});

test('what cannot be decoded is one line, what is endless a short one', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  await get(url, '/druva-phoenix/v1/mounts/%zz/backup');
  await get(url, `/druva-phoenix/v1/mounts/${'x'.repeat(8000)}/backup`);

  expect(callsIn(store)).toMatchObject([
    { call: 'GET /druva-phoenix/v1/mounts/%zz/backup', errorCode: 4295622665 },
    { call: 'GET backup', mount: `${'x'.repeat(100)}…`, errorCode: 4295622665 },
  ]);
});

test('a client that goes away before its answer is in the log with its address', async () => {
  const store = await TestStore.make();
  const gate = new Gate();
  let isHeld = false;
  const { url } = await store.start(async (from, to) => {
    if (isHeld) await gate.pass();
    await cloneByCopy(from, to);
  });
  await writePiece(store, 'piece', 1000);
  await new Calls(url).start();
  isHeld = true;
  const { hostname, port } = new URL(url);
  const client = connect(Number(port), hostname);
  client.write('PUT /druva-phoenix/v1/mounts/testmount/backup HTTP/1.1\r\nhost: x\r\n\r\n');
  await gate.reached;
  client.resetAndDestroy();
  gate.open();
  await waitUntil('it is told', () => callsIn(store).some(({ call }) => call === 'PUT backup'));

  expect(callsIn(store).at(-1)).toMatchObject({ client: '127.0.0.1', call: 'PUT backup' });
});

test('of many refused calls a few are told, the others counted', async () => {
  const store = await TestStore.make({ settings: { allowedClients: { '*': ['127.0.0.2'] } } });
  const { url, stop } = await store.start();
  for (let count = 0; count < 30; count++) await get(url, '/druva-phoenix/v1/mounts/testmount/backup');
  await get(url, '/druva-phoenix/v1/mounts/testmount/backup', '127.0.0.2');
  await stop();

  const told = callsIn(store);
  expect(told.filter(({ client }) => client === '127.0.0.1')).toHaveLength(10);
  expect(told.at(0)).toMatchObject({ errorCode: 0x1000b0007, mount: 'testmount' });
  expect(told.at(-1)).toMatchObject({ client: '127.0.0.2', errorCode: 0 });
  expect(store.logLines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ calls: 20, msg: 'refused calls were not told one by one' }),
  );
});

describe('the limit of refused calls', () => {
  test('holds for a client and for all of them, and for a minute', () => {
    const limit = new RefusalLimit();
    const admitted = (clients: number, each: number, now: number) => {
      let count = 0;
      for (let at = 0; at < clients * each; at++)
        count += Number(limit.admits(`client ${at % clients}`, now));
      return count;
    };

    expect(admitted(1, 100, 0)).toBe(10);
    expect(admitted(100, 100, 59_999)).toBe(50);
    expect(limit.takeLeftOut()).toBe(100 + 100 * 100 - 60);
    expect(limit.takeLeftOut()).toBe(0);
    expect(admitted(1, 100, 60_000)).toBe(10);
  });
});
