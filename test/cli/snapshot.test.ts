import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { registerStore } from '../../shared/usecases/stores/register-store.ts';
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
const hour = 3_600_000;
const service = createMemoryService();
const points: string[] = [];
let api: Awaited<ReturnType<typeof serveApi>>;

beforeAll(async () => {
  const { mount, caller } = await createStoreAndMount(service);
  for (const size of [300, 5_000_000]) {
    const upload = await openSnapshot(service, caller, mount);
    const files = { piece: Buffer.alloc(size, 'piece') };
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files));
    points.push((await runCommit(service, upload.uploadId)).recoveryPointId);
    service.clock.advance(27 * hour);
  }
  const { store } = await registerStore(service, { name: 'store-2' });
  const { storeId } = store;
  for (const name of ['mount-1', 'empty']) {
    await createMount(service, { storeId, name, expire: '1w', maxPendingSnapshots: 3 });
  }
  api = await serveApi(service, token, { credentialId: 'key-viewer', role: 'viewer' });
});
afterAll(async () => {
  await api.close();
});

const run = (...args: string[]) =>
  runHere(args, { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });

describe('holdfast snapshot list', () => {
  it('prints a line for each point, oldest first, as monitoring reads them', async () => {
    const { code, stdout } = await run('snapshot', 'list', 'store-1/mount-1');

    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(`^${points[0]} \\[2026-01-31 12:00:00 UTC\\] total=300B unique=\\d+k?B clones=0$`),
      ),
      expect.stringMatching(
        new RegExp(`^${points[1]} \\[2026-02-01 15:00:00 UTC\\] total=5MB unique=\\d+k?B clones=0$`),
      ),
    ]);
  });

  it('says which mounts a name may mean, and which names mean none', async () => {
    const several = await run('snapshot', 'list', 'mount-1');
    const none = await run('snapshot', 'list', 'store-2/other');

    expect(several).toMatchObject({ code: 1, stdout: '' });
    expect(several.stderr).toMatch(
      /several mounts are called "mount-1".*mnt-\w{26} on sto-\w{26}.*STORE\/MOUNT/,
    );
    expect(none).toMatchObject({ code: 1, stderr: 'holdfast: there is no mount "store-2/other"\n' });
  });
});

describe('checkage', () => {
  const ages = [
    [['--warning', '2d', '--critical', '3d'], 0, 'OK: The latest snapshot age 1 day, 3:00:00\n'],
    [[], 1, 'WARNING: The latest snapshot age 1 day, 3:00:00\n'],
    [['--warning', '1h', '--critical', '27h'], 2, 'CRITICAL: The latest snapshot age 1 day, 3:00:00\n'],
  ] as const;

  it.each(ages)('with %j exits with %i', async (options, code, stdout) => {
    expect(await run('snapshot', 'checkage', 'store-1/mount-1', ...options)).toEqual({
      code,
      stdout,
      stderr: '',
    });
    expect(await run('checkage', '--mount', 'store-1/mount-1', ...options)).toEqual({
      code,
      stdout,
      stderr: '',
    });
  });

  it('of a mount without a point is critical, its age None', async () => {
    expect(await run('snapshot', 'checkage', 'empty')).toMatchObject({
      code: 2,
      stdout: 'CRITICAL: The latest snapshot age None\n',
    });
  });

  it.each([
    [['snapshot', 'checkage', 'other'], 'there is no mount "other"'],
    [['checkage', '--db', '42'], 'DATABASE_NOT_FOUND: '],
    [['checkage', '--mount', 'empty', '--warning', 'soon'], 'THRESHOLDS_INVALID: warning is "soon"'],
    [['checkage'], 'name what to check'],
  ])('%j is unknown, and says why', async (args, why) => {
    const { code, stdout } = await run(...args);

    expect(code).toBe(3);
    expect(stdout).toContain(`Exception occured: ${why}`);
  });

  it('that is not understood is unknown, not critical; help is no failure', async () => {
    for (const args of [
      ['checkage', '--mount'],
      ['snapshot', 'checkage'],
      ['checkage', '--unknown'],
    ]) {
      expect(await run(...args)).toMatchObject({ code: 3 });
    }
    expect(await run('checkage', '--help')).toMatchObject({ code: 0 });
    expect(await run('snapshot', 'checkage', '--help')).toMatchObject({ code: 0 });
    expect(await run('snapshot', 'list', '--help')).toMatchObject({ code: 0 });
  });
});
