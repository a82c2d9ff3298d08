import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readKeyFile } from '../../../gateway/encryption/key-file.ts';
import type { RunningGateway } from '../../../gateway/gateway.ts';
import { runHere } from '../../cli/run-here.ts';
import { backUp, describeTree, waitForPoints, writePiece } from '../support/backup.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const folderOf = (store: TestStore, job: number) =>
  join(store.mountsDirectory, 'testmount', 'restores', String(job));

/** A store with keys `main` and `next`, made by the command line. */
async function makeStore(): Promise<{ store: TestStore; file: (name: string) => string }> {
  const store = await TestStore.make();
  const file = (name: string) => join(store.folder, `${name}.key`);
  for (const name of ['main', 'next']) expect((await runHere(['key', 'create', file(name)])).code).toBe(0);
  return { store, file };
}

const settingsOf = (file: (name: string) => string, names: readonly string[], more: object = {}) => {
  const keys = Object.fromEntries(names.map((name) => [name, { kind: 'file', file: file(name) }]));
  return { encryption: { keys, mounts: { '*': names.at(-1) }, ...more } };
};

async function reconfigure(store: TestStore, gateway: RunningGateway, settings: object): Promise<void> {
  await store.configure(settings);
  await gateway.reload(await store.loadConfig());
}

async function makePoint(store: TestStore, url: string, number: number) {
  await writePiece(store, `piece-${number}`, 50_000);
  await backUp(url);
  await waitUntil(`UID_${number} is a recovery point`, () => store.service.state.uploads.length === number);
  await waitForPoints(
    store,
    Array.from({ length: number }, (_, index) => `UID_${index + 1}`),
  );
  const point = store.service.state.uploads.at(-1);
  if (!point) throw new Error('there is no point');
  return { point, tree: await describeTree(store.oracleData()) };
}

type Made = Awaited<ReturnType<typeof makePoint>>;

async function restored(store: TestStore, { point, tree }: Made, job: number) {
  const restore = store.service.state.orderRestore(point, job);
  await waitUntil('the restore ended', () => restore.endedAt !== undefined);
  if (restore.state === 'completed') expect(await describeTree(folderOf(store, job))).toEqual(tree);
  return restore;
}

const packsOf = ({ vault }: TestStore): number =>
  [...vault.objects.keys()].filter((key) => key.includes('/packs/')).length;

describe('a store whose mounts are encrypted', () => {
  test('rotates its key without writing data anew, and restores old and new points with the new key alone', async () => {
    const { store, file } = await makeStore();
    await store.configure(settingsOf(file, ['main']));
    const gateway = await store.start();
    const first = await makePoint(store, gateway.url, 1);
    const packs = packsOf(store);
    await reconfigure(store, gateway, settingsOf(file, ['main', 'next']));

    const before = await runHere(['key', 'check', '--config', store.configFile]);
    const rotated = await runHere(['key', 'rotate', '--config', store.configFile]);
    const again = await runHere(['key', 'rotate', '--config', store.configFile]);
    await reconfigure(store, gateway, settingsOf(file, ['next']));
    const second = await makePoint(store, gateway.url, 2);

    const { keyId } = await readKeyFile(file('next'));
    expect(before.stdout).toMatch(
      /^rotate {2}testmount: data key 1 opens with key key-\w+, not yet with key-/,
    );
    expect(rotated).toMatchObject({ code: 0, stdout: `testmount: 1 data keys wrapped under ${keyId}\n` });
    expect(again.stdout).toBe(`testmount: 0 data keys wrapped under ${keyId}\n`);
    const ready = await runHere(['key', 'check', '--config', store.configFile]);
    expect(ready).toMatchObject({
      code: 0,
      stdout: `ready   testmount: data key 1 opens with key ${keyId}\n`,
    });
    expect(packsOf(store)).toBe(packs + 1);
    expect(await restored(store, first, 1)).toMatchObject({ state: 'completed' });
    expect(await restored(store, second, 2)).toMatchObject({ state: 'completed' });

    // A new gateway with nothing but the key, which somebody typed from paper.
    const kit = (await runHere(['key', 'kit', file('next')])).stdout;
    const secrets = [file('main'), file('next')].map(async (path) => (await readKeyFile(path)).secret);
    const forms = (await Promise.all(secrets)).flatMap((secret) => [
      secret.toString('base64'),
      secret.toString('hex'),
    ]);
    const said = [...store.logLines, JSON.stringify(store.service.requests), rotated.stdout].join();
    expect(forms.filter((form) => said.includes(form))).toEqual([]);
    expect(kit).toContain(keyId);
  });

  test('uploads and restores nothing with a wrong key, and says which mount needs which key', async () => {
    const { store, file } = await makeStore();
    await store.configure(settingsOf(file, ['main']));
    const gateway = await store.start();
    const first = await makePoint(store, gateway.url, 1);
    const objects = store.vault.objects.size;
    await reconfigure(store, gateway, settingsOf(file, ['next']));

    await writePiece(store, 'piece-2', 1000);
    await backUp(gateway.url);
    await waitUntil('it is refused', () =>
      store.logLines.some((line) => line.includes('snapshot not uploaded yet')),
    );
    const failed = await restored(store, first, 1);

    const [right, wrong] = await Promise.all(
      ['main', 'next'].map(async (name) => (await readKeyFile(file(name))).keyId),
    );
    const reason = `mount testmount: its data key is wrapped under key ${right}, and this gateway has ${wrong}: give it that key in encryption.keys`;
    expect(failed).toMatchObject({ state: 'failed', reason: `ENCRYPTION_KEY_WRONG: ${reason}` });
    expect(
      store.logLines.some((line) => line.includes('snapshot not uploaded yet') && line.includes(reason)),
    ).toBe(true);
    expect(store.vault.objects.size).toBe(objects);
    expect(await readdir(join(store.mountsDirectory, 'testmount', 'restores'))).toEqual([]);
    const checked = await runHere(['key', 'check', '--config', store.configFile]);
    expect(checked).toMatchObject({ code: 1, stdout: `failed  testmount: ${reason}\n` });

    // The key is back: what waited goes on by itself.
    await reconfigure(store, gateway, settingsOf(file, ['main']));
    await waitForPoints(store, ['UID_1', 'UID_2']);
  });

  test('goes on under a new data key when the key is lost; old points stay lost', async () => {
    const { store, file } = await makeStore();
    await store.configure(settingsOf(file, ['main']));
    const gateway = await store.start();
    const first = await makePoint(store, gateway.url, 1);
    await rm(file('main'));
    await reconfigure(store, gateway, settingsOf(file, ['next']));

    const unsure = await runHere([
      'key',
      'renew',
      'testmount',
      '--config',
      store.configFile,
      '--confirm',
      'test',
    ]);
    const confirmed = ['--config', store.configFile, '--confirm', 'testmount'];
    const renewed = await runHere(['key', 'renew', 'testmount', ...confirmed]);
    await makePoint(store, gateway.url, 2);

    expect(unsure.code).toBe(1);
    expect(renewed.stdout).toMatch(/^testmount: data key 2 is wrapped under key-/);
    expect(await restored(store, first, 1)).toMatchObject({ state: 'failed' });
    const rotated = await runHere(['key', 'rotate', '--config', store.configFile]);
    expect(rotated).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no key here opens data key 1'),
    });
  });

  test('takes no point in clear that claims to be younger than its encryption, nor any where that is said', async () => {
    const { store, file } = await makeStore();
    const gateway = await store.start();
    const clear = await makePoint(store, gateway.url, 1);
    await reconfigure(store, gateway, settingsOf(file, ['main']));
    const encrypted = await makePoint(store, gateway.url, 2);
    const mountId = store.service.state.mounts[0]?.mountId ?? '';
    const [known] = store.service.state.dataKeys.get(mountId) ?? [];

    expect(await restored(store, clear, 1)).toMatchObject({ state: 'completed' });
    expect(known).toMatchObject({ generation: 1, firstUploadId: encrypted.point.uploadId });
    await reconfigure(store, gateway, settingsOf(file, ['main'], { unencryptedPoints: 'none' }));
    expect(await restored(store, clear, 3)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`recovery point ${clear.point.uploadId} is not encrypted`),
    });
    await reconfigure(store, gateway, {
      encryption: { ...settingsOf(file, ['main']).encryption, mounts: {} },
    });
    await writePiece(store, 'piece-3', 1000);
    await backUp(gateway.url);
    await waitUntil('the oversight is told', () =>
      store.logLines.some((line) => line.includes('ENCRYPTION_MISSING')),
    );
    await reconfigure(store, gateway, settingsOf(file, ['main'], { mounts: { testmount: 'unencrypted' } }));
    await waitForPoints(store, ['UID_1', 'UID_2', 'UID_3']);
  });
});

describe('a key service behind a command', () => {
  test('wraps and unwraps by standard input and output, and its failures are told without secrets', async () => {
    const { store } = await makeStore();
    const program = join(store.folder, 'kms.mjs');
    // "Wraps" by turning bytes around, as a stand-in for a service.
    const text = `#!${process.execPath}
import { appendFileSync, existsSync } from 'node:fs';
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { operation, payload, wrapped, keyId } = JSON.parse(text);
appendFileSync('${store.folder}/asked', operation + ' ' + keyId + ' ' + process.argv.slice(2) + '\\n');
if (existsSync('${store.folder}/down')) { console.error('no service for', payload ?? wrapped); process.exit(3); }
const turned = Buffer.from(payload ?? wrapped, 'base64').reverse().toString('base64');
console.log(JSON.stringify(operation === 'wrap' ? { wrapped: turned } : { payload: turned }));
`;
    await writeFile(program, text);
    await chmod(program, 0o755);
    const key = { kind: 'command', keyId: 'arn:aws:kms:eu-1:1:key/7', command: [program, '--profile', 'x'] };
    const down = join(store.folder, 'down');
    await writeFile(down, '');
    await store.configure({ encryption: { keys: { kms: key }, mounts: { testmount: 'kms' } } });
    const gateway = await store.start();
    onTestFinished(() => gateway.stop());
    await writePiece(store, 'piece-1', 1000);
    await backUp(gateway.url);
    await waitUntil('it is told', () => store.logLines.some((line) => line.includes('no service for')));
    const told = store.logLines.find((line) => line.includes('no service for')) ?? '';
    await rm(down);
    await waitForPoints(store, ['UID_1']);

    expect(told).toContain('mount testmount: ');
    expect(told).toContain('cannot wrap with key arn:aws:kms:eu-1:1:key/7 (3): no service for [secret]');
    const asked = await readFile(join(store.folder, 'asked'), 'utf8');
    expect(asked.split('\n').slice(-3)).toEqual([
      'wrap arn:aws:kms:eu-1:1:key/7 --profile,x',
      'unwrap arn:aws:kms:eu-1:1:key/7 --profile,x',
      '',
    ]);
  });
});
