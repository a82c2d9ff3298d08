import { beforeEach, describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Restore } from '../../../shared/domain/restore.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, present } from '../support/line.ts';
import { at, ids, makeCommand, makeRestore } from '../support/rows.ts';

const clone = { name: 'testdb' };
const lease = { until: at(100), removeBy: at(200) };

export const stagedFilesContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('staged files', () => {
    let catalog: Catalog;
    let point: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      point = await committedPoint(catalog, await createdMount(catalog));
    });

    const find = async ({ restoreId }: Pick<Restore, 'restoreId'>) =>
      present(await catalog.restores.find(restoreId));
    /** Handed over once and complete, with a lease. */
    const staged = async (fields: Partial<Restore> = {}) => {
      const restore = makeRestore(point, { lease: '7d', ...fields });
      await catalog.restores.create(restore);
      await catalog.restores.handOver(restore, 'token', makeCommand(restore));
      await catalog.restores.end(restore, { state: 'completed', at: at(50), lease });
      return find(restore);
    };
    const pins = () => catalog.recoveryPoints.pins(point.recoveryPointId);
    const commands = () => catalog.restores.commandsFor(point.storeId);
    const listed = async () => (await catalog.restores.listStaged({ limit: 10 })).items;

    it('have the order to stage them become the one to remove them, later', async () => {
      const restore = await staged();

      expect(restore).toMatchObject({
        ...{ state: 'completed', fence: 2, leaseUntil: at(100) },
        staged: { state: 'present', since: at(50) },
      });
      expect(await commands()).toMatchObject([
        { kind: 'remove-staged', fence: 2, notBefore: at(100), deadline: at(200) },
      ]);
      expect(await pins()).toEqual([]);
      expect(await listed()).toEqual([restore]);
      expect((await catalog.restores.listRunning({ limit: 10 })).items).toEqual([]);
    });

    it('are none where nothing was ordered of a store', async () => {
      const restore = makeRestore(point, { clone });
      await catalog.restores.create(restore);

      await catalog.restores.end(restore, { state: 'completed', at: at(50), lease });

      expect(await find(restore)).not.toHaveProperty('staged');
      expect([await pins(), await commands(), await listed()]).toEqual([[], [], []]);
    });

    it('of a clone pin the point until they are gone, under the name of a clone', async () => {
      const restore = await staged({ clone });
      expect(await pins()).toEqual([`clone:${restore.restoreId}`]);

      const end = { state: 'removed', since: at(120), because: 'lease-ended' } as const;
      expect(await catalog.restores.endStaged(restore.restoreId, end)).toBe('ended');

      expect(await find(restore)).toMatchObject({ staged: end });
      expect([await pins(), await commands(), await listed()]).toEqual([[], [], []]);
      expect(await catalog.restores.endStaged(restore.restoreId, { ...end, since: at(130) })).toBe(
        'already-ended',
      );
      expect(await find(restore)).toMatchObject({ staged: end });
    });

    it('of a clone that failed leave no pin', async () => {
      const restore = makeRestore(point, { clone });
      await catalog.restores.create(restore);
      await catalog.restores.handOver(restore, 'token', makeCommand(restore));

      await catalog.restores.end(restore, { state: 'failed', at: at(50), reason: 'full' });

      expect([await pins(), await commands(), await listed()]).toEqual([[], [], []]);
    });

    it('get another lease with a fence of its own, once for each fence', async () => {
      const restore = await staged();
      const longer = { until: at(300), removeBy: at(400) };

      expect(await catalog.restores.renewLease(restore, longer)).toBe('renewed');
      expect(await catalog.restores.renewLease(restore, lease)).toBe('refused');

      expect(await find(restore)).toMatchObject({ fence: 3, leaseUntil: at(300) });
      expect(await commands()).toMatchObject([{ fence: 3, notBefore: at(300), deadline: at(400) }]);
    });

    it('that are being removed get no lease any more, whatever it says', async () => {
      const restore = await staged();
      const { restoreId } = restore;

      expect(await catalog.restores.beginRemoval(restoreId, 1, at(110))).toBe('refused');
      expect(await catalog.restores.beginRemoval(restoreId, 2, at(110))).toBe('begun');
      expect(await catalog.restores.beginRemoval(restoreId, 2, at(111))).toBe('begun');

      expect(await catalog.restores.renewLease(restore, lease)).toBe('refused');
      const removing = await find(restore);
      expect(removing).toMatchObject({ staged: { state: 'removing', since: at(110) } });
      expect(await catalog.restores.renewLease(removing, lease)).toBe('refused');
    });

    it('say why they are not gone yet, while they are being removed', async () => {
      const { restoreId } = await staged();
      const note = (fence: number) => catalog.restores.noteRemoval(restoreId, fence, 'busy');

      expect(await note(2)).toBe('refused');
      await catalog.restores.beginRemoval(restoreId, 2, at(110));
      expect([await note(1), await note(2)]).toEqual(['refused', 'noted']);

      expect(await find({ restoreId })).toMatchObject({ staged: { state: 'removing', reason: 'busy' } });
    });

    it('of a clone get back the pin that a rebuild has voided, as long as the point lives', async () => {
      const restore = await staged({ clone });
      const other = await staged();
      await catalog.restores.endStaged(restore.restoreId, { state: 'removed', since: at(120) });
      const again = await staged({ clone });

      expect(await catalog.restores.repin(restore)).toBe('refused');
      expect(await catalog.restores.repin(other)).toBe('refused');
      expect(await catalog.restores.repin(again)).toBe('pinned');
      expect(await pins()).toEqual([`clone:${again.restoreId}`]);
    });

    it('of nobody knows what are refused', async () => {
      const unknown = makeRestore(point, { restoreId: ids.restore(), clone });

      expect([
        await catalog.restores.renewLease(unknown, lease),
        await catalog.restores.beginRemoval(unknown.restoreId, 1, at(1)),
        await catalog.restores.noteRemoval(unknown.restoreId, 1, 'busy'),
        await catalog.restores.repin(unknown),
        await catalog.restores.endStaged(unknown.restoreId, { state: 'removed', since: at(1) }),
      ]).toEqual(['refused', 'refused', 'refused', 'refused', 'already-ended']);
    });
  });
