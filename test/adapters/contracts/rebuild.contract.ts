import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { at } from '../support/rows.ts';

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
