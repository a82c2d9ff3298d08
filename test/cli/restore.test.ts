import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOwners } from '../../cli/restore/owner-map.ts';
import { viewOn } from '../../cli/restore/restore-view.ts';
import type { Caller } from '../../shared/domain/access.ts';
import type { RestoreId } from '../../shared/domain/ids.ts';
import { endRestore, type RestoreEnd } from '../../shared/usecases/restores/end-restore.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { reportRestoreProgress } from '../../shared/usecases/restores/report-restore.ts';
import { createMemoryService } from '../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const service = createMemoryService();
let api: Awaited<ReturnType<typeof serveApi>>;
let store: Caller;
let point = '';
let mountId = '';

beforeAll(async () => {
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  point = (await runCommit(service, upload.uploadId)).recoveryPointId;
  [store, mountId] = [caller, mount.mountId];
  const seen = { at: service.clock.now(), gatewayVersion: '1.0.0' };
  const capabilities = ['stage-restore', 'restore-options'];
  await service.catalog.stores.noteSeen(mount.storeId, { ...seen, capabilities });
  api = await serveApi(service, token, { credentialId: 'key-operator', role: 'operator' });
});
afterAll(() => api.close());

const run = (...args: string[]) =>
  runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });

const start = async (...options: string[]) => {
  const { stdout, stderr } = await run('restore', 'start', point, '--json', ...options);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { readonly restoreId: RestoreId } & Record<string, unknown>;
};
const end = (restoreId: RestoreId, how: RestoreEnd) => endRestore(service, { restoreId, end: how });
const done = { filesDone: 2, filesTotal: 2, bytesDone: 2 ** 21, bytesTotal: 2 ** 21 };

/** A report of the store's gateway. */
async function report(restoreId: RestoreId, progress: object) {
  service.workflows.addTask(restoreId);
  const { fence } = await handOverRestore(service, { restoreId, taskToken: restoreId });
  return reportRestoreProgress(service, store, { restoreId, fence, progress: { ...done, ...progress } });
}

describe('holdfast restore start', () => {
  it('orders a whole point, and says how to follow it', async () => {
    const { code, stdout } = await run('restore', 'start', point);

    expect(code).toBe(0);
    const [, id = ''] =
      /^(rst-\w+) is ordered; follow it with: holdfast restore watch \1\n$/.exec(stdout) ?? [];
    const restore = await service.catalog.restores.find(id as RestoreId);
    expect(restore).toMatchObject({ state: 'planned', recoveryPointId: point });
    expect(restore).not.toHaveProperty('paths');
  });

  it('takes paths and owners', async () => {
    const order = await start('--path', 'db', '-p', 'a b', '--path-base64', '/+8=', '--owner', '54321:54322');

    expect(order).toMatchObject({
      paths: [{ path: 'db' }, { path: 'a b' }, { pathBase64: '/+8=' }],
      owners: { allTo: { uid: 54_321, gid: 54_322 } },
    });
  });

  it('says what is wrong with owners before it orders anything', async () => {
    expect(parseOwners('uid:1=2,gid:3=4,uid:5=6')).toEqual({ uids: { 1: 2, 5: 6 }, gids: { 3: 4 } });
    for (const [owner, why] of [
      ['oracle:dba', /UID:GID for everything/],
      ['uid:1=2,uid:1=3', /names uid 1 twice/],
    ] as const) {
      const { code, stderr } = await run('restore', 'start', point, '--owner', owner);
      expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
    }
  });

  it('says why the service refuses', async () => {
    const { code, stderr } = await run('restore', 'start', '01J00000000000000000000000');

    expect([code, stderr]).toEqual([1, expect.stringMatching(/^holdfast: RECOVERY_POINT_NOT_FOUND: /)]);
  });
});

describe('holdfast restore watch', () => {
  const watch = (...args: string[]) => run('restore', 'watch', '--every', '0.1', ...args);

  it('writes a line when something is new, with rate and time left, and what came of it', async () => {
    const { restoreId } = await start();
    const pace = { bytesDone: 2 ** 20, filesDone: 0, bytesPerSecond: 2048, secondsLeft: 512 };
    await report(restoreId, pace);
    setTimeout(() => end(restoreId, { state: 'completed', progress: done }), 300);

    const { code, stdout } = await watch(restoreId);

    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'staging: 1.0 MiB of 2.0 MiB (50 %), 0 of 2 files verified, 2.0 KiB/s, 8m 32s left',
      'completed: 2.0 MiB of 2.0 MiB (100 %), 2 of 2 files verified',
    ]);
    expect(lines[2]).toBe(`${restoreId}  completed`);
  });

  it.each([
    ['failed', 1, { state: 'failed', reason: 'STORE_SILENT: no word' }],
    ['cancelled', 1, { state: 'cancelled' }],
    ['completed-with-damage', 3, { state: 'completed-with-damage', progress: done }],
  ] as const)('answers with its exit code that a restore is %s', async (state, expected, how) => {
    const { restoreId } = await start();
    await end(restoreId, how);

    const { code, stdout } = await watch(restoreId, '--json');

    expect(code).toBe(expected);
    expect(JSON.parse(stdout)).toMatchObject({ restoreId, state });
  });

  it('shows bars on a terminal', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 30 });
    Object.assign(terminal, { cursorTo() {}, moveCursor() {}, clearLine() {} });
    let shown = '';
    terminal.on('data', (chunk) => {
      shown += chunk;
    });
    const view = viewOn(terminal as unknown as NodeJS.WriteStream);
    const progress = { ...done, bytesDone: 2 ** 20, filesDone: 1, bytesPerSecond: 4096, secondsLeft: 3700 };

    view.show({ state: 'staging', progress } as never);
    view.end();

    const text = stripVTControlCharacters(shown);
    expect(text).toMatch(/staged {3}[█░]+ 50% 1\.0 MiB of 2\.0 MiB, 4\.0 KiB\/s, 1h 1m left/u);
    expect(text).toMatch(/verified [█░]+ 50% 1 of 2 files/u);
  });
});

describe('a service that is away while somebody watches', () => {
  it('is asked again', async () => {
    const { restoreId } = await start();
    const { catalog } = service;
    const find = catalog.restores.find;
    let asked = 0;
    catalog.restores.find = async (id) => {
      if (++asked === 2) throw new Error('away');
      return find(id);
    };
    setTimeout(() => {
      catalog.restores.find = find;
      void end(restoreId, { state: 'completed', progress: done });
    }, 400);

    const { code, stdout } = await run('restore', 'watch', restoreId, '--every', '0.1');

    expect(code).toBe(0);
    expect(stdout).toMatch(/completed\n/);
    expect(asked).toBeGreaterThan(2);
  });
});

const [path, options] = [
  'mount-1/restores/\\d+',
  'rw,bg,hard,nointr,rsize=32768,wsize=32768,tcp,vers=3,timeo=600',
];
const nextLines = [
  expect.stringMatching(
    `^the files lie in /${path} of store store-1; to see them from the host of the database`,
  ),
  expect.stringMatching(`^  mount -t nfs -o ${options} store-1:/${path} <mount_directory_here>$`),
  'then have the scripts for RMAN written, and begin with the README.txt among them:',
  expect.stringMatching(
    '^  holdfast restore script \\w{26} --database <name or DBID> --staged-at <mount_directory_here>',
  ),
];

describe('holdfast restore show', () => {
  it('names what damage cost, and where to get it from', async () => {
    const { restoreId } = await start('--path', 'db');
    const damage = {
      filesDamaged: 3,
      bytesDamaged: 2 ** 30,
      files: [
        { path: 'db/data\u001b[2J', code: 'VAULT_OBJECT_DAMAGED' },
        { pathBase64: '/+8=', code: 'VAULT_OBJECT_MISSING' },
      ],
      objectsDamaged: 1,
      objects: ['v1/pack'],
      databases: [{ dbid: '1234', files: 2 }],
      alternative: { outcome: 'found', recoveryPointId: point, takenAt: service.clock.now() },
    } as never;
    await end(restoreId, { state: 'completed-with-damage', progress: done, damage });

    const { code, stdout } = await run('restore', 'show', restoreId);

    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      `${restoreId}  completed-with-damage`,
      expect.stringMatching(new RegExp(`^recovery point ${point}, to restores/\\d+ of mount ${mountId}$`)),
      'of it: db',
      '2.0 MiB of 2.0 MiB (100 %), 2 of 2 files verified',
      'LEFT OUT, because the vault does not hold it as it was stored: 3 files, 1.0 GiB',
      '  db/data?[2J  VAULT_OBJECT_DAMAGED',
      '  base64:/+8=  VAULT_OBJECT_MISSING',
      '  and 1 more files',
      '  2 of them belong to database 1234',
      '  damaged: v1/pack',
      expect.stringMatching(`^restore them from ${point}, taken .*: it needs nothing of what is damaged$`),
      ...nextLines,
    ]);
  });

  it('says where the files lie, how to mount them, and how to get the scripts; not once they are gone (D30)', async () => {
    const { restoreId } = await start();
    const running = await run('restore', 'show', restoreId);
    await end(restoreId, { state: 'completed', progress: done });

    const shown = await run('restore', 'show', restoreId);
    const watched = await run('restore', 'watch', restoreId);

    expect(running.stdout).not.toContain('mount -t nfs');
    expect(shown.stdout.trimEnd().split('\n').slice(-4)).toEqual(nextLines);
    expect(watched.stdout.trimEnd().split('\n').slice(-4)).toEqual(nextLines);
    expect(watched.code).toBe(0);
  });
});

describe('holdfast restore list and cancel', () => {
  it('list those of a mount, and end one', async () => {
    const { restoreId } = await start();

    const cancelled = await run('restore', 'cancel', restoreId);
    const listed = await run('restore', 'list', '--mount', mountId);
    const again = await run('restore', 'cancel', restoreId, '--json');

    expect(cancelled.stdout).toMatch(new RegExp(`^${restoreId}  cancelled\n`));
    expect(listed.stdout).toMatch(new RegExp(`${restoreId}  cancelled .* cancelled by key-operator\n`));
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'cancelled' });
  });

  it('do not cancel what has ended', async () => {
    const { restoreId } = await start();
    await end(restoreId, { state: 'completed', progress: done });

    const { code, stderr } = await run('restore', 'cancel', restoreId);

    expect([code, stderr]).toEqual([1, expect.stringMatching(/RESTORE_STATE_CONFLICT: .*completed/)]);
  });
});
