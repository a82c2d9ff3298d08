import { beforeEach, describe, expect, it } from 'vitest';
import type { HoldId } from '../../../shared/domain/ids.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { PointDeletion, RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Clearance } from '../../../shared/domain/retention/clearance.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { at, ids, sha256 } from '../support/rows.ts';

const marked: PointDeletion = {
  markedAt: at(100),
  reclaimAfter: at(200),
  because: { code: 'EXPIRED', text: 'by its expire' } as never,
  planSha256: sha256('plan'),
};

/** How points and given-up uploads end. */
export const reclaimContract = (makeCatalog: () => Promise<Catalog>) => {
  let catalog: Catalog;
  let mount: Pick<Mount, 'mountId'>;
  beforeEach(async () => {
    catalog = await makeCatalog();
    mount = await createdMount(catalog);
  });

  const now = async () => present(await catalog.mounts.find(mount.mountId));
  const pointNow = async ({ recoveryPointId }: RecoveryPoint) =>
    present(await catalog.recoveryPoints.find(recoveryPointId));
  const entryFor = ({ mountId, journal }: Mount, kind: string) =>
    nextJournalEntry(mountId, journal, { at: at(300), kind, data: {} });
  const line = async (length: number) => {
    const points: RecoveryPoint[] = [];
    for (let index = 0; index < length; index++) points.push(await committedPoint(catalog, mount));
    return points as [RecoveryPoint, RecoveryPoint, RecoveryPoint, RecoveryPoint, RecoveryPoint];
  };
  const mark = async ({ recoveryPointId }: RecoveryPoint, deletion = marked) => {
    const of = await now();
    const entry = entryFor(of, 'recovery-point-pending');
    const change = { deletion, expiries: [], unchanged: [], entry };
    expect(await catalog.recoveryPoints.markForDeletion(of, recoveryPointId, change)).toBe('changed');
  };
  type Change = Parameters<Catalog['recoveryPoints']['beginReclaim']>[2];
  const begin = async (point: RecoveryPoint, fields: Partial<Change> = {}, of?: Mount) => {
    const mountNow = of ?? (await now());
    const entry = entryFor(mountNow, 'recovery-point-reclaiming');
    const reclaim = {
      ...{ at: at(300), listSha256: sha256('list'), objects: 1, bytes: 10 },
      journalNumber: entry.number,
    };
    const deletion = { ...marked, reclaim };
    const { urlUntil } = present(await catalog.uploads.find(point.recoveryPointId));
    const change = { deletion, urlUntil, headId: mountNow.headId, lineFrom: undefined, unchanged: [], entry };
    return catalog.recoveryPoints.beginReclaim(mountNow, point, { ...change, ...fields });
  };
  const end = async (point: RecoveryPoint, clearance?: Clearance) => {
    const of = await now();
    const entry = entryFor(of, 'recovery-point-gone');
    const change = { goneAt: at(400), entry, clearance };
    return catalog.recoveryPoints.endReclaim(of, await pointNow(point), change);
  };

  describe('the neighbours of a place in the line', () => {
    const around = async ({ seq }: RecoveryPoint) => {
      const { previous, next } = await catalog.recoveryPoints.neighbours(await now(), seq);
      return [previous?.seq, next?.seq];
    };

    it('are the nearest live points, pending ones among them', async () => {
      const [first, second, third] = await line(3);
      await mark(first);

      expect(await around(first)).toEqual([undefined, 2]);
      expect(await around(second)).toEqual([1, 3]);
      expect(await around(third)).toEqual([2, undefined]);
      const { previous } = await catalog.recoveryPoints.neighbours(await now(), second.seq);
      expect(previous).toEqual({ ...first, state: 'pending-deletion', deletion: marked });
    });

    it('are never points that are going or gone, nor points of another mount', async () => {
      const [first, second, third, fourth, fifth] = await line(5);
      const other = await createdMount(catalog);
      await committedPoint(catalog, other);
      for (const point of [second, third, fourth]) {
        await mark(point);
        await begin(point);
      }
      await end(third);

      expect(await around(third)).toEqual([1, 5]);
      expect(await around(first)).toEqual([undefined, 5]);
      expect(await around(fifth)).toEqual([1, undefined]);
    });

    it('are found behind many that are gone, and not looked for before the place that the mount says', async () => {
      const points = await line(14);
      for (const point of points.slice(1, -1)) {
        await mark(point);
        await begin(point);
        await end(point);
      }

      const { previous } = await catalog.recoveryPoints.neighbours(await now(), 14);
      const from = await catalog.recoveryPoints.neighbours({ ...(await now()), lineFrom: 2 }, 14);
      const none = await catalog.recoveryPoints.neighbours({ ...(await now()), lineFrom: 14 }, 14);

      expect(previous?.seq).toBe(1);
      expect([from, none]).toEqual([{}, {}]);
    });
  });

  it('a clearance stands from a note on, and goes with the reclaim that does not carry it on', async () => {
    const [first, second] = await line(2);
    await mark(first);
    await mark(second);
    const of = await now();
    const { epoch, lineVersion, mountId } = of;
    const clearance: Clearance = {
      ...{ epoch, lineVersion, journalNumber: of.journal.number, points: [first.recoveryPointId] },
      ...{ unchanged: [{ mountId, lineVersion }], databases: [{ databaseId: '77', mountIds: [mountId] }] },
      holds: ['hld-1' as HoldId],
    };
    const later = { ...clearance, lineVersion: 1000 };
    const standing = async () => (await now()).clearance;

    expect(await catalog.mounts.noteDue({ ...of, lineVersion: 0 }, at(500), clearance)).toBe('conflict');
    expect(await standing()).toBeUndefined();
    expect(await catalog.mounts.noteDue(of, at(500), clearance)).toBe('noted');
    expect(await catalog.mounts.noteDue(of, at(501))).toBe('noted');
    expect(await standing()).toEqual(clearance);

    expect(await begin(first, { clearance: later })).toBe('changed');
    expect(await standing()).toEqual(later);
    expect(await end(first)).toBe('changed');
    expect(await standing()).toEqual(later);
    expect(await begin(second)).toBe('changed');
    expect(await standing()).toBeUndefined();
    expect(await end(second, clearance)).toBe('changed');
    expect(await standing()).toEqual(clearance);
  });

  describe('the beginning of a reclaim', () => {
    it('makes a pending point reclaiming, and says so in line and journal', async () => {
      const [first, second] = await line(2);
      await mark(second);
      const before = await now();

      expect(await begin(second, { headId: first.recoveryPointId, lineFrom: 1 })).toBe('changed');

      const after = await now();
      expect(await pointNow(second)).toMatchObject({
        state: 'reclaiming',
        deletion: { ...marked, reclaim: { listSha256: sha256('list'), journalNumber: after.journal.number } },
      });
      expect(after).toMatchObject({
        ...{ headId: first.recoveryPointId, lineFrom: 1 },
        lineVersion: before.lineVersion + 1,
        journal: { number: before.journal.number + 1 },
      });
      const entries = await catalog.outbox.pending(mount.mountId, 20);
      expect(entries.at(-1)?.bytes).toContain('recovery-point-reclaiming');
    });

    it('leaves a mount without points without a head', async () => {
      const [only] = await line(1);
      await mark(only);

      await begin(only, { headId: undefined });

      expect(await now()).not.toHaveProperty('headId');
    });

    const refused = async (point: RecoveryPoint, fields: Partial<Change> = {}, of?: Mount) => {
      const before = [await pointNow(point), await now()];

      expect(await begin(point, fields, of)).toBe('conflict');

      expect([await pointNow(point), await now()]).toEqual(before);
    };

    it('is a conflict for a point that is not pending, or was brought back', async () => {
      const [first] = await line(1);
      await refused(first);
      await mark(first);
      const of = await now();
      const entry = entryFor(of, 'recovery-point-undeleted');
      await catalog.recoveryPoints.undelete(of, first.recoveryPointId, { dueAt: at(1), entry });

      await refused(first);
    });

    it('is a conflict for a second one', async () => {
      const [first] = await line(1);
      await mark(first);
      await begin(first);

      await refused(first);
    });

    it('is a conflict when the point was marked anew since', async () => {
      const [first] = await line(1);
      await mark(first, { ...marked, reclaimAfter: at(900) });

      await refused(first);
    });

    it('is a conflict when anything of the line has changed since the mount was read', async () => {
      const [first] = await line(1);
      await mark(first);
      const read = await now();
      await committedPoint(catalog, mount);

      await refused(first, {}, read);
    });

    it('is a conflict while an upload builds on the point', async () => {
      const [first] = await line(1);
      await mark(first);
      await openedUpload(catalog, mount);

      await refused(first);
    });

    it('is a conflict when a URL was signed for the point since', async () => {
      const [first] = await line(1);
      await mark(first);

      await refused(first, { urlUntil: at(1) });
    });

    it('is a conflict when another mount that the decision looked at has changed, or another epoch has begun', async () => {
      const [first] = await line(1);
      await mark(first);
      const other = await createdMount(catalog);
      const read = { mountId: other.mountId, lineVersion: other.lineVersion };
      await committedPoint(catalog, other);

      await refused(first, { unchanged: [read] });
      await refused(first, {}, { ...(await now()), epoch: 7 });

      expect(
        await begin(first, { unchanged: [await present(await catalog.mounts.find(other.mountId))] }),
      ).toBe('changed');
    });
  });

  describe('the end of a reclaim', () => {
    it('leaves a tombstone that is in no list, and found by its id', async () => {
      const [first, second] = await line(2);
      await mark(first);
      await begin(first);

      expect(await end(first)).toBe('changed');

      expect(await pointNow(first)).toMatchObject({ state: 'tombstone', deletion: { goneAt: at(400) } });
      const { items } = await catalog.recoveryPoints.list({ mountId: mount.mountId }, { limit: 10 });
      expect(items).toEqual([second]);
      expect((await catalog.recoveryPoints.listDeleting(at(10_000), { limit: 10 })).items).toEqual([]);
    });

    it('is a conflict for a point that is not reclaiming, and for a second time', async () => {
      const [first] = await line(1);
      await mark(first);
      expect(await end(first)).toBe('conflict');
      await begin(first);
      await end(first);

      expect(await end(first)).toBe('conflict');
    });
  });

  describe('the list of what has to go', () => {
    const due = async (dueBy = at(10_000), limit = 10, cursor?: string) => {
      const page = await catalog.recoveryPoints.listDeleting(dueBy, { limit, cursor });
      return { ids: page.items.map(({ recoveryPointId }) => recoveryPointId), cursor: page.cursor };
    };

    it('holds pending points from the end of their time on, and reclaiming ones until they are gone', async () => {
      const [first, second, third] = await line(3);
      await mark(second, { ...marked, reclaimAfter: at(150) });
      await mark(first);

      expect((await due(at(149))).ids).toEqual([]);
      expect((await due(at(150))).ids).toEqual([second.recoveryPointId]);
      expect((await due(at(200))).ids).toEqual([second.recoveryPointId, first.recoveryPointId]);
      await begin(first);
      expect((await due()).ids).toEqual([second.recoveryPointId, first.recoveryPointId]);
      await end(first);
      expect((await due()).ids).toEqual([second.recoveryPointId]);
      expect((await pointNow(third)).state).toBe('available');
    });

    it('does not hold what was brought back', async () => {
      const [first] = await line(1);
      await mark(first);
      const of = await now();
      const entry = entryFor(of, 'recovery-point-undeleted');
      await catalog.recoveryPoints.undelete(of, first.recoveryPointId, { dueAt: at(1), entry });

      expect((await due()).ids).toEqual([]);
    });

    it('comes back to a blocked point only then', async () => {
      const [first] = await line(1);
      await mark(first);
      await begin(first);

      await catalog.recoveryPoints.noteBlocked(await pointNow(first), at(5_000));

      expect((await due(at(4_999))).ids).toEqual([]);
      expect((await due(at(5_000))).ids).toEqual([first.recoveryPointId]);
      expect((await pointNow(first)).deletion?.blockedUntil).toBe(at(5_000));
      expect(await end(first)).toBe('changed');
    });

    it('holds them after the mount was rebuilt, too, and uploads to be swept', async () => {
      const [first, second] = await line(2);
      await mark(first);
      const opened = await openedUpload(catalog, mount);
      const entry = entryFor(await now(), 'upload-closing');
      await catalog.uploads.close(opened, { reason: 'aborted', entry });
      const uploadIds = [first.recoveryPointId, second.recoveryPointId, opened.uploadId];
      const uploads = await Promise.all(uploadIds.map(async (id) => present(await catalog.uploads.find(id))));
      const points = [await pointNow(first), await pointNow(second)];
      const history = { mount: await now(), storeName: undefined, points, uploads, holds: [], schedules: [] };
      const claimed = await catalog.rebuild.claimMount(await now(), at(0));
      if (claimed === 'conflict') throw new Error('nobody else claims it');

      expect(await catalog.rebuild.replaceMount(history, [], claimed)).toBe('replaced');

      expect((await due()).ids).toEqual([first.recoveryPointId]);
      const { items } = await catalog.uploads.listByState('closing', { limit: 10 });
      expect(items.map(({ uploadId }) => uploadId)).toEqual([opened.uploadId]);
    });

    it('is read page by page', async () => {
      const points = await line(5);
      for (const point of points) await mark(point);

      const one = await due(at(200), 2);
      const two = await due(at(200), 2, one.cursor);
      const three = await due(at(200), 2, two.cursor);

      expect([...one.ids, ...two.ids, ...three.ids]).toEqual(points.map((point) => point.recoveryPointId));
      expect(three.cursor).toBeUndefined();
    });
  });

  describe('the end of an upload that was given up', () => {
    let upload: Upload;
    beforeEach(async () => {
      const opened = await openedUpload(catalog, mount);
      const of = await now();
      await catalog.uploads.close(opened, { reason: 'aborted', entry: entryFor(of, 'upload-closing') });
      upload = present(await catalog.uploads.find(opened.uploadId));
    });
    const endClosing = async (of: Upload, closedAt = at(500), isJournaled = true) =>
      catalog.uploads.endClosing(
        of,
        closedAt,
        isJournaled ? entryFor(await now(), 'upload-closed') : undefined,
      );
    const again = async () => present(await catalog.uploads.find(upload.uploadId));
    const toSweep = async () => (await catalog.uploads.listByState('closing', { limit: 10 })).items;

    it('is closed, with its entry, and in no list any more', async () => {
      const before = await now();

      expect(await endClosing(upload)).toBe('changed');

      expect(await again()).toEqual({ ...upload, state: 'closed', closedAt: at(500) });
      expect((await now()).journal.number).toBe(before.journal.number + 1);
      expect(await toSweep()).toEqual([]);
      expect(await endClosing(await again())).toBe('conflict');
    });

    it('is a conflict when an object has arrived since the upload was read', async () => {
      await catalog.uploads.noteLateObject(upload.uploadId, at(450));

      expect(await endClosing(upload)).toBe('conflict');

      expect((await again()).state).toBe('closing');
    });

    it('comes back to the list when an object arrives for a closed one, until its prefix is empty again', async () => {
      await endClosing(upload);
      await catalog.uploads.noteLateObject(upload.uploadId, at(600));
      expect(await toSweep()).toMatchObject([{ uploadId: upload.uploadId, state: 'closed' }]);

      expect(await endClosing(await again(), at(700), false)).toBe('changed');

      expect(await toSweep()).toEqual([]);
      expect(await again()).toMatchObject({ state: 'closed', closedAt: at(700), lateObjectAt: at(600) });
    });

    it('remembers until when something is locked, until it is closed', async () => {
      await catalog.uploads.noteBlocked(upload.uploadId, at(5_000));
      expect((await again()).blockedUntil).toBe(at(5_000));

      await endClosing(upload);

      expect(await again()).not.toHaveProperty('blockedUntil');
      await catalog.uploads.noteBlocked(upload.uploadId, at(6_000));
      expect(await again()).not.toHaveProperty('blockedUntil');
      await catalog.uploads.noteBlocked(ids.upload(), at(5_000));
    });
  });
};
