import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { LogRow } from '../../../shared/domain/vault/manifest-rows.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount } from '../support/line.ts';
import { at, ids, sha256 } from '../support/rows.ts';

export const lateLogsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('logs and maps after a commit', () => {
    let catalog: Catalog;
    let mount: Mount;
    let point: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      const { mountId } = await createdMount(catalog);
      point = await committedPoint(catalog, (await catalog.mounts.find(mountId)) as Mount);
      mount = (await catalog.mounts.find(mountId)) as Mount;
    });

    const row = (number: number): LogRow => ({
      number,
      sha256: sha256(`log ${number}`),
      storedBytes: 10,
      codec: 'none',
      rawBytes: 10,
      mountpoint: '/mnt',
      platform: 'linux',
      fileName: 'late.log',
      receivedAt: at(3),
    });
    const add = (of: Mount, number: number, urlUntil = at(500)) => {
      const entry = nextJournalEntry(of.mountId, of.journal, {
        at: at(400),
        kind: 'late-log',
        data: { number },
      });
      return catalog.recoveryPoints.addLateLog(of, point.recoveryPointId, {
        row: row(number),
        urlUntil,
        entry,
      });
    };
    const again = async () => (await catalog.mounts.find(mount.mountId)) as Mount;

    it('a log is added to the point, its entry to the journal, its time to the upload', async () => {
      expect(await add(mount, 4)).toBe('added');

      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual({
        ...point,
        lateLogs: [row(4)],
      });
      expect((await catalog.uploads.find(point.recoveryPointId))?.urlUntil).toBe(at(500));
      const { journal, lineVersion } = await again();
      expect({ number: journal.number, lineVersion }).toEqual({
        number: mount.journal.number + 1,
        lineVersion: mount.lineVersion + 1,
      });
      const entries = await catalog.outbox.pending(mount.mountId, 10);
      expect(entries.at(-1)).toMatchObject({ number: journal.number, sha256: journal.hash });
    });

    it('a log is added once, and never lowers the time of the upload', async () => {
      await add(mount, 4);
      await add(await again(), 4, at(100));
      await add(await again(), 5);

      const found = await catalog.recoveryPoints.find(point.recoveryPointId);
      expect(found?.lateLogs).toEqual([row(4), row(5)]);
      expect((await catalog.uploads.find(point.recoveryPointId))?.urlUntil).toBe(at(500));
    });

    it('a log is not added to what has changed meanwhile, or is not there', async () => {
      await add(mount, 4);

      expect(await add(mount, 5)).toBe('conflict');
      point = { ...point, recoveryPointId: ids.upload() };
      expect(await add(await again(), 5)).toBe('conflict');
    });

    it('a map takes the place of the one that was read, and of no other', async () => {
      const judgement = { number: 1, log: 'read' as const, databases: [] };
      const first = { fileMap: { state: 'stored' as const, number: 1 }, warnings: [], judgement };
      const second = {
        fileMap: { state: 'stored' as const, number: 2 },
        warnings: [{ code: 'FILES_MISSING' as const, text: 'a' }],
      };

      const change = async (from: RecoveryPoint, next: typeof first | typeof second) => {
        const event = { at: at(60), kind: 'file-map-renewed', data: next };
        const entry = nextJournalEntry(mount.mountId, (await again()).journal, event);
        return catalog.recoveryPoints.changeFileMap(from, next, entry);
      };

      expect(await change(point, first)).toBe('changed');
      expect(await change(point, second)).toBe('conflict');
      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual({ ...point, ...first });
      expect(await change({ ...point, ...first }, second)).toBe('changed');

      expect(await catalog.recoveryPoints.find(point.recoveryPointId)).toEqual({ ...point, ...second });
      const { journal } = await again();
      expect(journal.number).toBe(mount.journal.number + 2);
      // What was decided by the map of before no longer holds.
      expect((await again()).lineVersion).toBe(mount.lineVersion + 2);
      const pending = await catalog.outbox.pending(mount.mountId, 100);
      expect(pending.at(-1)).toMatchObject({ number: journal.number, sha256: journal.hash });
    });

    it('a map is not changed when another entry of the journal came first', async () => {
      const next = { fileMap: { state: 'stored' as const, number: 1 }, warnings: [] };
      const event = { at: at(60), kind: 'file-map-renewed', data: next };
      const entry = nextJournalEntry(mount.mountId, mount.journal, event);
      await add(mount, 4);

      expect(await catalog.recoveryPoints.changeFileMap(point, next, entry)).toBe('conflict');
    });
  });
