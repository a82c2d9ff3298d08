import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, sha256 } from '../support/rows.ts';

export const outboxContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('the journal outbox', () => {
    let catalog: Catalog;
    let mount: Mount;
    let entries: readonly JournalEntry[];
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
      await commit(2);
      entries = await catalog.outbox.pending(mount.mountId, 100);
    });

    const commit = async (points: number) => {
      for (let count = 0; count < points; count++) await committedPoint(catalog, mount);
    };

    const entry = (number: number) => present(entries[number - 1]);
    const stored = async () => (await catalog.mounts.find(mount.mountId))?.journal.stored;

    it('gives entries in order of their numbers, as many as asked for', async () => {
      await commit(8);

      const pending = await catalog.outbox.pending(mount.mountId, 100);

      expect(pending.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(await catalog.outbox.pending(mount.mountId, 2)).toEqual(pending.slice(0, 2));
      expect(await catalog.outbox.pending(ids.mount(), 3)).toEqual([]);
    });

    it('keeps the bytes of an entry as they are', async () => {
      expect(sha256(entry(2).bytes)).toBe(entry(2).sha256);
    });

    it('drops what is stored and raises the number on the mount', async () => {
      await catalog.outbox.markStored(entry(1));
      await catalog.outbox.markStored(entry(2));

      expect(await stored()).toBe(2);
      expect((await catalog.outbox.pending(mount.mountId, 1))[0]).toEqual(entry(3));
      expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ journal: { number: 3 } });
    });

    it('does not change when an entry is marked again, now or after later ones', async () => {
      await catalog.outbox.markStored(entry(1));
      await catalog.outbox.markStored(entry(1));
      await catalog.outbox.markStored(entry(2));
      await catalog.outbox.markStored(entry(1));

      expect(await stored()).toBe(2);
      expect(await catalog.outbox.pending(mount.mountId, 100)).toHaveLength(1);
    });

    it('refuses to mark an entry before the ones that come first', async () => {
      await expect(catalog.outbox.markStored(entry(2))).rejects.toMatchObject({ code: 'INTERNAL' });

      expect(await stored()).toBe(0);
      expect(await catalog.outbox.pending(mount.mountId, 100)).toEqual(entries);
    });

    it('refuses to mark other bytes than it holds', async () => {
      const forged = { ...entry(1), sha256: sha256('other bytes') };

      await expect(catalog.outbox.markStored(forged)).rejects.toMatchObject({ code: 'INTERNAL' });

      expect(await stored()).toBe(0);
    });

    it('marks a mount that the vault is ahead of, once, and overtakes decisions taken before', async () => {
      const { lineVersion } = present(await catalog.mounts.find(mount.mountId));

      await catalog.outbox.markDiverged(mount.mountId, { number: 2, at: at(20) });
      await catalog.outbox.markDiverged(mount.mountId, { number: 3, at: at(30) });
      await catalog.outbox.markDiverged(ids.mount(), { number: 1, at: at(20) });

      expect(await catalog.mounts.find(mount.mountId)).toMatchObject({
        diverged: { number: 2, at: at(20) },
        lineVersion: lineVersion + 1,
      });
    });

    it('is drained once by several at once', async () => {
      await atOnce(3, async () => {
        for (const each of entries) await catalog.outbox.markStored(each);
      });

      expect(await stored()).toBe(3);
      expect(await catalog.outbox.pending(mount.mountId, 100)).toEqual([]);
    });
  });
