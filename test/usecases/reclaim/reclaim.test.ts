import { describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { readDeletionList } from '../../../shared/usecases/reclaim/stored-list.ts';
import { openedUpload, present } from '../../adapters/support/line.ts';
import { ReclaimLine } from './reclaim-line.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** Three points: each has a pack of its own and goes on naming its parent's. */
async function arrange() {
  const line = await ReclaimLine.make();
  const first = await line.add();
  const second = await line.add();
  const third = await line.add();
  return { line, first, second, third };
}
const keyIn = (line: ReclaimLine, pack: PackRow | undefined) =>
  line.keyOf(present(pack)).split('/uploads/')[1];
const isOf = (point: RecoveryPoint) => (pack: PackRow) => pack.owner === point.recoveryPointId;

describe('reclaiming a point', () => {
  it('leaves exactly what live points need, and a tombstone', async () => {
    const { line, second } = await arrange();

    await line.reclaim(second);

    expect(new Set(await line.keys())).toEqual(await line.marked());
    expect(await line.find(second.recoveryPointId)).toMatchObject({
      state: 'tombstone',
      deletion: { goneAt: line.clock.now(), reclaim: { objects: 3 } },
    });
  });

  it('keeps a pack as long as a neighbour names it, wherever it lies', async () => {
    const line = await ReclaimLine.make();
    const first = await line.add(2);
    const second = await line.add(1, ({ number }) => number === 1);
    const third = await line.add(1, isOf(first));
    const [shared, own] = await line.packsOf(first);

    await line.reclaim(first);
    expect(await line.keys()).toContain(keyIn(line, shared));
    expect(await line.keys()).not.toContain(keyIn(line, own));
    await line.reclaim(second);
    expect(await line.keys()).toContain(keyIn(line, shared));
    await line.reclaim(third);

    expect(await line.keys()).toEqual([]);
  });

  it('takes what nobody names under its prefix too: versions under other names and delete markers', async () => {
    const { line, first, second, third } = await arrange();
    const prefix = `v1/mounts/${line.mountId}/uploads/${first.recoveryPointId}`;
    await line.vault.putOnce(`${prefix}/packs/00000009-${line.hashOf('stray')}`, Buffer.from('stray'));
    await line.vault.putOnce(`${prefix}/something else`, Buffer.from('stray'));
    line.vault.hide(`${prefix}/recovery-point.json`);

    await line.reclaim(first, second, third);

    const { versions } = await line.vault.listVersions({ prefix: `v1/mounts/${line.mountId}/uploads/` });
    expect(versions).toEqual([]);
  });

  it('moves the head to the live point before, and nothing when the line is empty', async () => {
    const { line, first, second, third } = await arrange();

    await line.reclaim(third);
    expect((await line.mount()).headId).toBe(second.recoveryPointId);
    await line.reclaim(first);
    expect(await line.mount()).toMatchObject({ headId: second.recoveryPointId, lineFrom: second.seq });
    await line.reclaim(second);

    expect(await line.mount()).not.toHaveProperty('headId');
    expect((await line.add()).seq).toBe(4);
  });

  it('says in the journal what goes before the first delete, and what is gone after the last', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    await line.begin(first);

    const { journal } = await line.mount();
    expect(journal.stored).toBeLessThan(journal.number);
    const stopped = {
      ...line.dependencies,
      vault: {
        ...line.vault,
        putOnce: async () => {
          throw new Error('S3 is away');
        },
      },
    };
    const before = await line.keys();
    await expect(carryOutReclaim(stopped, first.recoveryPointId)).rejects.toThrow('S3 is away');
    expect(await line.keys()).toEqual(before);

    expect(await line.carryOut(first)).toMatchObject({ outcome: 'gone', objects: 3 });
    const entries = await line.catalog.outbox.pending(line.mountId, 10);
    expect(entries.map(({ bytes }) => JSON.parse(bytes).kind)).toEqual(['recovery-point-gone']);
  });

  it('deletes nothing when the vault has another entry in the journal: the catalog is from the past', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    await line.begin(first);
    const { journal } = await line.mount();
    const key = `v1/mounts/${line.mountId}/journal/${String(journal.number).padStart(12, '0')}`;
    await line.vault.putOnce(key, Buffer.from('something that happened since'));
    const before = await line.keys();

    await expect(line.carryOut(first)).rejects.toMatchObject({ code: 'JOURNAL_FORKED' });
    await expect(line.carryOut(first)).rejects.toMatchObject({ code: 'MOUNT_DIVERGED' });

    expect(await line.keys()).toEqual(before);
  });

  it('stores the list of what goes, by version, with the neighbours that kept the rest', async () => {
    const { line, first, second, third } = await arrange();
    await line.mark(second);
    line.clock.advance(4 * day);

    await line.begin(second);

    const { deletion } = await line.find(second.recoveryPointId);
    const list = await readDeletionList(line.vault, line.mountId, deletion?.reclaim?.listSha256 ?? '');
    expect(list).toMatchObject({
      of: {
        kind: 'reclaim',
        recoveryPointId: second.recoveryPointId,
        previousId: first.recoveryPointId,
        nextId: third.recoveryPointId,
      },
    });
    expect(list.versions).toHaveLength(3);
    expect(list.versions.every(({ versionId }) => versionId !== '')).toBe(true);
  });
});

describe('a point is not reclaimed', () => {
  const expectKept = async (line: ReclaimLine, point: RecoveryPoint, outcome: object) => {
    const before = await line.keys();

    expect(await line.begin(point)).toMatchObject(outcome);
    await line.carryOut(point);

    expect(await line.keys()).toEqual(before);
    expect((await line.find(point.recoveryPointId)).state).not.toBe('reclaiming');
  };

  it('before its time, by either clock', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(3 * day - 1);
    await expectKept(line, first, { outcome: 'waits' });

    line.clock.advance(2000);
    const behind = {
      ...line.vault,
      listVersions: async (request: Parameters<typeof line.vault.listVersions>[0]) => {
        const date = new Date(Date.parse(line.clock.now()) - 60_000).toISOString();
        return { ...(await line.vault.listVersions(request)), date: date as never };
      },
    };
    const dependencies = { ...line.dependencies, vault: behind };
    expect(await beginReclaim(dependencies, first.recoveryPointId)).toMatchObject({ outcome: 'waits' });
    expect(await line.begin(first)).toEqual({ outcome: 'reclaiming' });
  });

  it('when the clocks of service and S3 disagree: a clock that jumps ten years ahead ends nothing', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    const ahead = { now: () => new Date(Date.parse(line.clock.now()) + 3650 * day).toISOString() as never };

    const begun = beginReclaim({ ...line.dependencies, clock: ahead }, first.recoveryPointId);

    await expect(begun).rejects.toMatchObject({ code: 'CLOCK_SKEWED' });
    expect((await line.find(first.recoveryPointId)).state).toBe('pending-deletion');
  });

  it('within a day after its last URL', async () => {
    const line = await ReclaimLine.make();
    const first = await line.add();
    await line.add();
    await line.mark(first);
    line.clock.advance(4 * day);
    const mount = await line.mount();
    const event = { at: line.clock.now(), kind: 'late-log', data: {} };
    const entry = nextJournalEntry(mount.mountId, mount.journal, event);
    const row = { number: 1, sha256: line.hashOf('log') } as never;
    const change = { row, urlUntil: line.clock.now(), entry };
    await line.catalog.recoveryPoints.addLateLog(mount, first.recoveryPointId, change);

    await expectKept(line, first, { outcome: 'waits' });
    line.clock.advance(day + 1000);

    expect(await line.begin(first)).toEqual({ outcome: 'reclaiming' });
  });

  it('while an upload builds on it, even one whose lease has ended', async () => {
    const { line, third } = await arrange();
    await line.mark(third);
    await openedUpload(line.catalog, await line.mount());
    line.clock.advance(30 * day);

    await expectKept(line, third, { outcome: 'waits', because: expect.stringContaining('upload:') });
  });

  it('when retention would keep it now, or it was brought back', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);

    const kept = await line.begin(first, async () => ({ keep: true, because: 'hold hld-1' }));
    expect(kept).toEqual({ outcome: 'kept', because: 'hold hld-1' });
    await line.undelete(first);
    await expectKept(line, first, { outcome: 'not-pending' });
  });

  it('while a table of a neighbour cannot be read: missing is not empty', async () => {
    const { line, first, second } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    const key = `v1/mounts/${line.mountId}/uploads/${second.recoveryPointId}/manifest-${second.manifestSha256}.zst`;
    const { versions } = await line.vault.listVersions({ prefix: key });
    await line.vault.deleteVersions([present(versions[0])]);

    await expect(line.begin(first)).rejects.toMatchObject({ code: 'VAULT_OBJECT_MISSING' });
    await line.vault.putOnce(key, Buffer.from('another manifest'));
    await expect(line.begin(first)).rejects.toMatchObject({ code: 'VAULT_OBJECT_DAMAGED' });

    expect((await line.find(first.recoveryPointId)).state).toBe('pending-deletion');
  });
});

describe('what happens between the list and the transaction', () => {
  /** Runs something when the list is stored, once. */
  const between = (line: ReclaimLine, happens: () => Promise<unknown>) => {
    let isOver = false;
    const putOnce: typeof line.vault.putOnce = async (key, bytes) => {
      const result = await line.vault.putOnce(key, bytes);
      if (!isOver && key.includes('/deletions/')) {
        isOver = true;
        await happens();
      }
      return result;
    };
    return { ...line.dependencies, vault: { ...line.vault, putOnce } };
  };

  it('a child that names its packs makes the decision anew', async () => {
    const { line, third } = await arrange();
    await line.mark(third);
    line.clock.advance(4 * day);
    let child: RecoveryPoint | undefined;
    const dependencies = between(line, async () => {
      child = await line.add();
    });

    expect(await beginReclaim(dependencies, third.recoveryPointId)).toEqual({ outcome: 'reclaiming' });
    await line.carryOut(third);

    expect((await line.mount()).headId).toBe(child?.recoveryPointId);
    expect(new Set(await line.keys())).toEqual(await line.marked());
    expect((await line.packsOf(present(child))).length).toBe(4);
  });

  it('an upload that begins to build on it stops it', async () => {
    const { line, third } = await arrange();
    await line.mark(third);
    line.clock.advance(4 * day);
    const dependencies = between(line, async () => openedUpload(line.catalog, await line.mount()));

    expect(await beginReclaim(dependencies, third.recoveryPointId)).toMatchObject({ outcome: 'waits' });

    expect((await line.find(third.recoveryPointId)).state).toBe('pending-deletion');
  });

  it('an undelete wins', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);

    const begun = await beginReclaim(
      between(line, () => line.undelete(first)),
      first.recoveryPointId,
    );

    expect(begun).toEqual({ outcome: 'not-pending' });
    expect((await line.find(first.recoveryPointId)).state).toBe('available');
  });

  it('a hold, which raises the line, makes retention look again', async () => {
    const { line, first, second } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    let isHeld = false;
    const dependencies = between(line, async () => {
      isHeld = true;
      await line.mark(second);
    });
    const decideAgain = async () =>
      isHeld ? ({ keep: true, because: 'hold hld-1' } as const) : ({ keep: false, unchanged: [] } as const);

    const begun = await beginReclaim({ ...dependencies, decideAgain }, first.recoveryPointId);

    expect(begun).toEqual({ outcome: 'kept', because: 'hold hld-1' });
  });

  it('an object that comes to its prefix stays out of the list, and out of the way', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    const late = `v1/mounts/${line.mountId}/uploads/${first.recoveryPointId}/file-map-00000002.json.zst`;
    const dependencies = between(line, () => line.vault.putOnce(late, Buffer.from('late')));

    await beginReclaim(dependencies, first.recoveryPointId);
    expect(await line.carryOut(first)).toMatchObject({ outcome: 'gone' });

    expect((await line.keys()).filter((key) => key.startsWith(first.recoveryPointId))).toEqual([
      `${first.recoveryPointId}/file-map-00000002.json.zst`,
      expect.stringContaining('/packs/'),
    ]);
  });
});

describe('a catalog that is rebuilt while a list is carried out', () => {
  it('stops it before anything is deleted, although its journal has an entry of that number', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    const pending = await line.find(first.recoveryPointId);
    await line.begin(first);
    const keys = await line.keys();
    const { mounts, outbox, recoveryPoints } = line.catalog;
    let isRebuilt = false;
    const findMount: typeof mounts.find = async (mountId) => {
      const mount = present(await mounts.find(mountId));
      if (!isRebuilt) return mount;
      const journal = { ...mount.journal, stored: mount.journal.number };
      return { ...mount, journal, reconciliation: { since: line.clock.now() } };
    };
    const catalog = {
      mounts: { ...mounts, find: findMount },
      outbox: {
        ...outbox,
        pending: async () => {
          isRebuilt = true;
          return [];
        },
      },
      recoveryPoints: {
        ...recoveryPoints,
        find: async (id: typeof first.recoveryPointId) => (isRebuilt ? pending : recoveryPoints.find(id)),
      },
    };

    const carriedOut = carryOutReclaim({ ...line.dependencies, catalog }, first.recoveryPointId);

    await expect(carriedOut).rejects.toMatchObject({ code: 'MOUNT_NOT_RECONCILED' });
    expect(await line.keys()).toEqual(keys);
  });
});

describe('locked objects', () => {
  it('keep a point reclaiming until their time, and keep nobody else', async () => {
    const { line, first, second } = await arrange();
    const prefix = `v1/mounts/${line.mountId}/uploads/${first.recoveryPointId}/recovery-point.json`;
    const { versions } = await line.vault.listVersions({ prefix });
    await line.mark(first);
    await line.mark(second);
    line.clock.advance(4 * day);
    const until = new Date(Date.parse(line.clock.now()) + 10 * day).toISOString() as never;
    line.vault.lock(present(versions[0]), until);
    await line.begin(first);

    expect(await line.carryOut(first)).toEqual({ outcome: 'blocked', until });
    expect(await line.find(first.recoveryPointId)).toMatchObject({
      state: 'reclaiming',
      deletion: { blockedUntil: until },
    });
    expect((await line.keys()).filter((key) => key.startsWith(first.recoveryPointId))).toHaveLength(2);
    await line.begin(second);
    expect(await line.carryOut(second)).toMatchObject({ outcome: 'gone' });
    line.clock.advance(10 * day);
    expect(await line.carryOut(first)).toMatchObject({ outcome: 'gone' });

    expect(new Set(await line.keys())).toEqual(await line.marked());
  });

  it('are told apart from rights that are missing, which is an error', async () => {
    const { line, first } = await arrange();
    await line.mark(first);
    line.clock.advance(4 * day);
    await line.begin(first);
    const vault = {
      ...line.vault,
      deleteVersions: async (versions: Parameters<typeof line.vault.deleteVersions>[0]) =>
        versions.map((version) => ({ ...version, outcome: 'refused', reason: 'AccessDenied' }) as const),
    };

    const carriedOut = carryOutReclaim({ ...line.dependencies, vault }, first.recoveryPointId);

    await expect(carriedOut).rejects.toMatchObject({ code: 'VAULT_DELETE_REFUSED' });
    expect((await line.find(first.recoveryPointId)).state).toBe('reclaiming');
  });
});
