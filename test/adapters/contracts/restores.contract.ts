import { beforeEach, describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Restore } from '../../../shared/domain/restore.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeClaim, makeCommand, makePoint, makeRestore } from '../support/rows.ts';

export const restoresContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('restores', () => {
    let catalog: Catalog;
    let point: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      point = await committedPoint(catalog, await createdMount(catalog));
    });

    const created = async (fields: Partial<Restore> = {}) => {
      const restore = makeRestore(point, fields);
      await catalog.restores.create(restore);
      return restore;
    };
    const handedOver = async () => {
      const restore = await created();
      const command = makeCommand(restore);
      await catalog.restores.handOver(restore, 'token 1', command);
      return { restore: present(await catalog.restores.find(restore.restoreId)), command };
    };
    const pins = () => catalog.recoveryPoints.pins(point.recoveryPointId);
    const commands = () => catalog.restores.commandsFor(point.storeId);

    it('get job numbers from 1 on, each once', async () => {
      expect(await catalog.restores.nextJobId()).toBe(1);
      expect(await catalog.restores.nextJobId()).toBe(2);

      const numbers = await atOnce(20, () => catalog.restores.nextJobId());

      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 3));
    });

    it('get the number 1 once when many ask first', async () => {
      const numbers = await atOnce(10, () => catalog.restores.nextJobId());

      expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    describe('creation', () => {
      it('pins the point', async () => {
        const restore = makeRestore(point);

        expect(await catalog.restores.create(restore)).toEqual({ outcome: 'created' });

        expect(await catalog.restores.find(restore.restoreId)).toEqual(restore);
        expect(await pins()).toEqual([`restore:${restore.restoreId}`]);
      });

      it('adds its pin to others', async () => {
        const upload = await openedUpload(catalog, point);
        const [first, second] = [await created(), await created()];

        expect(await pins()).toEqual(
          [
            `restore:${first.restoreId}`,
            `restore:${second.restoreId}`,
            `upload:${upload.uploadId}`,
          ].toSorted(),
        );
      });

      it('is refused for a point that is not there', async () => {
        const mount = present(await catalog.mounts.find(point.mountId));
        const upload = await openedUpload(catalog, mount);
        const restore = makeRestore(makePoint(mount, upload));

        expect(await catalog.restores.create(restore)).toEqual({ outcome: 'point-not-available' });

        expect(await catalog.restores.find(restore.restoreId)).toBeUndefined();
      });

      it('is refused on a mount that is marked for a rebuild, which voids pins', async () => {
        const mount = present(await catalog.mounts.find(point.mountId));
        await catalog.rebuild.claimMount(mount, at(5));
        const restore = makeRestore(point);

        expect(await catalog.restores.create(restore)).toEqual({ outcome: 'mount-diverged' });

        expect(await catalog.restores.find(restore.restoreId)).toBeUndefined();
        expect(await pins()).toEqual([]);
      });

      it.each(['pending-deletion', 'reclaiming'] as const)(
        'is refused for a point that is %s',
        async (state) => {
          const leaving = await committedPoint(catalog, await createdMount(catalog), {}, { state });
          const restore = makeRestore(leaving);

          expect(await catalog.restores.create(restore)).toEqual({ outcome: 'point-not-available' });

          expect(await catalog.restores.find(restore.restoreId)).toBeUndefined();
          expect(await catalog.recoveryPoints.pins(leaving.recoveryPointId)).toEqual([]);
        },
      );

      it('happens once for twenty requests with one idempotency key', async () => {
        const claim = makeClaim('', { scope: 'the one key' });

        const outcomes = await atOnce(20, () => {
          const restore = makeRestore(point);
          return catalog.restores.create(restore, { ...claim, resourceId: restore.restoreId });
        });

        const { items } = await catalog.restores.list({}, { limit: 100 });
        expect(items).toHaveLength(1);
        expect(await pins()).toEqual([`restore:${items[0]?.restoreId}`]);
        const repeats = outcomes.filter(({ outcome }) => outcome === 'repeated');
        expect(repeats).toEqual(Array(19).fill({ outcome: 'repeated', resourceId: items[0]?.restoreId }));
      });

      it('refuses a key that was used for another request', async () => {
        const claim = makeClaim('');
        await catalog.restores.create(makeRestore(point), claim);

        const outcome = await catalog.restores.create(makeRestore(point), {
          ...claim,
          requestSha256: 'f'.repeat(64),
        });

        expect(outcome).toEqual({ outcome: 'key-reused' });
      });

      it('a second time does not begin it anew, nor pin the point again after its end', async () => {
        const restore = await created();
        await catalog.restores.end(restore, { state: 'failed', at: at(40), reason: 'stopped' });

        expect(await catalog.restores.create(restore)).toEqual({ outcome: 'created' });

        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({ state: 'failed' });
        expect(await pins()).toEqual([]);
      });
    });

    describe('hand-over', () => {
      it('gives the store a command and keeps the token', async () => {
        const restore = await created();
        const command = makeCommand(restore);

        const outcome = await catalog.restores.handOver(restore, 'token 1', command);

        expect(outcome).toBe('handed-over');
        expect(await commands()).toEqual([command]);
        expect(await catalog.restores.find(restore.restoreId)).toEqual({
          ...restore,
          state: 'handed-over',
          fence: 1,
          taskToken: 'token 1',
          commandId: command.commandId,
        });
      });

      it('again replaces the command', async () => {
        const { restore } = await handedOver();
        const second = makeCommand(restore);

        expect(await catalog.restores.handOver(restore, 'token 2', second)).toBe('handed-over');

        expect(await commands()).toEqual([second]);
        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({
          fence: 2,
          taskToken: 'token 2',
        });
      });

      it('lets one of two at once stand', async () => {
        const { restore } = await handedOver();
        const rivals = [makeCommand(restore), makeCommand(restore)];

        const outcomes = await Promise.all(
          rivals.map((rival, index) => catalog.restores.handOver(restore, `rival ${index}`, rival)),
        );

        expect(outcomes.toSorted()).toEqual(['handed-over', 'refused']);
        const winner = outcomes.indexOf('handed-over');
        expect(await commands()).toEqual([rivals[winner]]);
        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({
          taskToken: `rival ${winner}`,
          commandId: rivals[winner]?.commandId,
        });
      });

      it('is refused with a fence that is not the next, and after the end', async () => {
        const { restore, command } = await handedOver();
        const attempt = (fence: number) =>
          catalog.restores.handOver(restore, 'late', makeCommand(restore, { fence }));

        expect(await attempt(1)).toBe('refused');
        expect(await attempt(3)).toBe('refused');
        const asReadBefore = { ...restore, fence: 0 };
        const next = makeCommand(restore);
        expect(await catalog.restores.handOver(asReadBefore, 'late', next)).toBe('refused');
        expect(await commands()).toEqual([command]);
        await catalog.restores.end(restore, { state: 'failed', at: at(40), reason: 'stopped' });
        expect(await attempt(2)).toBe('refused');

        expect(await commands()).toEqual([]);
        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({ state: 'failed', fence: 1 });
      });

      it('is refused for an unknown restore', async () => {
        const restore = makeRestore(point);

        const outcome = await catalog.restores.handOver(restore, 't', makeCommand(restore));

        expect(outcome).toBe('refused');
        expect(await catalog.restores.find(restore.restoreId)).toBeUndefined();
        expect(await commands()).toEqual([]);
      });
    });

    describe('commands', () => {
      it('are given to their store only, oldest first', async () => {
        const handOver = async () => {
          const restore = await created();
          const command = makeCommand(restore);
          await catalog.restores.handOver(restore, 'token', command);
          return command;
        };
        const [first, second] = [await handOver(), await handOver()];

        expect(await commands()).toEqual([first, second]);
        expect(await catalog.restores.commandsFor(ids.store())).toEqual([]);
      });
    });

    it('that have not ended are listed oldest first', async () => {
      const [first, second, third] = [await created(), await created(), await created()];
      await catalog.restores.handOver(third, 'token', makeCommand(third));
      await catalog.restores.end(second, { state: 'failed', at: at(50), reason: 'stopped' });

      const { items } = await catalog.restores.listRunning({ limit: 10 });

      expect(items.map(({ restoreId }) => restoreId)).toEqual([first.restoreId, third.restoreId]);
      expect(items[0]).toEqual(first);
    });
  });
