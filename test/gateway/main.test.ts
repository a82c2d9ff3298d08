import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../gateway/config.ts';
import { journalVersion } from '../../gateway/journal/schema.ts';
import { backUp, cloneByCopy, waitForPoints, writePiece } from './support/backup.ts';
import { Calls } from './support/calls.ts';
import { Gate } from './support/gate.ts';
import { type Finished, GatewayProcess } from './support/gateway-process.ts';
import { TestStore } from './support/test-store.ts';

const runGateway = (args: readonly string[]): Promise<Finished> => new GatewayProcess(args).finished();

/** The message of the last line of the log. */
const lastMessage = ({ stderr }: Finished): string =>
  String(JSON.parse(stderr.trim().split('\n').at(-1) ?? '').msg);

describe('activation', () => {
  test('keeps the token in a file for the owner alone and prints the store, not the token', async () => {
    const store = await TestStore.make();
    const { code, storeId } = store.service.state;

    const finished = await runGateway(['activate', '--config', store.configFile, '--code', code]);

    expect(finished).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(finished.stdout)).toEqual({ activated: true, storeId, name: 'test-store' });
    const file = join(store.dataDirectory, 'store.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(store.dataDirectory)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(file, 'utf8')).token).toBe(store.service.state.token);
  });

  test('with a code that is not valid says what to do', async () => {
    const store = await TestStore.make();

    const finished = await runGateway(['activate', '--config', store.configFile, '--code', 'x'.repeat(30)]);

    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(finished.stderr).toContain('the code is not valid\n');
    expect(finished.stderr).toContain('an admin makes a new one');
  });

  test('replaces the token of the same store, but not another store', async () => {
    const store = await TestStore.make();
    await store.activate();
    const first = store.service.state.token;
    await store.activate();
    expect(store.service.state.token).not.toBe(first);

    Object.assign(store.service.state, { storeId: 'sto-01ARZ3NDEKTSV4RRFFQ69G5FAV' });

    await expect(store.activate()).rejects.toMatchObject({
      code: 'ACTIVATION_STORE_MISMATCH',
      hint: expect.stringContaining('use it with an empty data directory'),
    });
  });
});

describe('a start is refused, with what to do, when', () => {
  test('the configuration has problems: all of them are listed', async () => {
    const store = await TestStore.make();
    await store.configure({
      dataDirectory: 'relative',
      listen: { port: 70_000, hots: 'x' },
      service: { url: 'http://service.example.com' },
      unknown: 1,
    });

    const finished = await runGateway(['--config', store.configFile]);

    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(lastMessage(finished)).toBe(
      `the configuration file ${store.configFile} has problems:\n` +
        '  dataDirectory: must be an absolute path\n' +
        '  listen.port: Too big: expected number to be <=65535\n' +
        '  listen.hots: unknown key: did you mean host?\n' +
        '  service.url: must begin with https:// unless the service runs on this machine\n' +
        `  unknown: unknown key: there are ${Object.keys(configSchema().properties ?? {}).join(', ')}`,
    );
  });

  test('the data directory would be exported', async () => {
    const store = await TestStore.make();
    await store.configure({ dataDirectory: join(store.mountsDirectory, 'data') });

    await expect(store.loadConfig()).rejects.toThrow(
      'dataDirectory: and mountsDirectory must not lie in one another',
    );
  });

  test('the configuration cannot be read', async () => {
    const store = await TestStore.make();
    await writeFile(store.configFile, '{ "dataDirectory":');

    await expect(store.loadConfig()).rejects.toThrow(
      `${store.configFile} cannot be read: Unexpected end of JSON`,
    );
  });

  test('the store is not activated', async () => {
    const store = await TestStore.make();

    const finished = await runGateway(['--config', store.configFile]);

    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(lastMessage(finished)).toBe('this store is not activated: run the command "activate" with a code');
  });

  test('the folder of the mounts is not there', async () => {
    const store = await TestStore.make();
    await store.activate();
    await rm(store.mountsDirectory, { recursive: true });

    await expect(store.start()).rejects.toThrow('is not a folder: make or mount it');
  });

  test('others may read the token', async () => {
    const store = await TestStore.make();
    await store.activate();
    await chmod(join(store.dataDirectory, 'store.json'), 0o644);

    await expect(store.start()).rejects.toThrow('make it readable for its owner only (chmod 600)');
  });

  test('the file with the token is damaged', async () => {
    const store = await TestStore.make();
    await store.activate();
    await writeFile(join(store.dataDirectory, 'store.json'), '{"token":"secret"');

    await expect(store.start()).rejects.toThrow(
      /store.json is damaged: activate the store again with a fresh code$/,
    );
  });

  test('the journal was written by another version', async () => {
    const store = await TestStore.make();
    await store.activate();
    const journal = new DatabaseSync(join(store.dataDirectory, 'journal.sqlite'));
    journal.exec(`PRAGMA user_version = ${journalVersion + 1}`);
    journal.close();

    await expect(store.start()).rejects.toThrow(
      `has version ${journalVersion + 1}, this gateway reads version ${journalVersion}:`,
    );
  });

  test('another process uses the data directory', async () => {
    const store = await TestStore.make();
    await store.start();

    const finished = await runGateway(['--config', store.configFile]);

    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(lastMessage(finished)).toBe(
      `another gateway process uses the data directory ${store.dataDirectory}: stop it first`,
    );
  });
});

test('stdout has the ready line alone, stderr a log in JSON without token or signed URL', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  const faulted = new Set<string>();
  store.vault.onRequest = (_, key) => {
    if (faulted.has(key)) return undefined;
    faulted.add(key);
    return { status: 403, code: 'AccessDenied' };
  };
  store.service.onRequest = (name) => {
    if (faulted.has(name)) return undefined;
    faulted.add(name);
    return { status: 401 };
  };
  await backUp(url);
  await waitForPoints(store, ['UID_1']);

  const finished = await gateway.end('SIGTERM');

  expect(finished.exitCode).toBe(0);
  expect(finished.stdout).toBe(`{"ready":true,"url":"${url}"}\n`);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(gateway.log().length).toBeGreaterThan(10);
  for (const secret of [store.service.state.token ?? '', 'X-Amz-Signature', 'Bearer']) {
    expect(finished.stderr).not.toContain(secret);
  }
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the gateway in the middle of an upload, which goes on later',
  async (signal) => {
    const store = await TestStore.make();
    const { gateway, url } = await store.spawn();
    await writePiece(store, 'piece', 100_000);
    const gate = new Gate();
    store.vault.onRequest = async (_, key) => {
      if (key.includes('/packs/')) await gate.pass();
      return undefined;
    };
    await backUp(url);
    await gate.reached;

    const finished = await gateway.end(signal);
    expect(finished.exitCode).toBe(0);
    gate.open();
    await store.spawn();

    await waitForPoints(store, ['UID_1']);
  },
);

test('a call that waits for a freeze is answered before the gateway ends', async () => {
  const store = await TestStore.make();
  const gate = new Gate();
  let isHeld = false;
  const { url, stop } = await store.start(async (from, to) => {
    if (isHeld) await gate.pass();
    await cloneByCopy(from, to);
  });
  await writePiece(store, 'piece', 1000);
  await new Calls(url).start();
  isHeld = true;

  const finishing = new Calls(url).finish();
  await gate.reached;
  const stopping = stop();
  gate.open();

  expect(await finishing).toMatchObject({ error_code: 0, result: { snap_name: 'UID_1' } });
  await stopping;
});
