import { expect, it } from 'vitest';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Credential } from '../../../shared/domain/store.ts';
import { watchAlerts } from '../../../shared/usecases/alerts/watch-alerts.ts';
import { runHere } from '../../cli/run-here.ts';
import { serveApi } from '../../cli/served-api.ts';
import { Crash } from '../../support/crashing.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { admin } from '../../support/serving-store.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';
import { arrangeAgent } from '../administration/administration-seeding.ts';

const hour = 3_600_000;

/** A store that is heard of whenever the time goes on, unless it is silent. */
async function arrange(service: MemoryService = createMemoryService()) {
  const { mount, caller } = await createStoreAndMount(service);
  const { storeId } = mount;
  await activate(service, storeId, caller.credentialId);
  const isHeardOf = () =>
    service.catalog.stores.noteSeen(storeId, {
      at: service.clock.now(),
      gatewayVersion: '1',
      capabilities: [],
    });
  await isHeardOf();
  const failures: unknown[] = [];
  const watch = () => watchAlerts({ ...service, onError: (_, error) => failures.push(error) });
  const later = async (hours: number) => {
    service.clock.advance(hours * hour);
    await isHeardOf();
    return watch();
  };
  const backUp = async (log?: readonly string[]) => {
    const upload = await openSnapshot(service, caller, mount);
    const host = { mountpoint: '/mnt/sales', platform: 'linux' as const, receivedAt: service.clock.now() };
    const logs = log ? [{ ...host, fileName: 'rman.log', content: `${log.join('\n')}\n` }] : [];
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, undefined, logs));
    return runCommit(service, upload.uploadId);
  };
  const told = () =>
    service.events.published.flatMap((event) =>
      'alert' in event ? [`${event.type}: ${event.alert.kind} ${event.alert.severity}`] : [],
    );
  return { service, mount, isHeardOf, watch, later, backUp, told, failures };
}

/** Its gateway has used its activation code. */
async function activate(
  service: MemoryService,
  storeId: Mount['storeId'],
  credentialId: string,
): Promise<void> {
  const code = {
    codeSha256: 'a'.repeat(64),
    storeId,
    expiresAt: '2099-01-01T00:00:00.000Z' as Mount['createdAt'],
  };
  await service.catalog.stores.addActivationCode(code);
  const credential = {
    ...{
      credentialId: credentialId as Credential['credentialId'],
      role: 'store' as const,
      storeId,
      description: 'its token',
    },
    ...{ secretSha256: 'b'.repeat(64), createdAt: service.clock.now() },
  };
  await service.catalog.stores.activate(code.codeSha256, credential, service.clock.now());
}

it('a backup that does not come is told once, then as critical at once, after a day and after three days', async () => {
  const { backUp, later, told } = await arrange();
  await backUp();

  expect(await later(25)).toMatchObject({ raised: 0, closed: 0, mails: 0 });
  expect(await later(1)).toMatchObject({ raised: 1, mails: 1 });
  expect(await later(1)).toMatchObject({ raised: 0, mails: 0 });
  for (let hours = 0; hours < 120; hours += 4) await later(4);

  expect(told().filter((line) => line.includes('backup-late'))).toEqual([
    'Alert Raised: backup-late warning',
    'Alert Closed: backup-late warning',
    'Alert Raised: backup-late critical',
    'Alert Repeated: backup-late critical',
    'Alert Repeated: backup-late critical',
  ]);
});

it('what is mended closes by itself, and stays in the history', async () => {
  const { service, backUp, later, told } = await arrange();
  await later(60);
  await backUp();

  expect(await later(0)).toMatchObject({ raised: 0, closed: 1, mails: 0 });

  expect(told()).toEqual([
    'Alert Raised: backup-never-ran critical',
    'Alert Closed: backup-never-ran critical',
  ]);
  const { items } = await service.catalog.alerts.list({ state: 'closed' }, { limit: 10 });
  expect(items).toMatchObject([{ kind: 'backup-never-ran', closedAt: service.clock.now(), mails: 1 }]);
});

it('a mail that a crash cut off is sent again by the next run', async () => {
  const { service, isHeardOf, watch, later, told } = await arrange();
  service.clock.advance(60 * hour);
  await later(0);
  service.clock.advance(24 * hour);
  await isHeardOf();
  const { alerts } = service.catalog;
  const crashing = {
    ...alerts,
    noteMail: () => Promise.reject(new Crash('noteMail')),
  };
  const found = await watchAlerts({
    ...service,
    catalog: { ...service.catalog, alerts: crashing },
    onError: () => {},
  });
  await watch();

  expect(found.failed).toBe(1);
  expect(told().filter((line) => line === 'Alert Repeated: backup-never-ran critical')).toHaveLength(2);
});

it('a store that cannot be looked at keeps no other from being watched', async () => {
  const { service, mount, watch, failures } = await arrange();
  await createStoreAndMount(service, '2w').catch(() => {});
  service.clock.advance(60 * hour);
  const { recoveryPoints } = service.catalog;
  const broken = {
    ...recoveryPoints,
    list: () => Promise.reject(new Error('the table is away')),
  };
  const failed = await watchAlerts({
    ...service,
    catalog: { ...service.catalog, recoveryPoints: broken },
    onError: (storeId) => expect(storeId).toBe(mount.storeId),
  });

  expect(failed).toMatchObject({ raised: 0, failed: 1 });
  expect(await watch()).toMatchObject({ failed: 0 });
  expect(failures).toEqual([]);
});

it('alerts are listed and shown by the API and the command line, with what to do', async () => {
  const { service, later, backUp } = await arrange();
  await later(60);
  const token = 'key-01J00000000000000000000000.secret';
  const api = await serveApi(service, token, admin);
  const run = (...args: string[]) =>
    runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });

  const listed = await run('alert', 'list');
  const asJson = JSON.parse((await run('alert', 'list', '--json')).stdout) as { alertId: string };
  const shown = await run('alert', 'show', asJson.alertId);
  const unknown = await run('alert', 'show', 'alr-01J00000000000000000000000');
  await backUp();
  await later(0);
  const none = await run('alert', 'list');
  const closed = await run('alert', 'list', '--closed');
  const all = await run('alert', 'list', '--all');
  const both = await run('alert', 'list', '--all', '--closed');
  await api.close();

  expect(all.stdout).toMatch(/^ID +STATE .*\nalr-\w+ +closed +critical +backup-never-ran /);
  expect(both.code).toBe(2);
  expect(listed.stdout).toMatch(
    /^ID +SEVERITY .*\nalr-\w+ +critical +backup-never-ran .*mount mount-1 was made at/,
  );
  expect(shown.stdout).toMatch(
    /^critical: mount mount-1 .*\nwhat to do: .*\nbackup-never-ran, since .*mails sent: 1\n$/,
  );
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('ALERT_NOT_FOUND') });
  expect(none.stdout).toBe('nothing is wrong that the service knows of\n');
  expect(closed.stdout).toContain('backup-never-ran');
});

it('archived logs that are backed up do not hide that the database was not', async () => {
  const { service, mount, store } = await arrangeAgent();
  const { storeId, mountId } = mount;
  const { catalog, clock } = service;
  await activate(service, storeId, store.credentialId);
  const request = async (content: 'database' | 'archived-logs', state: 'failed' | 'completed') => {
    clock.advance(60_000);
    const body = { database: 'LEDGER', content };
    const sent = await service.send('createRequest', { caller: admin, params: { mountId }, body });
    const made = await catalog.requests.find(sent.body?.requestId as never);
    if (made === undefined) throw new Error('there is no request');
    await catalog.requests.end(made, { state, at: clock.now(), reason: 'RMAN-03009' });
  };
  const failed = async () => {
    await watchAlerts({ ...service, onError: () => {} });
    return (await catalog.alerts.openOf(storeId)).filter(({ kind }) => kind === 'backup-failed').length;
  };
  await request('database', 'failed');
  for (let count = 0; count < 60; count++) await request('archived-logs', 'completed');

  const hidden = await failed();
  await request('database', 'completed');

  expect([hidden, await failed()]).toEqual([1, 0]);
});

const racLog = (...after: string[]) => [
  'Recovery Manager: Release 19.0.0.0.0 - Production on Sat May 17 01:00:00 2031',
  'connected to target database: SALES (DBID=77)',
  ...['1', '2'].flatMap((number) => [
    `allocated channel: c${number}`,
    `channel c${number}: SID=11 instance=sales${number} device type=DISK`,
  ]),
  'Starting backup at 17-MAY-31',
  ...['1', '2'].flatMap((number) => [
    `channel c${number}: starting full datafile backup set`,
    `channel c${number}: specifying datafile(s) in backup set`,
    `input datafile file number=0000${number} name=/data/${number}.dbf`,
    `channel c${number}: starting piece 1 at 17-MAY-31`,
  ]),
  ...after,
];
const lostSession = [
  'RMAN-03009: failure of backup command on c2 channel at 05/17/2031 01:02:03',
  'ORA-03113: end-of-file on communication channel',
];

it('a log tells of an instance that went down: another is named while the backup goes on, the own one fails it', async () => {
  const { service, mount, backUp, later } = await arrange();
  const open = async () =>
    (await service.catalog.alerts.openOf(mount.storeId)).map(
      ({ kind, severity, instance }) => `${kind} ${severity} ${instance ?? ''}`,
    );
  const point = await backUp(
    racLog(
      ...lostSession,
      'channel c2 disabled, job failed on it will be run on another channel',
      'channel c1: finished piece 1 at 17-MAY-31',
      'piece handle=/mnt/sales/1 tag=T comment=NONE',
      'channel c1: backup set complete, elapsed time: 00:00:01',
      'Finished backup at 17-MAY-31',
    ),
  );
  await later(1);
  const goneOn = await open();
  await backUp(
    racLog(
      'RMAN-00571: ===========================================================',
      'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
      'RMAN-00571: ===========================================================',
      'RMAN-03002: failure of backup command at 05/17/2031 01:02:03',
      'ORA-03113: end-of-file on communication channel',
    ),
  );
  await later(1);
  const failed = await open();
  await backUp();
  await later(1);

  expect(point.warnings).toContainEqual({
    code: 'INSTANCE_DOWN',
    text: 'the backup went on without instances that went down: sales2',
    instances: ['sales2'],
  });
  expect(goneOn).toContain('instance-down warning sales2');
  expect(goneOn).not.toContain('backup-failed critical ');
  expect(failed).toContain('backup-failed critical ');
  expect(failed.join()).not.toContain('instance-down');
  expect(await open()).not.toContain('backup-failed critical ');
});
