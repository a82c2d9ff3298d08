import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { PointDeletion, RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { dueShardOf } from '../../../shared/domain/retention/next-due.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, makeRestore, sha256 } from '../support/rows.ts';

export const deletionsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('deletions of points', () => {
    let catalog: Catalog;
    let first: RecoveryPoint;
    let head: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      const mount = await createdMount(catalog);
      first = await committedPoint(catalog, mount);
      head = await committedPoint(catalog, mount);
    });

    const mountNow = async (): Promise<Mount> => present(await catalog.mounts.find(first.mountId));
    const entryOf = (mount: Mount, kind = 'recovery-point-pending') =>
      nextJournalEntry(mount.mountId, mount.journal, { at: at(100), kind, data: {} });
    const deletion: PointDeletion = {
      markedAt: at(100),
      reclaimAfter: at(200),
      because: { code: 'EXPIRED', expireOf: 'mount' },
      planSha256: sha256('a plan'),
    };
    const expiries = [{ hour: at(60), points: 1 }];
    const mark = (
      mount: Mount,
      { recoveryPointId }: RecoveryPoint = first,
      unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[] = [],
    ) =>
      catalog.recoveryPoints.markForDeletion(mount, recoveryPointId, {
        ...{ deletion, expiries, unchanged },
        entry: entryOf(mount),
      });
    const stateOf = async ({ recoveryPointId }: RecoveryPoint) =>
      (await catalog.recoveryPoints.find(recoveryPointId))?.state;

    it('mark a point, raise line and journal and keep the head', async () => {
      const mount = await mountNow();

      expect(await mark(mount)).toBe('changed');
      expect(await mark(await mountNow(), head)).toBe('changed');

      expect(await catalog.recoveryPoints.find(first.recoveryPointId)).toEqual({
        ...{ ...first, state: 'pending-deletion', deletion },
      });
      const { lineVersion, headId, expiries: counted, journal } = await mountNow();
      expect({ lineVersion, headId, counted }).toEqual({
        ...{ lineVersion: mount.lineVersion + 2, headId: head.recoveryPointId, counted: expiries },
      });
      expect((await catalog.outbox.pending(mount.mountId, 10)).at(-1)).toMatchObject({
        ...{ number: journal.number, sha256: journal.hash },
      });
    });

    it('change nothing when the line, the journal or another mount has moved on', async () => {
      const mount = await mountNow();
      const other = await createdMount(catalog);

      expect(await mark({ ...mount, lineVersion: mount.lineVersion - 1 })).toBe('conflict');
      expect(await mark({ ...mount, journal: { ...mount.journal, number: mount.journal.number - 1 } })).toBe(
        'conflict',
      );
      expect(await mark(mount, first, [{ mountId: other.mountId, lineVersion: 1 }])).toBe('conflict');
      expect(await mark(mount, first, [other])).toBe('changed');
      expect(await mark(await mountNow())).toBe('conflict');
    });

    it('are refused for what is pinned', async () => {
      const upload = await openedUpload(catalog, first);
      expect(await mark(await mountNow(), head)).toBe('conflict');

      const restore = makeRestore(first);
      await catalog.restores.create(restore);
      expect(await mark(await mountNow())).toBe('conflict');
      await catalog.restores.end(restore, { state: 'failed', at: at(50) });

      expect(await mark(await mountNow())).toBe('changed');
      expect(upload.parent?.uploadId).toBe(head.recoveryPointId);
    });

    it('are won by one of many at once', async () => {
      const mount = await mountNow();

      const outcomes = await atOnce(6, (index) => mark(mount, index % 2 === 0 ? first : head));

      expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
      expect((await mountNow()).lineVersion).toBe(mount.lineVersion + 1);
    });

    it('are taken back, with an expire of the point own if one is given', async () => {
      await mark(await mountNow());
      const mount = await mountNow();
      const undelete = (of: Mount, expire?: string) =>
        catalog.recoveryPoints.undelete(of, first.recoveryPointId, {
          ...(expire !== undefined && { own: { expire, expiresAt: 'never' as const } }),
          dueAt: at(300),
          entry: entryOf(of, 'recovery-point-undeleted'),
        });

      expect(await undelete({ ...mount, lineVersion: 0 })).toBe('conflict');
      expect(await undelete(mount, 'never')).toBe('changed');
      expect(await undelete(await mountNow())).toBe('conflict');

      expect(await catalog.recoveryPoints.find(first.recoveryPointId)).toEqual({
        ...{ ...first, expire: 'never', expiresAt: 'never' },
      });
      expect(await mountNow()).toMatchObject({ dueAt: at(300), lineVersion: mount.lineVersion + 1 });
    });

    it('leave the expire of a point to be changed while it lives', async () => {
      const mount = await mountNow();
      const own = { expire: '2w', expiresAt: at(9000) };
      const change = (of: Mount) =>
        catalog.recoveryPoints.changeExpire(of, first.recoveryPointId, {
          ...{ own, dueAt: at(300), entry: entryOf(of, 'recovery-point-expire-changed') },
        });

      expect(await change({ ...mount, lineVersion: 0 })).toBe('conflict');
      expect(await change(mount)).toBe('changed');

      expect(await catalog.recoveryPoints.find(first.recoveryPointId)).toEqual({ ...first, ...own });
      expect((await mountNow()).lineVersion).toBe(mount.lineVersion + 1);
    });

    it('say what of a point is damaged, until it is whole again', async () => {
      const mount = await mountNow();
      const damage = { since: at(200), objects: 1, named: [{ key: 'v1/x', found: 'missing' as const }] };
      const change = (of: Mount, found?: typeof damage) =>
        catalog.recoveryPoints.changeDamage(of, first.recoveryPointId, {
          ...{ damage: found, dueAt: at(300), entry: entryOf(of, 'recovery-point-damaged') },
        });

      expect(await change({ ...mount, lineVersion: 0 }, damage)).toBe('conflict');
      expect(await change(mount, damage)).toBe('changed');
      expect(await catalog.recoveryPoints.find(first.recoveryPointId)).toEqual({ ...first, damage });
      expect(await mountNow()).toMatchObject({ lineVersion: mount.lineVersion + 1, dueAt: at(300) });

      expect(await change(await mountNow())).toBe('changed');
      expect(await catalog.recoveryPoints.find(first.recoveryPointId)).toEqual(first);
    });

    it('are seen in the line, which has every point in order with its pins', async () => {
      await mark(await mountNow());
      const restore = makeRestore(head);
      await catalog.restores.create(restore);

      const page = await catalog.recoveryPoints.line(first, { limit: 1 });
      const rest = await catalog.recoveryPoints.line(first, { limit: 5, cursor: page.cursor });

      expect(page.items).toEqual([{ point: { ...first, state: 'pending-deletion', deletion }, pins: [] }]);
      expect(rest).toEqual({ items: [{ point: head, pins: [`restore:${restore.restoreId}`] }] });
      expect(await catalog.recoveryPoints.line({ ...first, lineFrom: 2 }, { limit: 5 })).toEqual(rest);
      expect(await stateOf(head)).toBe('available');
    });

    it('make a mount due with each commit, until it is noted when it is due next', async () => {
      const mount = await mountNow();
      const shard = dueShardOf(mount.mountId);
      const due = async (until: Parameters<typeof catalog.mounts.listDue>[1]) =>
        (await catalog.mounts.listDue(shard, until, { limit: 10 })).items;

      expect(await due(head.committedAt)).toEqual([mount]);
      expect(await due(at(20))).toEqual([]);

      expect(await catalog.mounts.noteDue({ ...mount, lineVersion: 0 }, at(500))).toBe('conflict');
      expect(await catalog.mounts.noteDue(mount, at(500))).toBe('noted');
      expect(await due(at(499))).toEqual([]);
      expect(await due(at(500))).toEqual([{ ...mount, dueAt: at(500) }]);

      await committedPoint(catalog, mount);
      expect(await due(at(22))).toHaveLength(1);
    });

    it('know of the policy of a mount, which is changed with its journal', async () => {
      const mount = await mountNow();
      const policy = { keep: { month: '1w' }, floor: 3 };
      const change = { ...mount, policy, dueAt: at(7) };

      expect(await catalog.mounts.change(mount, change, entryOf(mount))).toBe('changed');
      expect(await mountNow()).toMatchObject({ policy, dueAt: at(7) });

      const { policy: _, dueAt: __, ...without } = await mountNow();
      expect(await catalog.mounts.change(without, without, entryOf(without))).toBe('changed');
      const { policy: none, dueAt } = await mountNow();
      expect({ none, dueAt }).toEqual({ none: undefined, dueAt: at(7) });
    });
  });
