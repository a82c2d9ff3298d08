import { beforeEach, describe, expect, it } from 'vitest';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload } from '../support/line.ts';
import { at, ids } from '../support/rows.ts';

export const recoveryPointsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('recovery points', () => {
    let catalog: Catalog;
    let mount: Mount;
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
    });

    const takenAt = (minutes: number) => committedPoint(catalog, mount, { requestedAt: at(minutes) });
    const listed = async (filter: Omit<Parameters<Catalog['recoveryPoints']['list']>[0], 'mountId'>) => {
      const { items } = await catalog.recoveryPoints.list(
        { mountId: mount.mountId, ...filter },
        { limit: 100 },
      );
      return items;
    };

    it('are found by the id of their upload, once it is committed', async () => {
      const point = await takenAt(10);
      const open = await openedUpload(catalog, mount);

      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual(point);
      expect(await catalog.recoveryPoints.find(open.uploadId)).toBeUndefined();
      expect(await catalog.recoveryPoints.find(ids.upload())).toBeUndefined();
    });

    it('are listed by the time they were taken, newest first, whatever the order of their commits', async () => {
      const [noon, morning, evening] = [await takenAt(720), await takenAt(480), await takenAt(1200)];

      expect(await listed({})).toEqual([evening, noon, morning]);
      expect(await listed({ order: 'oldest-first' })).toEqual([morning, noon, evening]);
    });

    it('of one moment are listed by id', async () => {
      const points = [await takenAt(10), await takenAt(10), await takenAt(10)];

      expect(await listed({ order: 'oldest-first' })).toEqual(points);
      expect(await listed({ order: 'newest-first' })).toEqual(points.toReversed());
    });

    it('are listed from a moment, included, to another, excluded', async () => {
      const [first, second, third] = [await takenAt(10), await takenAt(20), await takenAt(30)];

      expect(await listed({ takenFrom: at(20) })).toEqual([third, second]);
      expect(await listed({ takenBefore: at(20) })).toEqual([first]);
      expect(await listed({ takenFrom: at(10), takenBefore: at(30) })).toEqual([second, first]);
      expect(await listed({ takenFrom: at(31) })).toEqual([]);
      expect(await listed({ takenFrom: at(20), takenBefore: at(20) })).toEqual([]);
      expect(await listed({ takenFrom: at(30), takenBefore: at(10) })).toEqual([]);
    });

    it('of other mounts are left out', async () => {
      const other = await createdMount(catalog);
      await committedPoint(catalog, other);

      expect(await listed({})).toEqual([]);
    });

    it('show no pins in their record, and their pins by name', async () => {
      const point = await takenAt(10);
      const upload = await openedUpload(catalog, mount);

      expect(await catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([`upload:${upload.uploadId}`]);
      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual(point);
      expect(await catalog.recoveryPoints.pins(ids.upload())).toEqual([]);
    });
  });
