import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Restore } from '../../shared/domain/restore.ts';
import { endRestore } from '../../shared/usecases/restores/end-restore.ts';
import { reportRemoval } from '../../shared/usecases/restores/report-removal.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';
import { arrangeTargets, commit, operator, progress } from '../support/restore-targets.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const day = 86_400_000;
const holder = { credentialId: 'key-admin', role: 'admin' } as const;
const clean = (mount: string) => ['snapshot', 'clean', mount];

let targets: Awaited<ReturnType<typeof arrangeTargets>>;
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  targets = await arrangeTargets();
  api = await serveApi(targets.service, token, operator);
});
afterAll(async () => {
  await api.close();
});

const run = (...args: string[]) =>
  runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });

const running = async () => (await targets.service.catalog.restores.listRunning({ limit: 10 })).items;
/** What a gateway does with the clone that is ordered next. */
const carryOut = async (state: 'completed' | 'failed' = 'completed') => {
  await waitUntil('a clone is ordered', async () => (await running()).length > 0);
  const [{ restoreId }] = (await running()) as [Restore];
  await targets.handOver({ restoreId } as Restore);
  const end = state === 'completed' ? { state, progress } : { state, reason: 'RESTORE_NO_SPACE: full' };
  await endRestore(targets.service, { restoreId, end });
  return restoreId;
};

describe('clones', () => {
  it('are made, listed, counted and dropped in lines that people and monitoring know (D18–D22)', async () => {
    const { service, source, point, younger } = targets;
    await source.poll();

    const made = run(
      'snapshot',
      'clone',
      'source/ledger',
      younger.snapName,
      '--name',
      'testdb',
      '--every',
      '0.1',
    );
    const restoreId = await carryOut();

    const path = '/exports/ledger/clones/testdb';
    expect(await made).toMatchObject({
      code: 0,
      stdout: [
        'Clone created.',
        'Clone name: testdb',
        `Mount point: ${path}`,
        'Mount command (execute as root and replace zfs ip address and mount directory):',
        `mount -t nfs -o rw,bg,hard,nointr,rsize=32768,wsize=32768,tcp,vers=3,timeo=600 source:${path} <mount_directory_here>`,
        '',
      ].join('\n'),
    });
    expect(await run('snapshot', 'listclones', 'source/ledger')).toMatchObject({
      stdout: `testdb [${younger.recoveryPointId}] [mount point: ${path}]\n`,
    });
    const listed = (await run('snapshot', 'list', 'source/ledger')).stdout.trimEnd().split('\n');
    expect(listed).toEqual([
      expect.stringMatching(new RegExp(`^${point.recoveryPointId} .* clones=0$`)),
      expect.stringMatching(new RegExp(`^${younger.recoveryPointId} .* clones=1$`)),
    ]);
    const again = await run('snapshot', 'clone', 'source/ledger', younger.snapName, '--name', 'testdb');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('CLONE_EXISTS') });
    const shown = await run('restore', 'extend', restoreId, '--lease', '30d');
    expect(shown.stdout).toMatch(/to clones\/testdb of mount[\s\S]*the files stay until 20/);

    const dropped = run('snapshot', 'dropclone', 'source/ledger', 'testdb', '--every', '0.1');
    await waitUntil('it is ordered', async () => (await source.poll()).commands.length > 0);
    await reportRemoval(service, source.caller, { restoreId, outcome: 'removed', because: 'lease-ended' });
    expect(await dropped).toEqual({ code: 0, stdout: 'Clone dropped.\n', stderr: '' });
    expect(await run('snapshot', 'dropclone', 'source/ledger', 'testdb')).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('that cannot be made or removed are told so, with the reason', async () => {
    const { service, source, point } = targets;
    const clone = () => run('snapshot', 'clone', 'source/ledger', point.recoveryPointId, '--every', '0.1');

    const failed = clone();
    await carryOut('failed');
    expect(await failed).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('RESTORE_NO_SPACE'),
    });
    expect(await run('snapshot', 'clone', 'source/ledger', 'UID_999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no snapshot "UID_999"'),
    });
    const made = clone();
    const restoreId = await carryOut();
    const [, name] = /^Clone name: (.*)$/m.exec((await made).stdout) ?? [];
    expect(name).toMatch(new RegExp(`^${point.recoveryPointId}_clone_\\d{8}T\\d{6}$`));

    const dropped = run('snapshot', 'dropclone', 'source/ledger', String(name), '--every', '0.1');
    await waitUntil('it is ordered', async () => (await source.poll()).commands.length > 0);
    const { fence } = (await service.catalog.restores.find(restoreId)) as Restore;
    await reportRemoval(service, source.caller, { restoreId, outcome: 'waiting', fence, reason: 'EBUSY' });
    expect(await dropped).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('removing: EBUSY'),
    });
    await reportRemoval(service, source.caller, { restoreId, outcome: 'removed', because: 'lease-ended' });
  });
});

describe('create', () => {
  it('returns when what lies in the mount is a recovery point, with its name (D21)', async () => {
    const { service, target } = targets;
    const { mountId } = target.mount;
    const params = async () => {
      const { snapshotOrder } = (await service.catalog.mounts.find(mountId)) ?? {};
      return snapshotOrder?.state === 'ordered' ? { mountId, commandId: snapshotOrder.commandId } : undefined;
    };
    const report = async (body: object) => {
      await waitUntil('it is ordered', async () => (await params()) !== undefined);
      await service.send('reportSnapshotOrder', {
        caller: target.caller,
        params: (await params()) ?? {},
        body,
      });
    };

    const made = run('snapshot', 'create', 'target/ledger', '--every', '0.1');
    const [{ snapName, takenAt }] = [await commit(service, target, 'frozen')];
    await report({ outcome: 'frozen', snapName });
    expect(await made).toEqual({
      code: 0,
      stdout: `Snapshot created: ledger-${takenAt.slice(0, 19).replaceAll(/[-:]/g, '')}\n`,
      stderr: '',
    });
    const refused = run('snapshot', 'create', 'target/ledger', '--every', '0.1');
    await report({ outcome: 'failed', code: 'SNAPSHOT_FAILED', reason: 'a backup is under way' });
    expect(await refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a backup is under way'),
    });
  });
});

describe('clean', () => {
  it('has a word for each snapshot, drops what is due and never what has a clone (D24)', async () => {
    const { service, source, point, younger } = targets;
    const made = run(
      'snapshot',
      'clone',
      'source/ledger',
      point.recoveryPointId,
      '--lease',
      '300d',
      '--every',
      '0.1',
    );
    await carryOut();
    await made;
    service.clock.advance(30 * day);
    const [third, fourth] = [await commit(service, source, 'three'), await commit(service, source, 'four')];

    const { code, stdout } = await run(...clean('source/ledger'));

    expect(code).toBe(0);
    const words = new Map(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, 26), line.slice(53)]),
    );
    expect(words).toEqual(
      new Map([
        [point.recoveryPointId, 'has a clone'],
        [younger.recoveryPointId, 'dropped'],
        [third.recoveryPointId, 'valid'],
        [fourth.recoveryPointId, 'valid'],
      ]),
    );
    expect(await service.catalog.recoveryPoints.find(younger.recoveryPointId)).toMatchObject({
      state: 'pending-deletion',
    });
    expect(await service.catalog.recoveryPoints.find(point.recoveryPointId)).toMatchObject({
      state: 'available',
    });
  });
});

describe('a drop that fails', () => {
  it('is told with its reason, and does not stop the others (D24)', async () => {
    const { service, source } = targets;
    service.clock.advance(30 * day);
    const [fifth, sixth] = [await commit(service, source, 'five'), await commit(service, source, 'six')];
    const { mountId } = source.mount;
    const due = (
      await service.catalog.recoveryPoints.list({ mountId, order: 'oldest-first' }, { limit: 10 })
    ).items.filter(({ state, seq }) => state === 'available' && seq > 2 && seq < fifth.seq);
    const [held, other] = due;
    const stopped = await run(...clean('source/ledger'));
    expect(stopped).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('the plan is stopped'),
    });
    const body = { maxExpiredPercentPerDay: 100 };
    await service.send('changePolicy', { caller: holder, params: { mountId }, body });
    /** Somebody holds a point between the plan and its execution. */
    const send: typeof service.send = async (name, input) => {
      const target = { kind: 'point', recoveryPointId: held?.recoveryPointId };
      if (name === 'executeRetentionPlan')
        await service.send('placeHold', { caller: holder, body: { target, reason: 'audit' } });
      return service.send(name, input);
    };
    const busy = await serveApi({ ...service, send }, token, operator);

    const { code, stdout, stderr } = await runHere(clean('source/ledger'), {
      environment: { HOLDFAST_URL: busy.url, HOLDFAST_TOKEN: token },
    });
    await busy.close();

    expect(stderr).toContain('stays');
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${held?.recoveryPointId} .*\\] DROP FAILED$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${other?.recoveryPointId} .*\\] dropped$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${sixth.recoveryPointId} .*\\] valid$`, 'm'));
    expect(stderr).toContain(`${held?.recoveryPointId} stays: It is under hold`);
  });
});

describe('exec-all', () => {
  it('goes through the mounts in order, with a header for each, without those left out', async () => {
    const { point, target } = targets;
    const [all, some] = [
      await run('exec-all', 'list'),
      await run('exec-all', 'list', `${target.mount.mountId}`),
    ];

    expect(all.code).toBe(0);
    expect(all.stdout.split('--- DATABASE: ledger ---\n')).toHaveLength(3);
    expect(all.stdout.startsWith(`--- DATABASE: ledger ---\n${point.recoveryPointId} [`)).toBe(true);
    expect(some.stdout.split('--- DATABASE: ledger ---\n')).toHaveLength(2);
    expect(await run('exec-all', 'list', 'ledger')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('stops at the first mount that fails, with its code', async () => {
    targets.service.clock.advance(365 * day);

    const { code, stdout } = await run('exec-all', 'checkage');

    expect(code).toBe(2);
    expect(stdout).toMatch(/^--- DATABASE: ledger ---\nCRITICAL: The latest snapshot age 365 days, \S+\n$/);
  });

  it('refuses what it does not know, and helps', async () => {
    expect(await run('exec-all', 'list', 'other')).toMatchObject({ code: 1, stdout: '' });
    for (const args of [['exec-all'], ['exec-all', 'dropclone'], ['exec-all', 'list', 'a,,b']]) {
      expect(await run(...args)).toMatchObject({ code: 2, stdout: '' });
    }
    for (const name of ['list', 'create', 'clone', 'listclones', 'dropclone', 'clean', 'checkage']) {
      expect(await run('snapshot', name, '--help')).toMatchObject({ code: 0 });
      if (name !== 'checkage') expect(await run('snapshot', name)).toMatchObject({ code: 2 });
    }
    expect(await run('exec-all', '--help')).toMatchObject({ code: 0 });
  });
});
