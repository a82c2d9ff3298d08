import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { at, ids } from '../support/rows.ts';

export const databasesContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('databases', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    const point = (minutes: number, mountId = ids.mount()) => ({
      recoveryPointId: ids.upload(),
      mountId,
      takenAt: at(minutes),
    });
    const ledger = { databaseId: '1234567890', name: 'LEDGER', platform: 'linux' as const };

    it('are found by their DBID, with the mounts that have backups of them', async () => {
      const [first, second] = [point(10), point(20)];
      await catalog.databases.note(first, [ledger]);
      await catalog.databases.note(second, [ledger, { databaseId: '77' }]);

      expect(await catalog.databases.find('1234567890')).toEqual({
        ...ledger,
        mountIds: [first.mountId, second.mountId].sort(),
        lastPointAt: at(20),
      });
      expect(await catalog.databases.find('77')).toEqual({
        databaseId: '77',
        mountIds: [second.mountId],
        lastPointAt: at(20),
      });
      expect(await catalog.databases.find('78')).toBeUndefined();
    });

    it('have the names that their newest point says, in whatever order points are noted', async () => {
      const { mountId } = point(0);
      await catalog.databases.note(point(20, mountId), [{ ...ledger, name: 'NEW' }]);
      await catalog.databases.note(point(10, mountId), [{ ...ledger, name: 'OLD', version: '11.2' }]);
      await catalog.databases.note(point(30, mountId), [
        { databaseId: ledger.databaseId, uniqueName: 'east' },
      ]);

      expect(await catalog.databases.find(ledger.databaseId)).toEqual({
        ...ledger,
        name: 'NEW',
        uniqueName: 'east',
        mountIds: [mountId],
        lastPointAt: at(30),
      });
    });

    it('are listed page by page', async () => {
      const names = ['3', '1', '2'].map((databaseId) => ({ databaseId }));
      await catalog.databases.note(point(10), names);

      const first = await catalog.databases.list({ limit: 2 });
      const rest = await catalog.databases.list({ limit: 2, cursor: first.cursor });

      expect([...first.items, ...rest.items].map(({ databaseId }) => databaseId)).toEqual(['1', '2', '3']);
      expect(rest.cursor).toBeUndefined();
    });

    it('have their points, newest first; a point that is noted twice stands there once', async () => {
      const points = [point(20), point(10), point(30)];
      for (const each of [...points, ...points]) await catalog.databases.note(each, [ledger]);
      await catalog.databases.note(point(5), [{ databaseId: '12345678901' }]);
      const [middle, oldest, newest] = points.map((each) => ({ databaseId: ledger.databaseId, ...each }));

      const first = await catalog.databases.points(ledger.databaseId, { limit: 2 });
      const rest = await catalog.databases.points(ledger.databaseId, { limit: 2, cursor: first.cursor });

      expect(first.items).toEqual([newest, middle]);
      expect(rest).toEqual({ items: [oldest] });
      await expect(catalog.databases.points('77', { limit: 2, cursor: first.cursor })).rejects.toMatchObject({
        code: 'PAGE_CURSOR_INVALID',
      });
    });
  });
