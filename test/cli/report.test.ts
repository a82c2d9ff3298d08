import { afterEach, expect, it } from 'vitest';
import { toInstant, toMillis } from '../../shared/domain/instant.ts';
import type { DatabaseCatalog } from '../../shared/ports/catalog/databases.ts';
import {
  arrangeAgent,
  completeWithPoint,
  ledger,
  reportOn,
} from '../usecases/administration/administration-seeding.ts';
import { judged, operator, pointOf } from '../usecases/retention/seeding.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const opened: { close(): Promise<unknown> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((api) => api.close())));

async function arrange() {
  const arranged = await arrangeAgent();
  const { service, mount } = arranged;
  const api = await serveApi(service, token, operator);
  opened.push(api);
  const holdfast = (...args: string[]) =>
    runHere(['report', ...args], { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });
  const { mountId } = mount;
  const request = async (body: object) => {
    const { body: made } = await service.send('createRequest', {
      ...{ caller: operator, params: { mountId }, body: { database: 'LEDGER', ...body } },
    });
    return made?.requestId as Parameters<typeof completeWithPoint>[2];
  };
  /** A point of a database that a script of the DBA made. */
  const addPoint = async (databaseId: string, name: string, ageDays: number, dbids = [databaseId]) => {
    const point = await pointOf(service, mountId, ageDays, judged(...dbids));
    const { recoveryPointId, takenAt } = point;
    await service.catalog.databases.note({ recoveryPointId, mountId, takenAt }, [{ databaseId, name }]);
    return point;
  };
  return { ...arranged, holdfast, request, addPoint };
}

it('holdfast report says of a database that nothing is known but its agent', async () => {
  const { holdfast, mount } = await arrange();

  const { code, stdout } = await holdfast();

  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `--- DATABASE: LEDGER (${mount.storeId}.LEDGER) ---`,
    'Backup job: not-requested, last unknown, duration unknown, last failure unknown',
    'Archivelog job: not-requested, last unknown, duration unknown, last failure unknown',
    'Snapshots: none',
    'Last successful restore: none, last restore failure: none, last successful validation: unknown, average difference from target (s): unknown, average restore time (min): none',
    'Sizes: logical 0 B, stored 0 B, change per day unknown, cost per month 0.00 USD',
    'Recovery window: none',
    expect.stringMatching(/^Failures since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: backups unknown, restores 0$/),
    '',
  ]);
});

it('holdfast report has the jobs, points, sizes, cost and failures of a database, in UTC', async () => {
  const { service, mount, holdfast, request, addPoint } = await arrange();
  const { catalog, clock } = service;
  await addPoint(ledger, 'LEDGER', 4);
  const failed = await request({ content: 'archived-logs' });
  const seen = await catalog.requests.find(failed);
  if (seen === undefined) throw new Error('there is no request');
  await catalog.requests.end(seen, {
    state: 'failed',
    at: clock.now(),
    reason: 'ORA-19809: "full", they say',
  });
  clock.advance(60_000);
  const done = await request({});
  await reportOn(service, done, 40);
  clock.advance(3_723_000);
  await completeWithPoint(service, mount, done);

  const { stdout } = await holdfast('ledger');
  const lines = stdout.split('\n');
  const at = (millis: number) => `${toInstant(millis).slice(0, 19).replace('T', ' ')} UTC`;
  const now = toMillis(clock.now());

  expect(lines[1]).toBe(
    `Backup job: completed, last ${at(now - 3_723_000)}, duration 1:02:03, last failure none`,
  );
  expect(lines[2]).toBe(
    `Archivelog job: failed, last none, duration none, last failure ${at(now - 3_783_000)} (ORA-19809: "full", they say)`,
  );
  expect(lines[3]).toMatch(
    new RegExp(`^Snapshots: 2, latest ${at(now)}, oldest .* UTC \\(recoverable: yes 2, no 0, unknown 0\\)$`),
  );
  expect(lines[5]).toMatch(/stored 2048\.0 MiB, change per day 2\d\d\.\d MiB, cost per month 0\.05 USD$/);
  // The judgement is not in the vault: what the newest point reaches is not known.
  expect(lines[6]).toBe('Recovery window: unknown');
  expect(lines[7]).toMatch(/backups 1, restores 0$/);
});

it('a backup that runs keeps no report waiting (D49)', async () => {
  const { service, holdfast, request } = await arrange();
  await reportOn(service, await request({}), 40);

  const { code, stdout } = await holdfast('LEDGER');

  expect(code).toBe(0);
  expect(stdout).toMatch(
    /\nBackup job: running, last [\d-]+ [\d:]+ UTC, duration none, last failure none\nArchivelog job: not-requested/,
  );
});

it('a mount of several databases says whose files its figures count, too', async () => {
  const { holdfast, addPoint } = await arrange();
  await addPoint(ledger, 'LEDGER', 2, [ledger, '77']);

  const { stdout } = await holdfast(ledger);

  expect(stdout).toContain(
    'stored 1024.0 MiB, change per day unknown, cost per month 0.02 USD, together with 77',
  );
});

it('holdfast report goes on behind a database that fails, in each format', async () => {
  const { service, holdfast, addPoint } = await arrange();
  await addPoint('11', 'PAY, "old"', 3);
  await addPoint('22', 'STOCK', 2);
  const { databases } = service.catalog;
  const points: DatabaseCatalog['points'] = databases.points;
  databases.points = (id, page) => (id === '11' ? Promise.reject(new Error('no')) : points(id, page));

  const text = await holdfast();
  const json = await holdfast('--format', 'json');
  const csv = await holdfast('--format', 'csv');
  const named = await holdfast('NOBODY', '22');

  expect([text.code, json.code, csv.code, named.code]).toEqual([1, 1, 1, 1]);
  expect(text.stdout).toMatch(
    /^--- DATABASE: PAY, "old" \(11\) ---\nError getting information\.\n\n--- DATABASE: STOCK \(22\) ---\nBackup job/,
  );
  const rows = JSON.parse(json.stdout);
  expect(rows[0]).toEqual({ databaseId: '11', name: 'PAY, "old"', error: 'Error getting information.' });
  expect(rows[1]).toMatchObject({
    databaseId: '22',
    points: { available: 1 },
    failures: { backups: 'unknown' },
  });
  expect(rows).toHaveLength(3);
  const [titles, first, second] = csv.stdout.split('\r\n');
  expect(first).toMatch(/^11,"PAY, ""old""",Error getting information\.,+$/);
  expect(second).toMatch(/^22,STOCK,,mnt-/);
  expect(first?.split(',').length).toBe((titles?.split(',').length ?? 0) + 1);
  expect(second?.split(',').length).toBe(titles?.split(',').length);
  expect(named.stdout).toMatch(
    /^--- DATABASE: NOBODY ---\nError getting information\.\n\n--- DATABASE: STOCK \(22\) ---\n/,
  );
  expect(named.stderr).toContain('NOBODY: there is no database "NOBODY"');
});

it('holdfast report writes nothing that looks like a report where the service cannot be reached', async () => {
  const environment = { HOLDFAST_URL: 'http://127.0.0.1:1', HOLDFAST_TOKEN: token };

  const { code, stdout, stderr } = await runHere(['report', '--format', 'json'], { environment });

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('cannot be reached');
});

it('holdfast report of no database is an empty one in its format', async () => {
  const { service, holdfast, mount } = await arrange();
  await service.catalog.agents.note(mount.storeId, [], service.clock.now());

  const [text, json, csv] = [
    await holdfast(),
    await holdfast('--format', 'json'),
    await holdfast('--format', 'csv'),
  ];

  expect([text.stdout, json.stdout]).toEqual(['there is no database yet\n', '[]\n']);
  expect(csv.stdout).toMatch(/^database_id,name,error,[^\n]+\r\n$/);
});

it('holdfast report refuses a format that it does not know', async () => {
  const { holdfast } = await arrange();

  const { code, stderr } = await holdfast('--format', 'xml');

  expect(code).toBe(2);
  expect(stderr).toContain('text, json, csv');
});

it('reports are pages by key: one database each comes once, then those of agents alone', async () => {
  const { service, mount, addPoint } = await arrange();
  for (const id of ['11', '22', '33']) await addPoint(id, `DB${id}`, 1);

  const seen: unknown[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '2', ...(cursor !== undefined && { cursor }) };
    const { body } = await service.send('listDatabaseReports', { caller: operator, query });
    const page = body as { items: { databaseId: string }[]; cursor?: string };
    seen.push(...page.items.map(({ databaseId }) => databaseId));
    cursor = page.cursor;
    // Added behind the place of the first page: it comes, and nothing comes twice.
    if (seen.length === 2) await addPoint('44', 'DB44', 1);
  } while (cursor !== undefined);
  const wrong = await service.send('listDatabaseReports', { caller: operator, query: { cursor: 'x' } });
  const none = await service.send('showDatabaseReport', { caller: operator, params: { databaseId: '99' } });

  expect(seen).toEqual(['11', '22', '33', '44', `${mount.storeId}.LEDGER`]);
  expect([wrong.statusCode, wrong.body?.code]).toEqual([400, 'PAGE_CURSOR_INVALID']);
  expect([none.statusCode, none.body?.code]).toEqual([404, 'DATABASE_NOT_FOUND']);
});
