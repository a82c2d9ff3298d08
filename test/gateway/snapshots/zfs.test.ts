import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findInconsistency, type MountFolders } from '../../../gateway/mounts/mount-folders.ts';
import { zfsSnapshots } from '../../../gateway/snapshots/zfs.ts';
import { zfsClones } from '../../../gateway/snapshots/zfs-clones.ts';
import { ReplayedZfs } from '../support/replayed-zfs.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import {
  describeSnapshotAdapter,
  fill,
  makeMount,
  makeMountId,
  requestedAt,
} from './snapshot-adapter-contract.ts';

const pool = 'tank/phoenix';

async function makeGround() {
  const folder = await makeTemporaryFolder();
  const mountsDirectory = join(folder, 'mounts');
  await mkdir(mountsDirectory);
  const zfs = await ReplayedZfs.install(folder, pool, mountsDirectory);
  return { snapshots: zfsSnapshots, mountsDirectory, zfs };
}

const crashBeforeHold = (zfs: ReplayedZfs) => async (mount: MountFolders, snapshotId: string) => {
  await zfs.breakDown({ verb: 'hold', message: 'Killed' });
  await expect(zfsSnapshots.freeze(mount, { snapshotId, requestedAt })).rejects.toThrow('Killed');
  await zfs.mend();
  expect(await zfsSnapshots.list(mount)).toEqual([snapshotId]);
};

describeSnapshotAdapter('ZFS, replayed', async () => {
  const ground = await makeGround();
  return { ...ground, crashWhileFreezing: crashBeforeHold(ground.zfs) };
});

/** A pool of this machine that tests may make a dataset in. */
const realPool = process.env.HOLDFAST_TEST_ZFS_DATASET;

describe.skipIf(realPool === undefined)('where HOLDFAST_TEST_ZFS_DATASET names a dataset to test in', () => {
  describeSnapshotAdapter('ZFS', async () => {
    const dataset = `${realPool}/holdfast-${ulid().toLowerCase()}`;
    execFileSync('zfs', ['create', dataset]);
    onTestFinished(() => {
      for (const held of heldSnapshots(dataset)) execFileSync('zfs', ['release', 'holdfast', held]);
      execFileSync('zfs', ['destroy', '-r', dataset]);
    });
    const mountsDirectory = execFileSync('zfs', ['get', '-Hp', '-o', 'value', 'mountpoint', dataset]);
    return {
      snapshots: zfsSnapshots,
      mountsDirectory: mountsDirectory.toString().trim(),
      crashWhileFreezing: async ({ root }, snapshotId) => {
        const own = execFileSync('zfs', ['list', '-H', '-o', 'name', root]).toString().trim();
        execFileSync('zfs', ['snapshot', `${own}@holdfast-${snapshotId}`]);
      },
    };
  });
});

const heldSnapshots = (dataset: string): string[] =>
  execFileSync('zfs', ['list', '-Hr', '-t', 'snapshot', '-o', 'name,userrefs', dataset])
    .toString()
    .split('\n')
    .flatMap((line) => (line.endsWith('\t1') ? [line.split('\t')[0] ?? ''] : []));

describe('a mount on ZFS', () => {
  test('is a dataset of its own that carries the id of the mount', async () => {
    const ground = await makeGround();

    const mount = await makeMount(ground, 'sales.2');

    const { datasets } = await ground.zfs.state();
    expect(datasets[`${pool}/sales.2`]).toEqual({
      mountpoint: mount.root,
      properties: { 'holdfast:mount': mount.mountId },
    });
  });

  test('takes over an empty dataset that an administrator made for it, with its settings', async () => {
    const ground = await makeGround();
    const root = join(ground.mountsDirectory, 'orcl');
    await mkdir(root);
    await ground.zfs.change((state) => {
      state.datasets[`${pool}/orcl`] = { mountpoint: root, properties: { compression: 'off' } };
    });

    const { mountId } = await makeMount(ground, 'orcl');

    const { datasets } = await ground.zfs.state();
    expect(datasets[`${pool}/orcl`]?.properties).toEqual({ compression: 'off', 'holdfast:mount': mountId });
  });

  test('is not laid over a folder with files, which it would hide', async () => {
    const ground = await makeGround();
    const root = join(ground.mountsDirectory, 'orcl');
    await mkdir(root);
    await writeFile(join(root, 'precious'), '');

    await expect(makeMount(ground, 'orcl')).rejects.toThrow(
      `${root} is a folder of the dataset ${pool}, not a dataset of its own`,
    );

    expect(Object.keys((await ground.zfs.state()).datasets)).toEqual([pool]);
  });

  test('is refused where the dataset belongs to another mount', async () => {
    const ground = await makeGround();
    const { mountId } = await makeMount(ground, 'orcl');

    await expect(makeMount(ground, 'orcl', makeMountId())).rejects.toThrow(`belongs to the mount ${mountId}`);
  });

  test.each([
    [
      'the property of the mount',
      { 'holdfast:mount': 'mnt-other' },
      'the property holdfast:mount of tank/phoenix/orcl',
    ],
    ['readonly', { readonly: 'on' }, 'was set to readonly'],
    ['mounted', { mounted: 'no' }, 'is not mounted'],
  ])('is inconsistent once somebody changed %s', async (_what, properties, problem) => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    expect(await findInconsistency(mount, mount.mountId)).toBeUndefined();
    await ground.zfs.change((state) => {
      Object.assign(state.datasets[`${pool}/orcl`]?.properties ?? {}, properties);
    });

    expect(await zfsSnapshots.findProblem(mount, mount.mountId)).toContain(problem);
  });

  test('is inconsistent once its dataset is mounted elsewhere', async () => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    await ground.zfs.change((state) => {
      delete state.datasets[`${pool}/orcl`];
    });

    expect(await zfsSnapshots.findProblem(mount, mount.mountId)).toContain('not a dataset of its own');
  });

  test('gets a quota', async () => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');

    await zfsSnapshots.setQuota?.(mount, 5 * 2 ** 40);

    expect((await ground.zfs.state()).datasets[`${pool}/orcl`]?.properties.quota).toBe(String(5 * 2 ** 40));
  });
});

describe('a snapshot by ZFS', () => {
  test('is stamped with the time of the PUT, held, and the only thing that its release destroys', async () => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    const snapshotId = ulid();
    const name = `${pool}/orcl@holdfast-${snapshotId}`;
    await zfsSnapshots.freeze(mount, { snapshotId, requestedAt });
    const state = await ground.zfs.state();
    expect(state.snapshots[name]).toEqual({
      properties: { 'holdfast:snapshot': snapshotId, 'holdfast:requested-at': requestedAt },
      holds: ['holdfast'],
      guid: expect.any(String),
    });
    await ground.zfs.change(({ snapshots }) => {
      snapshots[`${pool}/orcl@daily`] = { properties: {}, holds: [] };
    });

    expect(await zfsSnapshots.list(mount)).toEqual([snapshotId]);
    await zfsSnapshots.release(mount, snapshotId);

    expect(Object.keys((await ground.zfs.state()).snapshots)).toEqual([`${pool}/orcl@daily`]);
    const destroyed = (await ground.zfs.calls()).filter(([verb]) => verb === 'destroy');
    expect(new Set(destroyed.map((call) => call.join(' ')))).toEqual(new Set([`destroy ${name}`]));
  });

  test('stays when somebody else holds it, and the failure says so', async () => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    await fill(mount);
    const snapshotId = ulid();
    const { root } = await zfsSnapshots.freeze(mount, { snapshotId, requestedAt });
    await ground.zfs.change((state) => {
      state.snapshots[`${pool}/orcl@holdfast-${snapshotId}`]?.holds.push('replication');
    });

    await expect(zfsSnapshots.release(mount, snapshotId)).rejects.toMatchObject({
      code: 'ZFS_BUSY',
      message: expect.stringContaining('dataset is busy (something still uses it: see "zfs holds"'),
    });

    expect(await readFile(join(root, 'ORCL', 'piece.bkp'))).toHaveLength(100_000);
  });

  test.each(['a b', '../x', 'x@y', '-r', '', 'x'.repeat(27)])('has no id like %j', async (snapshotId) => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');

    await expect(zfsSnapshots.freeze(mount, { snapshotId, requestedAt })).rejects.toThrow(
      'is no snapshot id',
    );
  });

  test.each([
    ['cannot create snapshots : permission denied', 'ZFS_PERMISSION_DENIED', 'zfs allow'],
    ['cannot create snapshot: out of space', 'ZFS_NO_SPACE', 'free space or raise the quota'],
    ["cannot open 'tank': pool I/O is currently suspended", 'ZFS_POOL_SUSPENDED', 'zpool clear'],
    ["cannot open 'tank/x': dataset does not exist", 'ZFS_DATASET_MISSING', 'zfs list'],
    ['cannot create snapshot: dataset is busy', 'ZFS_BUSY', 'zfs holds'],
    ['internal error: Invalid exchange', 'ZFS_FAILED', 'internal error: Invalid exchange'],
  ])('that fails with "%s" is answered with %s and what to do', async (message, code, advice) => {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    await ground.zfs.breakDown({ verb: 'snapshot', message });

    await expect(zfsSnapshots.freeze(mount, { snapshotId: ulid(), requestedAt })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(advice),
    });
  });
});

describe('a clone by ZFS', () => {
  const cloneId = 'rst-01J0000000000000000000000A';

  async function withSnapshot() {
    const ground = await makeGround();
    const mount = await makeMount(ground, 'orcl');
    const snapshotId = ulid();
    await writeFile(join(mount.oracleData, 'piece'), 'frozen');
    await zfsSnapshots.freeze(mount, { snapshotId, requestedAt });
    const place = { cloneId, work: join(mount.staging, 'work'), to: join(mount.clones, 'testdb') };
    const dataset = `${pool}/orcl/holdfast-clone-${cloneId}`;
    return { ...ground, mount, snapshotId, place, dataset };
  }

  test('that was half made by a crash is made anew, one that is there is left alone', async () => {
    const { zfs, mount, snapshotId, place } = await withSnapshot();
    await zfs.breakDown({ verb: 'set', message: 'Killed' });
    await expect(zfsClones.make(mount, snapshotId, place)).rejects.toThrow('Killed');
    expect(await readdir(mount.clones)).toEqual([]);
    await zfs.mend();

    await zfsClones.make(mount, snapshotId, place);
    await writeFile(join(place.to, 'more'), 'written');
    await zfsClones.make(mount, snapshotId, place);

    expect((await readdir(place.to)).sort()).toEqual(['more', 'piece']);
    expect(await zfsClones.hasAny(mount, snapshotId)).toBe(true);
    await expect(zfsSnapshots.release(mount, snapshotId)).rejects.toMatchObject({ code: 'ZFS_BUSY' });
    await zfsClones.destroy(mount, cloneId);
    await zfsClones.destroy(mount, cloneId);
    expect(await readdir(mount.clones)).toEqual([]);
  });

  test('goes alone: with what somebody has made of it, or what does not say that it is ours, it stays', async () => {
    const { zfs, mount, snapshotId, place, dataset } = await withSnapshot();
    await zfsClones.make(mount, snapshotId, place);
    await zfs.change((state) => {
      state.snapshots[`${dataset}@mine`] = { properties: {}, holds: [] };
    });

    await expect(zfsClones.destroy(mount, cloneId)).rejects.toMatchObject({ code: 'ZFS_BUSY' });
    await zfs.change(({ datasets, snapshots }) => {
      delete snapshots[`${dataset}@mine`];
      Object.assign(datasets[dataset] ?? {}, { properties: {} });
    });
    await expect(zfsClones.destroy(mount, cloneId)).rejects.toThrow('does not say that it is the clone');

    expect(await readdir(place.to)).toEqual(['piece']);
    const destroyed = (await zfs.calls()).filter(([verb]) => verb === 'destroy');
    expect(destroyed).toEqual([['destroy', dataset]]);
    await expect(zfsClones.make(mount, snapshotId, { ...place, cloneId: '../x' })).rejects.toThrow(
      'no clone id',
    );
  });
});

test('a missing zfs is an obstacle that is named', async () => {
  const folder = await makeTemporaryFolder();
  const before = process.env.PATH;
  process.env.PATH = folder;
  onTestFinished(() => {
    process.env.PATH = before;
  });

  expect(await zfsSnapshots.findObstacle(folder)).toBe(
    'the command zfs is not installed, or not on the PATH',
  );
});

test('a folder in a dataset is an obstacle, for the datasets of mounts would not lie in it', async () => {
  const ground = await makeGround();
  const inside = join(ground.mountsDirectory, 'inside');
  await mkdir(inside);

  expect(await zfsSnapshots.findObstacle(inside)).toContain(`${inside} is a folder of the dataset ${pool}`);
  await rm(inside, { recursive: true });
});
