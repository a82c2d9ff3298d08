import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { dueShardOf } from '../../../shared/domain/retention/next-due.ts';
import type { Schedule } from '../../../shared/domain/schedule/schedule.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { at, ids } from '../support/rows.ts';

export const rebuildContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('a rebuild', () => {
    let catalog: Catalog;
    let mount: Mount;
    let point: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
      point = await committedPoint(catalog, mount);
    });

    const now = async () => present(await catalog.mounts.find(mount.mountId));
    const claim = async (seen: Mount) => {
      const claimed = await catalog.rebuild.claimMount(seen, at(7));
      if (claimed === 'conflict') throw new Error('nobody else claims it');
      return claimed;
    };
    /** Of the mount as it is, with as many of its points as said. */
    const history = async (points: readonly RecoveryPoint[]) => ({
      ...{ mount: { ...(await now()), epoch: 2 }, storeName: undefined, points, holds: [] },
      schedules: [],
      uploads: await Promise.all(
        points.map(async ({ recoveryPointId }) => present(await catalog.uploads.find(recoveryPointId))),
      ),
    });
    const entryAfter = (of: Mount) =>
      nextJournalEntry(of.mountId, of.journal, { at: at(9), kind: 'catalog-rebuilt', data: {} });

    it('takes a mount as it was read, and marks it', async () => {
      const seen = await now();

      const claimed = await claim(seen);

      const diverged = { number: seen.journal.number + 1, at: at(7) };
      expect(claimed).toEqual({ ...seen, diverged, lineVersion: seen.lineVersion + 1 });
      expect(await now()).toEqual(claimed);
    });

    it('keeps the mark that a mount has', async () => {
      await catalog.outbox.markDiverged(mount.mountId, { number: 1, at: at(3) });

      expect((await claim(await now())).diverged).toEqual({ number: 1, at: at(3) });
    });

    it('does not take a mount that has changed since, or is not there', async () => {
      const seen = await now();
      await committedPoint(catalog, mount);

      expect(await catalog.rebuild.claimMount(seen, at(7))).toBe('conflict');

      expect(await now()).not.toHaveProperty('diverged');
      expect(await (await makeCatalog()).rebuild.claimMount(seen, at(7))).toBe('conflict');
    });

    it('changes nothing any more once another run has taken the mount', async () => {
      const first = await claim(await now());
      const drafted = await history([]);
      const second = await claim(first);

      expect(await catalog.rebuild.replaceMount(drafted, [entryAfter(first)], first)).toBe('conflict');

      expect(await now()).toEqual(second);
      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual(point);
      const pending = await catalog.outbox.pending(mount.mountId, 100);
      expect(pending.map(({ sha256 }) => sha256)).not.toContain(entryAfter(first).sha256);
    });

    it('changes nothing any more once another run has replaced the mount', async () => {
      const claimed = await claim(await now());
      const drafted = await history([point]);
      const entry = entryAfter(claimed);
      expect(await catalog.rebuild.replaceMount(drafted, [entry], claimed)).toBe('replaced');
      const replaced = await now();

      expect(await catalog.rebuild.replaceMount(await history([]), [], claimed)).toBe('conflict');
      expect(await catalog.rebuild.replaceMount(await history([]), [], undefined)).toBe('conflict');

      expect(await now()).toEqual(replaced);
      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual(point);
      expect(await catalog.outbox.pending(mount.mountId, 100)).toEqual([entry]);
    });

    it('puts a mount that was not there, without a mark', async () => {
      const drafted = await history([point]);
      const empty = await makeCatalog();

      expect(await empty.rebuild.replaceMount(drafted, [], undefined)).toBe('replaced');

      const found = present(await empty.mounts.find(mount.mountId));
      const { lineVersion, ...rest } = drafted.mount;
      expect(found).toMatchObject(rest);
      expect(found.lineVersion).toBeGreaterThanOrEqual(lineVersion);
      expect(found).not.toHaveProperty('diverged');
      expect(await empty.recoveryPoints.find(point.recoveryPointId)).toEqual(point);
    });

    it('puts the schedules of the journal in the place of those that the mount has', async () => {
      const schedule = (name: string): Schedule => ({
        ...{
          scheduleId: ids.schedule(),
          name,
          storeId: mount.storeId,
          mountId: mount.mountId,
          database: 'SALES',
        },
        ...{
          content: 'database',
          enabled: true,
          cron: '0 22 * * *',
          timeZone: 'UTC',
          window: '6h',
          catchUp: 'skip',
        },
        ...{ blackouts: [], createdAt: at(1), createdBy: 'key', version: 7, nextAt: at(60), lookAt: at(60) },
      });
      const [kept, lost] = [schedule('kept'), schedule('lost')];
      const put = async (each: Schedule) => {
        const current = await now();
        const outcome = await catalog.schedules.create(each, { mount: current, entry: entryAfter(current) });
        expect(outcome).toEqual({ outcome: 'created' });
      };
      await put(lost);
      await put({ ...kept, cron: '0 3 * * *', missed: { dueAt: at(2), at: at(3), reason: 'busy' } });
      const claimed = await claim(await now());
      const other = schedule('other');

      await catalog.rebuild.replaceMount(
        { ...(await history([point])), schedules: [kept, other] },
        [],
        claimed,
      );

      expect(await catalog.schedules.ofStore(mount.storeId)).toEqual([kept, other]);
      expect(await catalog.schedules.find(lost.scheduleId)).toBeUndefined();
      const due = await catalog.schedules.listDue(dueShardOf(kept.scheduleId), at(60), { limit: 9 });
      expect(due.items).toContainEqual(kept);
    });

    it('leaves no pins, and never lowers fence and lineVersion', async () => {
      const opened = await openedUpload(catalog, mount);
      const claimed = await claim(await now());
      const drafted = await history([point]);
      const lower = { ...drafted, mount: { ...drafted.mount, fence: 0, lineVersion: 1 } };

      await catalog.rebuild.replaceMount(lower, [], claimed);

      expect(await catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
      const found = await now();
      expect(found.fence).toBe(opened.fence);
      expect(found.lineVersion).toBeGreaterThan(claimed.lineVersion);
    });
  });
