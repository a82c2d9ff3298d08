import { beforeEach, describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Restore } from '../../../shared/domain/restore.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, present } from '../support/line.ts';
import { at, ids, makeCommand, makeRestore } from '../support/rows.ts';

const halfDone = { filesDone: 1, filesTotal: 3, bytesDone: 1_500_000, bytesTotal: 3_000_000 };
const allDone = { filesDone: 3, filesTotal: 3, bytesDone: 3_000_000, bytesTotal: 3_000_000 };

export const restoreEndContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('a running restore', () => {
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

    describe('damage', () => {
      const damage = {
        filesDamaged: 1,
        bytesDamaged: 10,
        files: [{ path: 'piece', code: 'VAULT_OBJECT_DAMAGED' }],
        objectsDamaged: 1,
        objects: ['v1/some/pack'],
      };

      it('of the newest hand-over is noted, and may be explained when it ends', async () => {
        const { restore } = await handedOver();
        const { restoreId } = restore;

        expect(await catalog.restores.noteDamage(restoreId, 1, damage)).toBe('noted');
        expect(await catalog.restores.find(restoreId)).toMatchObject({ state: 'handed-over', damage });

        const explained = { ...damage, databases: [{ dbid: '1', files: 1 }] };
        const end = { state: 'completed-with-damage', at: at(40), damage: explained } as const;
        expect(await catalog.restores.end(restore, end)).toBe('ended');
        const ended = await catalog.restores.find(restoreId);
        expect(ended).toMatchObject({ state: 'completed-with-damage', damage: explained });
        expect(await pins()).toEqual([]);
      });

      it('of an earlier hand-over, and of a restore that has ended, is refused', async () => {
        const { restore } = await handedOver();
        const { restoreId } = restore;

        expect(await catalog.restores.noteDamage(restoreId, 2, damage)).toBe('refused');
        await catalog.restores.end(restore, { state: 'failed', at: at(40), reason: 'silent' });
        expect(await catalog.restores.noteDamage(restoreId, 1, damage)).toBe('refused');
        expect(await catalog.restores.find(restoreId)).not.toHaveProperty('damage');
      });
    });

    describe('a thaw', () => {
      const thaw = {
        tier: 'Bulk',
        maxUsd: 12.5,
        packs: 3,
        bytes: 100,
        usd: 0.5,
        expectedAt: at(60),
      } as const;

      it('is waited for, without reports, until the next hand-over, which keeps what is known of it', async () => {
        const { restore } = await handedOver();
        const { restoreId } = restore;

        expect(await catalog.restores.noteThaw(restoreId, 1, thaw)).toBe('noted');
        expect(await catalog.restores.find(restoreId)).toMatchObject({ state: 'thawing', fence: 1, thaw });
        expect(await catalog.restores.noteProgress(restoreId, 1, halfDone, at(35))).toBe('refused');
        expect((await catalog.restores.listRunning({ limit: 10 })).items).toMatchObject([{ restoreId }]);
        const [command] = await commands();
        const thawing = present(await catalog.restores.find(restoreId));
        const next = { ...present(command), commandId: ids.command(), fence: 2 };
        expect(await catalog.restores.handOver(thawing, 'token-2', next)).toBe('handed-over');
        expect(await catalog.restores.find(restoreId)).toMatchObject({
          state: 'handed-over',
          fence: 2,
          thaw,
        });
      });

      it('of an earlier hand-over, and of a restore that has ended, is refused', async () => {
        const { restore } = await handedOver();
        const { restoreId } = restore;

        expect(await catalog.restores.noteThaw(restoreId, 0, thaw)).toBe('refused');
        await catalog.restores.end(restore, { state: 'cancelled', at: at(40) });
        expect(await catalog.restores.noteThaw(restoreId, 1, thaw)).toBe('refused');
        expect(await catalog.restores.find(restoreId)).toMatchObject({ state: 'cancelled' });
      });
    });

    describe('progress', () => {
      it('of the newest hand-over is noted', async () => {
        const { restore } = await handedOver();

        const outcome = await catalog.restores.noteProgress(restore.restoreId, 1, halfDone, at(35));

        expect(outcome).toBe('noted');
        expect(await catalog.restores.find(restore.restoreId)).toEqual({
          ...restore,
          state: 'staging',
          progress: halfDone,
          reportedAt: at(35),
        });
      });

      it('that comes late is answered, and does not take the newer one back', async () => {
        const { restore } = await handedOver();
        await catalog.restores.noteProgress(restore.restoreId, 1, allDone, at(36));

        expect(await catalog.restores.noteProgress(restore.restoreId, 1, halfDone, at(35))).toBe('noted');

        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({
          progress: allDone,
          reportedAt: at(36),
        });
      });

      it('of an older hand-over, before one, after the end or of an unknown restore is refused', async () => {
        const planned = await created();
        const { restore } = await handedOver();
        await catalog.restores.handOver(restore, 'token 2', makeCommand(restore));
        const note = (restoreId: Restore['restoreId'], fence: number) =>
          catalog.restores.noteProgress(restoreId, fence, halfDone, at(35));

        expect(await note(planned.restoreId, 0)).toBe('refused');
        expect(await note(restore.restoreId, 1)).toBe('refused');
        expect(await note(ids.restore(), 1)).toBe('refused');
        await catalog.restores.end(restore, { state: 'completed', at: at(40), progress: allDone });
        expect(await note(restore.restoreId, 2)).toBe('refused');

        expect(await catalog.restores.find(restore.restoreId)).toMatchObject({
          state: 'completed',
          progress: allDone,
        });
      });
    });

    describe('the end', () => {
      it('drops the pin and the command', async () => {
        const { restore } = await handedOver();

        const outcome = await catalog.restores.end(restore, {
          state: 'completed',
          at: at(50),
          progress: allDone,
        });

        expect(outcome).toBe('ended');
        expect(await catalog.restores.find(restore.restoreId)).toEqual({
          ...restore,
          state: 'completed',
          endedAt: at(50),
          progress: allDone,
        });
        expect(await pins()).toEqual([]);
        expect(await commands()).toEqual([]);
      });

      it('before any hand-over keeps the reason and the progress that there was', async () => {
        const restore = await created();

        expect(await catalog.restores.end(restore, { state: 'failed', at: at(50), reason: 'silent' })).toBe(
          'ended',
        );

        expect(await catalog.restores.find(restore.restoreId)).toEqual({
          ...restore,
          state: 'failed',
          endedAt: at(50),
          reason: 'silent',
        });
      });

      it('stands: a second one changes nothing', async () => {
        const { restore } = await handedOver();
        await catalog.restores.end(restore, { state: 'completed', at: at(50), progress: allDone });
        const ended = await catalog.restores.find(restore.restoreId);

        const outcome = await catalog.restores.end(restore, { state: 'failed', at: at(60), reason: 'late' });

        expect(outcome).toBe('already-ended');
        expect(await catalog.restores.find(restore.restoreId)).toEqual(ended);
        const unknown = makeRestore(point);
        expect(await catalog.restores.end(unknown, { state: 'failed', at: at(60) })).toBe('already-ended');
      });

      it('leaves no command behind, even one whose hand-over the caller had not seen', async () => {
        const restore = await created();
        await catalog.restores.handOver(restore, 'token', makeCommand(restore));

        await catalog.restores.end(restore, { state: 'failed', at: at(50), reason: 'stopped' });

        expect(await commands()).toEqual([]);
      });

      it('leaves no command behind in a race with a hand-over', async () => {
        for (let round = 0; round < 5; round++) {
          const { restore } = await handedOver();

          const [, outcome] = await Promise.all([
            catalog.restores.handOver(restore, 'token 2', makeCommand(restore)),
            catalog.restores.end(restore, { state: 'failed', at: at(50), reason: 'stopped' }),
          ]);

          expect(outcome).toBe('ended');
          expect(await catalog.restores.find(restore.restoreId)).toMatchObject({ state: 'failed' });
          expect(await commands()).toEqual([]);
        }
      });

      it('keeps the pins of others', async () => {
        const [first, second] = [await created(), await created()];

        await catalog.restores.end(first, { state: 'failed', at: at(50), reason: 'stopped' });

        expect(await pins()).toEqual([`restore:${second.restoreId}`]);
      });
    });
  });
