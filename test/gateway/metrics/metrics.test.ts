import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import { readExposition } from './exposition.ts';

const metrics = { port: 0 };

/** Where the gateway says that its metrics are. */
const urlOf = (store: TestStore): string =>
  store.logLines
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'metrics are served')
    .map(({ url }) => url)[0];

async function scrape(store: TestStore) {
  const { types, samples } = readExposition(await (await fetch(urlOf(store))).text());
  /** The values of a metric by one of its labels. */
  const by = (name: string, label: string, where: Record<string, string> = {}) =>
    Object.fromEntries(
      samples
        .filter((sample) => sample.name === `holdfast_gateway_${name}`)
        .filter(({ labels }) => Object.entries(where).every(([key, value]) => labels[key] === value))
        .map(({ labels, value }) => [labels[label], value]),
    );
  const one = (name: string) => samples.find((sample) => sample.name === `holdfast_gateway_${name}`)?.value;
  return { types, samples, by, one };
}

test('tell of each mount what is pending, committed, free, uploaded', async () => {
  const store = await TestStore.make({ mounts: ['erp', 'idle'], settings: { metrics } });
  const { url } = await store.start();
  await writePiece(store, 'piece', 100_000, 'erp');
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => {
    if (key.includes('/packs/')) await gate.pass();
    return undefined;
  };
  const before = Math.floor(Date.now() / 1000);
  await backUp(url, 'erp');
  await gate.reached;

  const during = await scrape(store);
  gate.open();
  await waitForPoints(store, ['UID_1'], 'erp');
  await waitUntil('nothing is pending', async () => {
    const { by } = await scrape(store);
    return by('mount_pending_snapshots', 'mount').erp === 0;
  });
  const after = await scrape(store);

  expect(during.by('mount_pending_snapshots', 'mount')).toEqual({ erp: 1, idle: 0 });
  expect(during.by('mount_oldest_pending_age_seconds', 'mount')).toEqual({ erp: expect.any(Number) });
  expect(during.by('mount_last_committed_backup_timestamp_seconds', 'mount')).toEqual({});
  expect(during.by('uploads_in_progress', 'mount')).toEqual({ erp: 1, idle: 0 });
  expect(during.by('upload_done_bytes', 'mount')).toEqual({ erp: 100_000, idle: 0 });
  expect(during.by('upload_size_bytes', 'mount')).toEqual({ erp: 100_000, idle: 0 });
  const { erp: free = 0 } = during.by('mount_free_bytes', 'mount');
  expect(free).toBeGreaterThan(0);
  expect(during.by('mount_size_bytes', 'mount').erp).toBeGreaterThan(free);
  expect(during.by('mount_time_to_full_seconds', 'mount')).toEqual({});
  expect(during.by('restores_in_progress', 'mount')).toEqual({ erp: 0, idle: 0 });

  expect(after.by('mount_oldest_pending_age_seconds', 'mount')).toEqual({});
  expect(after.by('mount_last_committed_backup_timestamp_seconds', 'mount').erp).toBeGreaterThanOrEqual(
    before,
  );
  expect(after.by('uploads_in_progress', 'mount')).toEqual({ erp: 0, idle: 0 });
  const stored = [...store.vault.objects.values()].reduce((sum, { length }) => sum + length, 0);
  expect(after.by('uploaded_bytes_total', 'mount')).toEqual({ erp: stored, idle: 0 });
});

test('names follow the conventions, and those of the example of alerts are there', async () => {
  const store = await TestStore.make({ settings: { metrics } });
  await store.start();

  const { types, samples, one } = await scrape(store);

  const ours = [...types].filter(([name]) => name.startsWith('holdfast_gateway_'));
  expect(ours.length).toBeGreaterThan(15);
  for (const [name, type] of ours) expect(name.endsWith('_total')).toBe(type === 'counter');
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  expect(samples.find(({ name }) => name === 'holdfast_gateway_info')?.labels).toEqual({
    version,
    node: process.versions.node,
    store: store.service.state.storeId,
  });
  expect(one('uptime_seconds')).toBeGreaterThan(0);
  expect(types.has('process_cpu_seconds_total')).toBe(true);
  const rules = await readFile(join(import.meta.dirname, '../../../examples/prometheus-rules.yml'), 'utf8');
  const named = new Set(rules.match(/holdfast_gateway_\w+/gu));
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((name) => !types.has(name))).toEqual([]);
});

test('count what was throttled, refused, failed and not answered, at each end', async () => {
  const store = await TestStore.make({ settings: { metrics } });
  const { url } = await store.start();
  await writePiece(store, 'piece', 100_000);
  const faults = [
    { status: 503, code: 'SlowDown' },
    { status: 500, code: 'InternalError' },
    'reset',
  ] as const;
  let next = 0;
  store.vault.onRequest = (_, key) => (key.includes('/packs/') ? faults[next++] : undefined);
  const statuses = [429, 401];
  store.service.onRequest = (name) => {
    const status = name === 'openUpload' ? statuses.shift() : undefined;
    return status === undefined ? undefined : { status };
  };

  await backUp(url);
  await waitForPoints(store, ['UID_1']);

  const { by } = await scrape(store);
  expect(by('request_failures_total', 'kind', { to: 'vault' })).toEqual({
    throttled: 1,
    refused: 0,
    failed: 1,
    unanswered: 1,
  });
  expect(by('request_failures_total', 'kind', { to: 'service' })).toMatchObject({ throttled: 1, refused: 1 });
  const stored = store.vault.requests.filter(({ status }) => status === 200).length;
  expect(by('requests_total', 'to').vault).toBe(stored + faults.length);
});

test('tell since when the service takes no poll', async () => {
  const store = await TestStore.make({ settings: { metrics } });
  await store.start();
  const polled = await scrape(store);
  store.service.onRequest = () => ({ status: 500 });
  await waitUntil('a poll is refused', () => store.logLines.some((line) => line.includes('poll failed')));
  const first = (await scrape(store)).one('last_poll_age_seconds') ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 30));

  expect(polled.one('last_poll_age_seconds')).toBeLessThan(polled.one('uptime_seconds') ?? 0);
  expect((await scrape(store)).one('last_poll_age_seconds')).toBeGreaterThan(first + 0.02);
});

test('tell when the disk is full', async () => {
  const store = await TestStore.make({ mounts: ['growing', 'steady'], settings: { metrics } });
  const first = await store.start();
  await first.stop();
  const journal = new DatabaseSync(join(store.dataDirectory, 'journal.sqlite'));
  journal.exec('DELETE FROM space_samples');
  const ids = journal.prepare('SELECT mount_id AS id, name FROM mounts').all() as {
    id: string;
    name: string;
  }[];
  for (const { id, name } of ids) {
    for (let day = 0; day < 4; day++) {
      const used = name === 'growing' ? (day + 1) * 2 ** 30 : 2 ** 30;
      journal
        .prepare('INSERT INTO space_samples VALUES (?, ?, ?)')
        .run(id, new Date(Date.now() - (5 - day) * 86_400_000).toISOString(), used);
    }
  }
  journal.close();
  store.logLines.length = 0;
  store.service.onRequest = () => ({ status: 500 });
  await store.start();

  const { by } = await scrape(store);
  const { growing, steady } = by('mount_time_to_full_seconds', 'mount');
  const free = by('mount_free_bytes', 'mount').growing ?? 0;
  expect(steady).toBe(Number.POSITIVE_INFINITY);
  expect((growing ?? 0) / (free / 2 ** 30 / (1 / 86_400))).toBeCloseTo(1, 2);
});

test('are served on nothing but GET /metrics, and not at all unless they are set', async () => {
  const store = await TestStore.make({ settings: { metrics } });
  const gateway = await store.start();
  const { origin } = new URL(urlOf(store));

  expect(new URL(origin).hostname).toBe('127.0.0.1');
  expect((await fetch(`${origin}/`)).status).toBe(404);
  expect((await fetch(`${origin}/metrics`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
  await store.configure({ metrics: { port: 1 } });
  await expect(gateway.reload(await store.loadConfig())).rejects.toThrow('only a restart can change metrics');
  await gateway.stop();
  await expect(fetch(`${origin}/metrics`)).rejects.toThrow();
  await store.configure({});
  store.logLines.length = 0;
  await store.start();
  expect(urlOf(store)).toBeUndefined();
});

test('that cannot be served stop no backup', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const store = await TestStore.make({ settings: { metrics: { port } } });

  const { url } = await store.start();

  expect(store.logLines.join()).toContain('metrics are not served: check metrics.host and metrics.port');
  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
});
