import { afterEach, expect, it } from 'vitest';
import type { Caller } from '../../shared/domain/access.ts';
import { admin, arrange, operator, pointOf, stateOf } from '../usecases/retention/seeding.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const opened: { close(): Promise<unknown> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((api) => api.close())));

/** A mount with two points that are due and two that stay, for an operator and an admin. */
async function arrangeCli() {
  const arranged = await arrange();
  const { service, mountId } = arranged;
  const points = [];
  for (const age of [40, 30, 2, 1]) points.push(await pointOf(service, mountId, age));
  const as = async (caller: Caller) => {
    const api = await serveApi(service, token, caller);
    opened.push(api);
    return (...args: string[]) =>
      runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });
  };
  const [oldest, older] = points;
  if (oldest === undefined || older === undefined) throw new Error('no points');
  return { service, mountId, oldest, older, asOperator: await as(operator), asAdmin: await as(admin) };
}

it('holdfast retention shows, previews and changes a policy, and carries out a plan', async () => {
  const { service, mountId, oldest, asOperator, asAdmin } = await arrangeCli();

  const policy = await asOperator('retention', 'policy', mountId);
  const preview = await asOperator('retention', 'preview', mountId, '--floor', '1', '--keep', 'month=1000d');
  const refused = await asOperator('retention', 'policy', mountId, '--floor', '1');
  const changed = await asAdmin('retention', 'policy', mountId, '--floor', '1', '--expire', '12d');
  const plan = await asOperator('retention', 'plan', mountId);
  const sha256 = /^[0-9a-f]{64}/.exec(plan.stdout)?.[0] ?? '';
  const stopped = await asOperator('retention', 'execute', mountId, sha256);
  const consented = await asAdmin('retention', 'consent', mountId, sha256);
  const executed = await asOperator('retention', 'execute', mountId, sha256);
  const listed = await asOperator('retention', 'show', mountId);
  const shown = await asOperator('retention', 'show', mountId, sha256);

  expect(policy.stdout).toMatch(/^expire: 10d\n.*floor: 2 usable points[\s\S]*at most 25 %/s);
  expect(preview.stdout).toMatch(
    /^1 of 4 points would expire[\s\S]*frees at most 1024\.0 MiB, at most \$0\.02 a month/,
  );
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('FORBIDDEN')]);
  expect(changed.stdout).toMatch(/^expire: 12d\n/);
  expect(plan.stdout).toContain('It is stopped: 1 may expire today.');
  expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('PLAN_NEEDS_CONSENT') });
  expect(consented.stdout).toContain('2 points may go');
  expect(executed.stdout).toBe('2 points wait for their deletion, 0 were brought back, 0 left\n');
  expect(listed.stdout).toMatch(new RegExp(`1 allowed +key-admin +${sha256}`));
  expect(shown.stdout).toContain(`${oldest.recoveryPointId}  EXPIRED, due since`);
  expect(await stateOf(service, oldest)).toBe('pending-deletion');
});

it('holdfast point and hold delete, explain, hold and bring back', async () => {
  const { service, mountId, oldest, older, asOperator, asAdmin } = await arrangeCli();
  const id = oldest.recoveryPointId;

  const deleted = await asOperator('point', 'delete', id);
  const pending = await asOperator('point', 'why', id);
  const back = await asOperator('point', 'undelete', id, '--expire', '50d');
  const held = await asOperator(
    'hold',
    'add',
    '--mount',
    mountId,
    '--before',
    '2026-01-05T00:00:00Z',
    '--reason',
    'audit',
  );
  const refused = await asOperator('point', 'delete', older.recoveryPointId);
  const listed = await asOperator('hold', 'list');
  const holdId = /hld-\S+/.exec(held.stdout)?.[0] ?? '';
  const lifted = await asAdmin('hold', 'lift', holdId);
  const left = await asOperator('hold', 'list');
  const unclear = await asOperator(
    'hold',
    'add',
    '--mount',
    mountId,
    '--from',
    '2026-01-05',
    '--reason',
    'r',
  );
  const both = await asOperator('hold', 'add', '--mount', mountId, '--point', id, '--reason', 'r');

  expect(deleted.stdout).toMatch(/is pending-deletion; it can be brought back until 2026-02-07T12:00:00/);
  expect(pending.stdout).toMatch(
    /It waits for its deletion[\s\S]*DELETED: Its deletion was asked for \(key-op/,
  );
  expect(back.stdout).toBe(`${id} is available, with an expire of its own: 50d\n`);
  expect(refused.stderr).toContain(`It is under hold: ${holdId}.`);
  expect(listed.stdout).toMatch(/^ID[\s\S]*hld-\S+ +mount +mnt-[\s\S]*audit\n$/);
  expect(lifted.stdout).toContain('is lifted since');
  expect(left.stdout).toBe('there are no holds\n');
  expect(unclear.stderr).toContain('--from is no time with its zone');
  expect(both.stderr).toContain('exactly one of --point, --mount and --db');
  expect(await stateOf(service, oldest)).toBe('available');
});

it('holdfast mount and store retire what is named by its name, and mount unretire takes it back', async () => {
  const { service, mountId, asOperator, asAdmin } = await arrangeCli();
  const { storeId = '', name } = (await service.catalog.mounts.find(mountId)) ?? {};
  const ordered = async () => (await service.catalog.mounts.find(mountId))?.retirement !== undefined;

  const nameless = await asAdmin('mount', 'retire', mountId);
  const misnamed = await asAdmin('mount', 'retire', mountId, '--confirm', 'another');
  const refused = await asOperator('mount', 'retire', mountId, '--confirm', `${name}`);
  expect([nameless.stderr, misnamed.stderr, refused.stderr]).toEqual([
    expect.stringContaining('--confirm <name>'),
    expect.stringContaining('RETIREMENT_NOT_CONFIRMED'),
    expect.stringContaining('FORBIDDEN'),
  ]);
  expect(await ordered()).toBe(false);

  const retired = await asAdmin('mount', 'retire', mountId, '--confirm', `${name}`);
  expect(retired.stdout).toContain(`holdfast mount unretire ${mountId}`);
  expect(await ordered()).toBe(true);
  const back = await asAdmin('mount', 'unretire', mountId);
  expect([back.code, await ordered()]).toEqual([0, false]);

  const store = await asAdmin('store', 'retire', storeId, '--confirm', 'store-1');
  expect(store.stdout).toContain(`1 mounts of store ${storeId}`);
  expect(await ordered()).toBe(true);
});
