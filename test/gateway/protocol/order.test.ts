import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloneByCopy } from '../support/backup.ts';
import { type Answer, Calls, logFields } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The table "Order of calls" of docs/gateway.md, row by row. */

type Step = 'GET' | 'POST' | 'PUT' | 'log';
const ok = 0;
const notStarted = 4295622659;
const pending = 4295622664;

const rows: readonly (readonly [row: string, steps: readonly Step[], codes: readonly number[]])[] = [
  ['GET at any time', ['GET', 'POST', 'GET', 'log', 'GET', 'PUT', 'GET'], [ok, ok, ok, ok, ok, ok, ok]],
  ['POST twice', ['POST', 'POST', 'PUT'], [ok, ok, ok]],
  ['POST after a log', ['POST', 'log', 'POST', 'log', 'PUT'], [ok, ok, ok, ok, ok]],
  ['uploadlog without POST', ['log'], [notStarted]],
  ['uploadlog after PUT', ['POST', 'PUT', 'log', 'log', 'PUT'], [ok, ok, ok, ok, notStarted]],
  ['uploadlog after PUT and POST', ['POST', 'PUT', 'log', 'POST', 'log', 'PUT'], [ok, ok, ok, ok, ok, ok]],
  ['uploadlog several times', ['POST', 'log', 'log', 'PUT'], [ok, ok, ok, ok]],
  ['PUT without POST', ['PUT'], [notStarted]],
  ['PUT without a log', ['POST', 'PUT'], [ok, ok]],
  ['PUT twice', ['POST', 'PUT', 'PUT'], [ok, ok, notStarted]],
  ['a whole backup after another', ['POST', 'log', 'PUT', 'POST', 'log', 'PUT'], [ok, ok, ok, ok, ok, ok]],
];

const perform = (calls: Calls, step: Step): Promise<Answer> => {
  if (step === 'GET') return calls.status();
  if (step === 'POST') return calls.start();
  return step === 'PUT' ? calls.finish() : calls.uploadLog(logFields());
};

const codesOf = async (calls: Calls, steps: readonly Step[]): Promise<number[]> => {
  const codes: number[] = [];
  for (const step of steps) codes.push((await perform(calls, step)).error_code);
  return codes;
};

test('calls in any order are answered as the table of the documentation says', async () => {
  const mounts = rows.map((_, row) => `mount-${row}`);
  const store = await TestStore.make({ mounts, settings: { snapshots: 'reflink' } });
  const { url } = await store.start(cloneByCopy);
  store.service.onRequest = (name) => (name === 'openUpload' ? { status: 503 } : undefined);

  for (const [row, [name, steps, codes]] of rows.entries()) {
    expect(await codesOf(new Calls(url, `mount-${row}`), steps), name).toEqual(codes);
  }
});

test('while snapshots are uploaded, backups go on up to the limit; a read-in-place mount waits', async () => {
  for (const [snapshots, steps, codes] of [
    ['reflink', ['POST', 'PUT', 'POST', 'log', 'PUT', 'POST'], [ok, ok, ok, ok, ok, pending]],
    ['read-in-place', ['POST', 'PUT', 'POST', 'log', 'PUT', 'GET'], [ok, ok, pending, ok, notStarted, ok]],
  ] as const) {
    const store = await TestStore.make({ mounts: [], settings: { snapshots } });
    store.service.state.addMount('testmount', 2);
    const { url } = await store.start(cloneByCopy);
    const line = new Gate();
    store.vault.onRequest = async () => void (await line.pass());

    expect(await codesOf(new Calls(url), steps), snapshots).toEqual(codes);
    line.open();
    await waitUntil('the mount is free', async () => (await new Calls(url).start()).error_code === ok);
  }
});

test('of two hosts on one mount the first PUT takes both backups, and the PUT of the other tells it', async () => {
  const store = await TestStore.make({ settings: { snapshots: 'reflink' } });
  const { url } = await store.start(cloneByCopy);
  const [first, second] = [new Calls(url), new Calls(url)];
  await writeFile(join(store.oracleData(), 'of-the-first'), 'whole');
  await first.start();
  await second.start();
  await writeFile(join(store.oracleData(), 'of-the-second'), 'half');

  expect((await first.finish()).result).toEqual({ snap_name: 'UID_1', mount_name: 'testmount' });

  expect(await codesOf(second, ['log', 'PUT'])).toEqual([ok, notStarted]);
  expect(await codesOf(second, ['POST', 'log', 'PUT'])).toEqual([ok, ok, ok]);
});

test('a snapshot has the time of its PUT, not of its upload', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const calls = new Calls(url);
  const line = new Gate();
  store.vault.onRequest = async () => void (await line.pass());
  await calls.start();

  const before = Date.now();
  await calls.finish();
  const after = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  line.open();

  await waitUntil('the upload is open', () => store.service.countOf('openUpload') > 0);
  const [opened] = store.service.requests.filter(({ name }) => name === 'openUpload');
  const requestedAt = Date.parse(String(opened?.body.requestedAt));
  expect(requestedAt).toBeGreaterThanOrEqual(before);
  expect(requestedAt).toBeLessThanOrEqual(after);
});
