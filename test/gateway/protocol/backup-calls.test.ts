import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Calls, logFields } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const notStarted = { status: 200, error_code: 4295622659, error_msg: 'START_BACKUP cmd not received yet.' };
const missing = {
  status: 200,
  error_code: 4295622665,
  error_msg: 'Backup mount does not exist on Export Service.',
};
const inconsistent = { status: 200, error_code: 4295622669 };

/** As they stand in the path. */
const hostileNames = [
  'unknown',
  'TESTMOUNT',
  '.',
  '..',
  '%2e%2e',
  '..%2f..%2fetc',
  '%2fetc%2fpasswd',
  '..%5c..',
  'test%00mount',
  'testmount%2f',
  'testmount%20',
  'test+mount',
  '%zz',
  '%C3%A9t%C3%A9',
  '%ff',
  '__proto__',
  'x'.repeat(255),
  'x'.repeat(5000),
  "'%20OR%201=1--",
];

/** Sends a path as it stands; `fetch` would tidy it up first. */
const callRaw = (url: string, path: string): Promise<{ status: number | undefined; text: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, method: 'GET' }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });

test('a backup answers each call in one line, keys in the order of the document', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const calls = new Calls(url);

  const answers = [
    await calls.status(),
    await calls.start(),
    await calls.uploadLog(logFields()),
    await calls.finish(),
  ];

  expect(answers.map(({ text }) => text)).toEqual([
    '{"error_code":0,"error_msg":"","result":{"mount_name":"testmount","is_reached_max_snapshots":false}}',
    `{"error_code":0,"error_msg":"","result":{"mount_path":"${store.oracleData()}","mount_name":"testmount","mount_params":{"timeo":1200,"retrans":5}}}`,
    '{"error_code":0,"error_msg":"","result":{"mount_name":"testmount"}}',
    '{"error_code":0,"error_msg":"","result":{"snap_name":"UID_1","mount_name":"testmount"}}',
  ]);
});

test('an error is answered with status 200 and an empty result', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  const answer = await new Calls(url).finish();

  expect(answer.status).toBe(200);
  expect(answer.text).toBe(
    '{"error_code":4295622659,"error_msg":"START_BACKUP cmd not received yet.","result":{}}',
  );
});

test('the mount path is the exported one when the store exports under another root', async () => {
  const store = await TestStore.make({ settings: { exportRoot: '/Phoenix' } });
  const { url } = await store.start();

  const { result } = await new Calls(url).start();

  expect(result.mount_path).toBe('/Phoenix/testmount/oracle_data');
});

describe('the order of calls', () => {
  test('the status can be asked for at any time', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    const codes = [await calls.status()];
    for (const step of ['start', 'finish'] as const) {
      await calls[step]();
      codes.push(await calls.status());
    }

    expect(codes.map(({ error_code }) => error_code)).toEqual([0, 0, 0]);
  });

  test('starting again changes nothing: the log that came before still belongs to the backup', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    const first = await calls.start();
    await calls.uploadLog(logFields());

    const second = await calls.start();
    await calls.finish();

    expect(second.text).toBe(first.text);
    await waitUntil('the log is in the vault', () => logKeys(store).length === 1);
  });

  test('nothing but the status is served before a backup is started', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);

    expect(await calls.finish()).toMatchObject(notStarted);
    expect(await calls.uploadLog(logFields())).toMatchObject(notStarted);
  });

  test('a finished backup takes no second end, but a log that comes late', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    await calls.start();
    await calls.finish();

    expect(await calls.finish()).toMatchObject(notStarted);
    expect(await calls.uploadLog(logFields())).toMatchObject({ status: 200, error_code: 0 });
  });

  test('of two hosts on one mount the one that finishes later is told that its backup was not frozen', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const [one, other] = [new Calls(url), new Calls(url)];
    await Promise.all([one.start(), other.start()]);

    const answers = await Promise.all([one.finish(), other.finish()]);

    expect(answers.map(({ error_code }) => error_code).sort()).toEqual([0, 4295622659]);
  });

  test('the same log sent again after a lost answer is kept once', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    await calls.start();

    await calls.uploadLog(logFields());
    await calls.uploadLog(logFields());
    await calls.uploadLog(logFields('another log\n'));
    await calls.finish();

    await waitUntil('the snapshot is a point', () => committed(store) === 1);
    expect(logKeys(store)).toHaveLength(2);
  });

  test('the same log sent again with another mountpoint is kept once more, also when that is the first one again', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    const elsewhere = logFields().map((field) =>
      field[0] === 'mountpoint' ? (['mountpoint', '/backup'] as const) : field,
    );
    await calls.start();

    await calls.uploadLog(logFields());
    await calls.uploadLog(elsewhere);
    await calls.uploadLog(logFields());
    await calls.uploadLog(logFields());
    await calls.finish();

    await waitUntil('the snapshot is a point', () => committed(store) === 1);
    expect(logKeys(store)).toHaveLength(3);
  });

  test('snapshots are counted for each mount', async () => {
    const store = await TestStore.make({ mounts: ['one', 'two'] });
    const { url } = await store.start();
    const names: unknown[] = [];
    for (const mount of ['one', 'one', 'two']) {
      const calls = new Calls(url, mount);
      await waitUntil('the mount is free', async () => (await calls.start()).error_code === 0);
      names.push((await calls.finish()).result.snap_name);
    }

    expect(names).toEqual(['UID_1', 'UID_2', 'UID_1']);
  });
});

describe('the mount of a call', () => {
  test('is missing under any other name, however that is written', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();

    for (const name of hostileNames) {
      const { status, text } = await callRaw(url, `/druva-phoenix/v1/mounts/${name}/backup`);

      expect({ status, ...JSON.parse(text) }, name).toEqual({ ...missing, result: {} });
    }
  });

  test('is inconsistent when its folder is gone, and stays so until that is back', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    const [mount] = store.service.state.mounts;
    await rename(store.oracleData(), `${store.oracleData()}.away`);

    expect(await calls.status()).toMatchObject(inconsistent);
    expect(await calls.start()).toMatchObject(inconsistent);
    await waitUntil(
      'the service knows',
      () => store.service.state.reported.get(mount?.mountId ?? '') === 'inconsistent',
    );
    await rename(`${store.oracleData()}.away`, store.oracleData());
    expect(await calls.start()).toMatchObject({ error_code: 0 });
  });

  test('is inconsistent when its folders are those of another disk', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const root = join(store.mountsDirectory, 'testmount');
    await rename(root, `${root}.away`);
    for (const name of ['oracle_data', 'restores', 'clones'])
      await mkdir(join(root, name), { recursive: true });

    expect(await new Calls(url).start()).toMatchObject(inconsistent);
  });

  test('is missing when the service does not list it any more, and its data stay', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    await writeFile(join(store.oracleData(), 'piece'), 'content');
    store.service.state.mounts.length = 0;
    const calls = new Calls(url);

    await waitUntil('it is missing', async () => (await calls.start()).error_code === missing.error_code);
    expect(await readFile(join(store.oracleData(), 'piece'), 'utf8')).toBe('content');
  });
});

test('a call that does not exist is answered with an error in the same form', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  const { status, text } = await callRaw(url, '/druva-phoenix/v1/mounts/testmount/snapshots');

  expect(status).toBe(404);
  expect(JSON.parse(text)).toMatchObject({
    error_code: 0x1000b0006,
    error_msg: 'There is no call GET /druva-phoenix/v1/mounts/testmount/snapshots.',
    result: {},
  });
});

const logKeys = ({ vault }: TestStore): string[] =>
  [...vault.objects.keys()].filter((key) => key.includes('/logs/'));
const committed = ({ service }: TestStore): number =>
  service.state.uploads.filter(({ state }) => state === 'committed').length;
