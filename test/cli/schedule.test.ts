import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryService } from '../support/memory-service.ts';
import { arrangeAgent, operator } from '../support/requesting.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const service = createMemoryService();
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  await arrangeAgent(service);
  api = await serveApi(service, token, operator);
});
afterAll(() => api.close());

const holdfast = (...words: string[]) =>
  runHere(words, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });
const schedule = (...words: string[]) => holdfast('schedule', ...words);
const confd = (job: string, ...words: string[]) => holdfast('confd', job, ...words);

describe('holdfast schedule', () => {
  it('adds one disabled, shows its next times, enables, changes, lists and removes it', async () => {
    const words = [
      '--database',
      'SALES',
      '--cron',
      '30 2 * * Sunday',
      '--time-zone',
      'Europe/Berlin',
      '--level',
      '0',
    ];
    const added = await schedule('add', 'mount-1', 'weekly', ...words, '--blackout', 'SAT,SUN 08:00-18:00');
    const next = await schedule('next', 'weekly', '--count', '2');
    const enabled = await schedule('enable', 'SALES/weekly');
    const modified = await schedule(
      'modify',
      'weekly',
      '--hour',
      '3',
      '--blackout',
      'none',
      '--expire',
      '5w',
    );
    const listed = await schedule('list');
    const shown = JSON.parse((await schedule('show', 'weekly', '--json')).stdout);
    const disabled = await schedule('disable', shown.scheduleId);
    const removed = await schedule('remove', 'weekly');

    expect(added.stdout).toMatch(
      /^sch-\w+ weekly: full of SALES, disabled\n {2}30 2 \* \* SUN in Europe\/Berlin; next none\n/,
    );
    expect(added.stdout).toMatch(
      /no backup begins SAT,SUN 08:00 to 18:00\n {2}holdfast schedule enable sch-/,
    );
    expect(next.stdout).toBe(
      '2026-02-01T01:30:00.000Z  2026-02-01 02:30 Europe/Berlin\n2026-02-08T01:30:00.000Z  2026-02-08 02:30 Europe/Berlin\nit is disabled: none of these is made\n',
    );
    expect(enabled.stdout).toContain(
      'enabled\n  30 2 * * SUN in Europe/Berlin; next 2026-02-01T01:30:00.000Z\n',
    );
    expect(modified.stdout).toContain('30 3 * * SUN in Europe/Berlin; next 2026-02-01T02:30');
    expect(modified.stdout).toContain('expire 5w');
    expect(listed.stdout).toMatch(/SALES +weekly +full +30 3 \* \* SUN +Europe\/Berlin +2026-02-01T02:30/);
    expect(shown).toMatchObject({ order: { level: 0 }, blackouts: [], catchUp: '1d' });
    expect(disabled.stdout).toContain('disabled');
    expect(removed.stdout).toBe('schedule weekly of SALES is removed\n');
    expect((await schedule('list')).stdout).toBe('there are no schedules\n');
  });

  it.each([
    [
      ['add', 'mount-1', 'n', '--database', 'SALES', '--cron', '0 0 30 2 *'],
      'names a date that there never is',
    ],
    [['add', 'mount-1', 'n', '--database', 'SALES', '--cron', '0 1 * * *', '--hour', '2'], 'not both'],
    [['add', 'mount-1', 'n', '--database', 'SALES', '--hour', '1', '--level', 'x'], 'a level is 0 to 9'],
    [
      ['add', 'mount-1', 'n', '--database', 'SALES', '--hour', '1', '--blackout', 'noon'],
      '--blackout is "noon"',
    ],
    [
      ['add', 'mount-1', 'n', '--database', 'SALES', '--hour', '1', '--archived-logs', '--enable'],
      'SCHEDULE_CONFLICT',
    ],
    [['add', 'mount-1', 'n', '--database', 'CRM', '--hour', '1'], 'has no database CRM'],
    [['show', 'weekly'], 'there is no schedule "weekly"; there is none'],
    [['next', 'sch-1'], 'there is no schedule "sch-1"'],
  ])('refuses %j and says why', async (words, why) => {
    const { code, stderr } = await schedule(...words);

    expect(code).not.toBe(0);
    expect(stderr).toContain(why);
  });
});

it('holdfast confd adds, changes and removes schedules by the names of ConfD, with its defaults', async () => {
  const of = ['db_name:', 'sales', 'backup_name:', 'full backup'];
  const volume = ['backup_volume_name:', 'cloud_data_remote_volume'];
  const shown = async () => JSON.parse((await schedule('show', 'full backup', '--json')).stdout);

  const added = await confd(
    'db_backup_add_schedule',
    ...of,
    ...volume,
    'level:',
    '0',
    'expire:',
    '1w 3d',
    'weekday:',
    'Saturday',
    'hour:',
    '1',
  );
  const first = await shown();
  const changed = await confd(
    'db_backup_modify_schedule',
    ...of,
    'minute:',
    '30',
    'weekday:',
    '0',
    'enabled:',
    'True',
  );
  const second = await shown();
  const hourly = await confd(
    'db_backup_add_schedule',
    'db_name:',
    'HR',
    'backup_name:',
    'h',
    ...volume,
    'level:',
    '1',
  );
  const plain = JSON.parse((await schedule('show', 'HR/h', '--json')).stdout);
  const removed = await confd('db_backup_remove_schedule', ...of);
  const gone = await confd('db_backup_remove_schedule', ...of);
  const wrong = await confd('db_backup_add_schedule', ...of, 'level:', '0', 'backup_volume_id:', '7');
  const maybe = await confd(
    'db_backup_modify_schedule',
    'db_name:',
    'HR',
    'backup_name:',
    'h',
    'enabled:',
    'maybe',
  );

  expect([added, changed, hourly, removed].map(({ code, stdout }) => [code, stdout])).toEqual(
    Array(4).fill([0, '']),
  );
  expect(first).toMatchObject({ cron: '0 1 * * SAT', enabled: false, expire: '1w 3d', order: { level: 0 } });
  expect(second).toMatchObject({ cron: '30 1 * * 0', enabled: true, expire: '1w 3d' });
  expect(plain).toMatchObject({ cron: '0 * * * *', expire: 'never', enabled: false, database: 'HR' });
  expect(gone.stderr).toContain('there is no schedule "SALES/full backup"; there is HR/h');
  expect(wrong.code).not.toBe(0);
  expect(maybe.stderr).toContain('enabled is true or false, not "maybe"');
});
