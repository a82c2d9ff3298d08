import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scnAtEndOf } from '../../local/fake-rman/workload.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import { RestoreSite, runScripts } from '../local/fake-rman/restore-site.ts';
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
const site = new RestoreSite();
let api: Awaited<ReturnType<typeof serveApi>>;
let point = '';

/** What RMAN logged is real; of its files the catalog needs names and sizes only. */
beforeAll(async () => {
  await site.prepare();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  const logs = site.logs.map((content, index) => ({
    ...{ content, fileName: `night-${index}.log`, mountpoint: site.mount, platform: 'linux' as const },
    receivedAt: toInstant(index),
  }));
  const files = Object.fromEntries(readdirSync(site.staged).map((name) => [name, name.padEnd(512)]));
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files, logs));
  point = (await runCommit(service, upload.uploadId)).recoveryPointId;
  api = await serveApi(service, token, { credentialId: 'key-viewer', role: 'viewer' });
});
afterAll(async () => {
  await api.close();
  site.remove();
});

const run = (...args: string[]) =>
  runHere(['restore', 'script', point, ...args], {
    environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token },
  });
const staged = () => ['--staged-at', site.staged];
const script = (...args: string[]) => run('--database', 'demo', ...staged(), ...args);

describe('holdfast restore script', () => {
  it('writes scripts that bring the database back byte by byte', async () => {
    const folder = join(site.root, 'scripts');

    const { code, stdout, stderr } = await script('--output', folder);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(
      ['README.txt', 'parameter-file.rman', 'restore.rman'].map((name) => join(folder, name)),
    );
    const host = site.emptyHost();
    const restore = await runScripts(host, [readFileSync(join(folder, 'restore.rman'), 'utf8')]);
    expect(restore.exitCode, restore.output).toBe(0);
    expect(await site.difference(host, scnAtEndOf(3))).toBeUndefined();
    // Somebody may have edited what is there.
    const again = await script('--output', folder);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
  });

  it('takes a moment by the clock of the host, or in UTC with its offset', async () => {
    const [local, utc, without] = [
      await script('--time', '2026-04-10T13:00:00'),
      await script('--time', '2026-04-10T11:00:00Z', '--host-offset', '+02:00'),
      await script('--time', '2026-04-10T11:00:00Z'),
    ];

    expect(local.stdout).toContain(`"to_date('2026-04-10 13:00:00', 'YYYY-MM-DD HH24:MI:SS')"`);
    expect(utc.stdout).toBe(local.stdout);
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('needs hostOffset') });
  });

  it('prints what there is to read and exits with 1 where nothing certain can be written (S49)', async () => {
    const late = await script('--time', '2026-04-12T00:00:00');
    const risked = await script('--time', '2026-04-12T00:00:00', '--at-own-risk', '--json');

    expect(late.code).toBe(1);
    expect(late.stdout).toMatch(/THERE IS NO SCRIPT, BECAUSE\n- TARGET_UNCERTAIN: .*2026-04-12T00:00:00/);
    expect(late.stdout).not.toMatch(/^(?:set|restore|run)\b/m);
    expect(risked.code).toBe(0);
    expect(JSON.parse(risked.stdout)).toMatchObject({ outcome: 'at-own-risk', recoveryPointId: point });
  });

  it('names the databases of the point where the one asked for is not there', async () => {
    const unknown = await run('--database', 'SALES', ...staged());
    const wrong = await run('--database', '4711', ...staged());

    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringMatching(/give the DBID \(\d+ DEMO\)/) });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_NOT_FOUND') });
  });

  it.each([
    [['--kind', 'pdb'], 'pdb is missing'],
    [['--pdb', 'SALES'], 'pdb belongs to kind pdb'],
    [['--scn', '1', '--sequence', '2'], 'exclude each other'],
    [['--thread', '2'], 'thread belongs to a sequence'],
    [['--host-offset', '+02:00'], 'belongs to a time in UTC'],
    [['--time', '2026-02-30T00:00:00'], 'is no such moment'],
    [['--scn', '0x10'], 'whole number'],
    [['--kind', 'all'], 'Allowed choices'],
  ])('refuses %j: %s', async (options, message) => {
    expect(await script(...options)).toMatchObject({
      code: expect.toSatisfy((code) => code !== 0),
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('is for points whose files can still be staged', async () => {
    const found = await service.catalog.recoveryPoints.find(point as UploadId);
    const params = { recoveryPointId: `${point.slice(0, -1)}Z`, dbid: '1' };

    const none = await service.send('makeRestoreScript', {
      caller: { credentialId: 'key-viewer', role: 'viewer' },
      params,
      query: { stagedAt: site.staged },
    });

    expect(found?.state).toBe('available');
    expect(none).toMatchObject({ statusCode: 404, body: { code: 'RECOVERY_POINT_NOT_FOUND' } });
  });
});
