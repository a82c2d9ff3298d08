import { afterEach, expect, it } from 'vitest';
import {
  arrangeAgent,
  completeWithPoint,
  reportOn,
} from '../usecases/administration/administration-seeding.ts';
import { operator } from '../usecases/retention/seeding.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const opened: { close(): Promise<unknown> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((api) => api.close())));

async function arrangeCli() {
  const arranged = await arrangeAgent();
  const api = await serveApi(arranged.service, token, operator);
  opened.push(api);
  const holdfast = (...args: string[]) =>
    runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });
  const requestIdIn = (text: string) => (/bkr-[0-9A-Z]{26}/.exec(text)?.[0] ?? '') as never;
  return { ...arranged, holdfast, requestIdIn };
}

it('holdfast backup starts, follows, lists, shows, expires and deletes', async () => {
  const { service, mount, holdfast, requestIdIn } = await arrangeCli();

  const volumes = await holdfast('volume', 'list');
  const volume = await holdfast('volume', 'info', '10001');
  const started = await holdfast('backup', 'start', 'ledger', '--level', '0', '--expire', '1w 3d');
  const requestId = requestIdIn(started.stdout);
  await reportOn(service, requestId, 40);
  const running = await holdfast('backup', 'progress', 'LEDGER');
  const [name = ''] = /LEDGER\/id_1\/level_0\/node_0\/backup_\d{12}/.exec(started.stdout) ?? [];
  await completeWithPoint(service, mount, requestId);
  const listed = await holdfast('backup', 'list', 'LEDGER');
  const shown = await holdfast('backup', 'show', 'LEDGER', name);
  const expire = await holdfast('backup', 'expire', 'LEDGER', '1', '2026-05-01 12:00:00');
  const kept = await holdfast('backup', 'delete', 'LEDGER', '1');
  const none = await holdfast('backup', 'delete-unusable', 'LEDGER');
  const unknown = await holdfast('backup', 'list', 'PAYROLL');
  const wrong = await holdfast('backup', 'show', 'LEDGER', name.replace('level_0', 'level_1'));

  expect(volumes.stdout).toMatch(/^ID +NAME +TYPE\n10001 +cloud_data_remote_volume +remote\n$/);
  expect(volume.stdout).toBe('id: 10001\nname: cloud_data_remote_volume\ntype: remote\n');
  expect(running.stdout).toMatch(/^Comment: Backup is active\nFiles:\n- df1\nLevel: 0\n/);
  expect(listed.stdout).toMatch(
    /^NUMBER[^\n]*\n1 +0 +[\d-]{10} [\d:]{5} +2026-02-10 12:00 +yes +- +1\.000 GiB/,
  );
  expect(listed.stdout).toContain(name);
  expect(shown.stdout).toContain(`path: ${name}\n`);
  expect(expire.stdout).toBe(`${name} expires at 2026-05-01 12:00 UTC\n`);
  expect(kept.stderr).toContain('RECOVERY_POINT_PROTECTED');
  expect(none.stdout).toBe('0 backups wait for their deletion, 0 unusable ones are kept\n');
  expect(unknown.stderr).toBe('holdfast: there is no database "PAYROLL"; there is ledger\n');
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('number 1 is')]);
});

it('holdfast backup aborts what runs, and says so where nothing does', async () => {
  const { holdfast } = await arrangeCli();
  await holdfast('backup', 'start', 'LEDGER', '--level', '0', '--expire', 'never', '--volume', '10001');

  const aborted = await holdfast('backup', 'abort', 'LEDGER', '--json');
  const again = await holdfast('backup', 'abort', 'LEDGER');

  expect(JSON.parse(aborted.stdout)).toMatchObject({ state: 'aborted', Progress: 0 });
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('BACKUP_REQUEST_NOT_FOUND')]);
});

it('holdfast confd carries out the jobs of the manual backup, with what they print', async () => {
  const { service, mount, holdfast } = await arrangeCli();
  const confd = (...words: string[]) => holdfast('confd', ...words);

  const names = await confd('db_list');
  const volumes = await confd('remote_volume_list');
  const volume = await confd('remote_volume_info', 'remote_volume_name:', 'cloud_data_remote_volume');
  const local = await confd('st_volume_list');
  const noLocal = await confd('st_volume_info', 'vname:', 'r0001');
  const words = 'db_name: LEDGER backup_volume_name: cloud_data_remote_volume level: 0 expire:'.split(' ');
  const started = await confd('db_backup_start', ...words, '1w 3d');
  const [running] = await service.catalog.requests.runningOf(mount.storeId);
  if (running === undefined) throw new Error('nothing runs');
  await reportOn(service, running.requestId, 5);
  const active = await confd('db_backup_progress', 'db_name:', 'LEDGER');
  await completeWithPoint(service, mount, running.requestId);
  const finished = await confd('db_backup_progress', 'db_name:', 'LEDGER');
  const listed = await confd('db_backup_list', 'db_name:', 'LEDGER');
  const [, id = ''] = /^ {2}id: (.*)$/m.exec(listed.stdout) ?? [];
  const [, files = ''] = /^ {2}expire_alterable: 10001 (.*)$/m.exec(listed.stdout) ?? [];
  const change = (name: string, time: string) =>
    confd(
      ...['db_backup_change_expiration', 'backup_volume_id:', '10001', 'backup_files:', name],
      'expire_time:',
      time,
    );
  const changed = await change(files, '2026-05-14 5:00:00');
  const never = await change(`10001 ${files}`, '');
  const relisted = await confd('db_backup_list', 'db_name:', 'LEDGER');
  const unusable = await confd('db_backup_delete_unusable', 'db_name:', 'LEDGER');
  const kept = await confd('db_backups_delete', 'db_name:', 'LEDGER', 'backup_list:', `[${id}]`);
  const keptByNumber = await confd('db_backups_delete', 'db_name:', 'LEDGER', 'backup_list:', '[1]');
  const nothing = await confd('db_backup_abort', 'db_name:', 'LEDGER');

  expect(names.stdout).toBe('- LEDGER\n');
  expect(volumes.stdout).toBe('- cloud_data_remote_volume\n');
  expect(volume.stdout).toBe('name: cloud_data_remote_volume\ntype: s3\nvid: 10001\n');
  expect(local.stdout).toBe('[]\n');
  expect([noLocal.code, noLocal.stderr]).toEqual([1, expect.stringContaining('no local archive volumes')]);
  expect(started).toEqual({ code: 0, stdout: '', stderr: '' });
  const progress = (comment: string, percent: number) =>
    new RegExp(
      `^Comment: ${comment}\nFiles:\n- df1\nLevel: 0\nName: LEDGER/id_1/level_0/node_0/backup_\\d{12}\nProgress: ${percent}\nType: Backup\nVolume ID: 10001\n$`,
    );
  expect(active.stdout).toMatch(progress('Backup is active', 5));
  expect(finished.stdout).toMatch(progress('Backup has been successfully finished', 100));
  expect(listed.stdout.split('\n').map((line) => line.slice(2).split(':')[0])).toEqual([
    ...['bid', 'comment', 'dependencies', 'expire', 'expire_alterable', 'expired', 'id', 'last_item'],
    ...['level', 'path', 'system', 'timestamp', 'ts', 'usable', 'usage', 'volume', ''],
  ]);
  expect(listed.stdout).toMatch(
    /^- bid: 1\n {2}comment: ''\n {2}dependencies: '-'\n {2}expire: 2026-02-10 12:00\n/,
  );
  expect(listed.stdout).toMatch(/\n {2}ts: '\d{12}'\n {2}usable: true\n {2}usage: 1\.000 GiB\n/);
  expect([changed.code, changed.stdout, never.stderr]).toEqual([0, '', '']);
  expect(relisted.stdout).toContain("  expire: ''\n");
  expect(unusable).toMatchObject({ code: 0, stdout: '' });
  expect(kept.stderr).toContain('RECOVERY_POINT_PROTECTED');
  expect(keptByNumber.stderr).toBe(kept.stderr);
  expect(nothing.stderr).toContain('BACKUP_REQUEST_NOT_FOUND');
});

it('holdfast confd db_restore stages a backup or makes a clone of it, and refuses what Oracle cannot (G5, G11)', async () => {
  const { service, mount, holdfast } = await arrangeCli();
  const words = 'db_name: LEDGER backup_volume_id: 10001 level: 0'.split(' ');
  await holdfast('confd', 'db_backup_start', ...words);
  const [running] = await service.catalog.requests.runningOf(mount.storeId);
  const { recoveryPointId } = await completeWithPoint(service, mount, String(running?.requestId) as never);
  const restore = (type: string, id = '1') =>
    holdfast('confd', 'db_restore', 'db_name:', 'LEDGER', 'backup_id:', id, 'restore_type:', type);
  await service.catalog.stores.noteSeen(mount.storeId, {
    ...{ at: service.clock.now(), gatewayVersion: '1' },
    capabilities: ['stage-restore', 'clones', 'staged-leases'],
  });

  const blocking = await restore('blocking');
  const virtual = await restore('virtual access');
  const refused = [await restore('nonblocking'), await restore('fast'), await restore('blocking', '9')];

  expect(blocking.stdout).toMatch(/^# rst-\w{26}: the files come to restores\/1 of the mount/);
  expect(blocking.stdout).toContain(`# then: holdfast restore script ${recoveryPointId} --database`);
  expect(virtual.stdout).toMatch(/the clone restore_LEDGER_\d{8}T\d{6}, a copy.*\n.* --kind copies /);
  const { items } = await service.catalog.restores.listRunning({ limit: 9 });
  expect(items.map(({ clone }) => clone?.name.slice(0, 15))).toEqual([undefined, 'restore_LEDGER_']);
  expect(refused.map(({ code }) => code)).toEqual([1, 2, 1]);
  expect(refused.map(({ stderr }) => stderr).join('')).toMatch(
    /nonblocking: Oracle opens no database[\s\S]*not "fast"[\s\S]*NOT_FOUND/,
  );
});

it('holdfast trove carries out the verbs in their order: full, incremental on it, list, show, create, delete', async () => {
  const { service, mount, holdfast, requestIdIn } = await arrangeCli();
  const trove = (...words: string[]) => holdfast('trove', ...words);
  const finished = async (...words: string[]) => {
    const created = await trove('backup-create', 'mount-1', ...words);
    const id = requestIdIn(created.stdout);
    await completeWithPoint(service, mount, id);
    return { created, id: String(id) };
  };

  const full = await finished('full', '--description', 'on Sunday');
  const incremental = await finished('incremental', '--parent', full.id);
  const running = await trove('backup-create', 'mount-1', 'running', '--incremental');
  const early = await trove('create', 'copy', '--backup', String(requestIdIn(running.stdout)));
  const undeletable = await trove('backup-delete', String(requestIdIn(running.stdout)));
  const listed = await trove('backup-list', '--limit', '2');
  const [, marker = ''] = /--marker (\S+)/.exec(listed.stderr) ?? [];
  const rest = await trove('backup-list', '--limit', '2', '--marker', marker, '--json');
  const ofInstance = await trove('backup-list-instance', 'mount-1');
  const shown = await trove('backup-show', incremental.id);
  const restored = await trove('create', 'copy', '--backup', incremental.id);
  const kept = await trove('backup-delete', full.id);

  expect(full.created.stdout).toContain('status: NEW\n');
  expect(shown.stdout).toMatch(/\nstatus: COMPLETED\n/);
  expect(shown.stdout).toContain(`\nparent_id: ${full.id}\n`);
  expect(early.stderr).toContain('BACKUP_NOT_COMPLETE');
  expect(undeletable.stderr).toContain('cannot be deleted because it is running');
  expect(listed.stdout).toMatch(
    /^ID[^\n]*\nbkr-\S+ +mnt-\S+ +running +NEW[^\n]*\nbkr-\S+ +mnt-\S+ +incremental +COMPLETED/,
  );
  expect(JSON.parse(rest.stdout)).toMatchObject({ id: full.id, description: 'on Sunday' });
  expect(ofInstance.stdout.split('\n')).toHaveLength(5);
  expect([restored.stderr, restored.stdout]).toEqual([
    '',
    expect.stringContaining('holdfast restore watch rst-'),
  ]);
  expect(kept.stderr).toContain('RECOVERY_POINT_PROTECTED: nothing was deleted');
});

it.each([
  [2, 'an unknown job', ['db_drop'], 'there is no job db_drop here; there are db_list'],
  [2, 'a word that is no parameter', ['db_backup_list', 'LEDGER'], '"LEDGER" is no parameter'],
  [2, 'a parameter without a value', ['db_backup_list', 'db_name:'], 'parameter db_name has no value'],
  [2, 'a parameter that is missing', ['db_backup_list'], 'db_backup_list needs the parameter db_name'],
  [2, 'a parameter that the job lacks', ['db_list', 'level:', '0'], 'db_list has no parameter level'],
  [2, 'a level that is none', ['db_backup_start', 'db_name:', 'LEDGER', 'level:', 'full'], 'not "full"'],
  [
    1,
    'an expire in months or minutes',
    ['db_backup_start', 'db_name:', 'LEDGER', 'level:', '0', 'backup_volume_id:', '10001', 'expire:', '3m'],
    '"90d" for 3 months',
  ],
  [
    1,
    'a backup of another name',
    [
      'db_backups_delete',
      'db_name:',
      'LEDGER',
      'backup_list:',
      '[10001 LEDGER/id_9/level_0/node_0/backup_1 LEDGER]',
    ],
    'NOT_FOUND',
  ],
])('holdfast confd ends with %i for %s', async (code, _, words, why) => {
  const { holdfast } = await arrangeCli();

  const refused = await holdfast('confd', ...words);

  expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(why)]);
});
