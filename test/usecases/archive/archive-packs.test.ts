import { beforeEach, describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { archivePacks } from '../../../shared/usecases/archive/archive-packs.ts';
import { tellCold } from '../../../shared/usecases/archive/cold-parent.ts';
import { createdMount, openedUpload } from '../../adapters/support/line.ts';
import { ReclaimLine } from '../reclaim/reclaim-line.ts';

const day = 86_400_000;
let line: ReclaimLine;
let first: RecoveryPoint;
let second: RecoveryPoint;

/** Two points and a head. The first pack is of the first two; the head has packs of its own. */
beforeEach(async () => {
  line = await ReclaimLine.make();
  line.packBytes = 2 ** 20;
  first = await line.add(2);
  second = await line.add(1, ({ number }) => number === 1);
  await line.add(1, () => false);
});

const run = (dependencies = line.dependencies) =>
  archivePacks(dependencies, line.mountId, { storageClass: 'GLACIER', coldAfterDays: 30 });
const keysOf = async (...points: RecoveryPoint[]) => {
  const packs = await Promise.all(points.map((point) => line.packsOf(point)));
  return [...new Set(packs.flat().map((pack) => line.keyOf(pack)))];
};
const marked = (keys: readonly string[]) => keys.filter((key) => line.vault.isMarkedCold(key));
const lastEntry = async () => {
  const entry = (await line.catalog.outbox.pending(line.mountId, 1000)).at(-1);
  return JSON.parse(entry?.bytes ?? '{}');
};

describe('archiving the packs of a mount', () => {
  it('tags the old ones that only older points need, and writes that to the mount and its journal', async () => {
    line.clock.advance(31 * day);
    const old = await keysOf(first, second);

    expect(await run()).toEqual({ packs: 3, bytes: 3 * 2 ** 20 });

    expect(marked(old)).toEqual(old);
    expect(marked(await keysOf((await line.head()) as RecoveryPoint))).toEqual([]);
    expect((await line.mount()).coldThrough).toBe(second.seq);
    expect(await lastEntry()).toMatchObject({
      kind: 'packs-archived',
      data: { storageClass: 'GLACIER', packs: 3, bytes: 3 * 2 ** 20, coldThrough: second.seq },
    });
  });

  it('leaves young packs, and writes nothing where there is nothing to do', async () => {
    const before = await line.mount();

    expect(await run()).toEqual({ packs: 0, bytes: 0 });

    expect(await line.mount()).toEqual(before);
  });

  it('looks no more at what lies in the archive', async () => {
    line.clock.advance(31 * day);
    await run();
    line.vault.freeze('GLACIER');

    expect(await run()).toMatchObject({ packs: 0 });
  });

  it('keeps what a point needs that a restore has pinned', async () => {
    line.clock.advance(31 * day);
    const pinning = {
      ...line.catalog.recoveryPoints,
      line: async (...args: Parameters<typeof line.catalog.recoveryPoints.line>) => {
        const page = await line.catalog.recoveryPoints.line(...args);
        const items = page.items.map((item) =>
          item.point.seq === first.seq ? { ...item, pins: ['restore:1'] } : item,
        );
        return { ...page, items };
      },
    };
    const catalog = { ...line.catalog, recoveryPoints: pinning };

    expect(await run({ ...line.dependencies, catalog })).toMatchObject({ packs: 1 });

    expect(marked(await keysOf(first))).toEqual([]);
  });

  it('tags nothing when the mount has changed since its line was read', async () => {
    line.clock.advance(31 * day);
    const listStorage: typeof line.vault.listStorage = async (request) => {
      await line.mark(first);
      return line.vault.listStorage(request);
    };

    const running = run({ ...line.dependencies, vault: { ...line.vault, listStorage } });

    await expect(running).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' });
    expect(marked(await keysOf(first, second))).toEqual([]);
  });

  it('brings the tags that a crash left out with the next run', async () => {
    line.clock.advance(31 * day);
    const old = await keysOf(first, second);
    const markCold = async (key: string) => {
      if (key === old[1]) throw new Error('crashed');
      await line.vault.markCold(key);
    };

    await expect(run({ ...line.dependencies, vault: { ...line.vault, markCold } })).rejects.toThrow(
      'crashed',
    );
    await run();

    expect(marked(old)).toEqual(old);
  });

  it('reads nothing of packs, which may be frozen', async () => {
    line.clock.advance(31 * day);
    await run();
    line.vault.freeze('GLACIER');
    line.clock.advance(day);
    const read: typeof line.vault.read = (key, range) => {
      if (key.includes('/packs/')) throw new Error(`${key} is read`);
      return line.vault.read(key, range);
    };

    await expect(run({ ...line.dependencies, vault: { ...line.vault, read } })).resolves.toBeDefined();
  });

  it('fails for a mount that nobody knows', async () => {
    const other = await createdMount(line.catalog);
    const rule = { storageClass: 'GLACIER', coldAfterDays: 30 } as const;

    await expect(archivePacks(line.dependencies, `${other.mountId}x` as never, rule)).rejects.toMatchObject({
      code: 'MOUNT_NOT_FOUND',
    });
  });
});

describe('a head that packs were moved from under', () => {
  const told = async () => {
    const head = (await line.head()) as RecoveryPoint;
    const parent = { uploadId: head.recoveryPointId, manifestSha256: head.manifestSha256 };
    const upload = await openedUpload(line.catalog, await line.mount(), { parent });
    return tellCold(line.dependencies, upload);
  };

  it('gives a new upload none of them to name, nor any that may be marked', async () => {
    line.clock.advance(31 * day);
    await run();
    await line.reclaim((await line.head()) as RecoveryPoint);

    const { damagedPacks } = (await told()) as {
      damagedPacks?: readonly { owner: string; number: number }[];
    };

    expect((await line.head())?.seq).toBe(second.seq);
    const packs = await line.packsOf(second);
    expect(damagedPacks).toEqual(packs.map(({ owner, number }) => ({ owner, number })));
  });

  it('is not looked through where the newest point is behind all that was moved', async () => {
    line.clock.advance(31 * day);
    await run();
    const listStorage = () => {
      throw new Error('it is listed');
    };
    line.vault.listStorage = listStorage as never;

    expect(await told()).not.toHaveProperty('damagedPacks');
  });
});
