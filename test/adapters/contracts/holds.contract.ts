import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Hold, HoldTarget } from '../../../shared/domain/retention/hold.ts';
import type { PlanNote } from '../../../shared/domain/retention/plan-note.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { createdMount, present } from '../support/line.ts';
import { at, ids, makeClaim, sha256 } from '../support/rows.ts';

export const holdsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('holds and plans', () => {
    let catalog: Catalog;
    let mount: Mount;
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
    });

    const makeHold = (target: HoldTarget): Hold => ({
      ...{ holdId: ids.hold(), target, reason: 'audit', placedBy: 'key-1', placedAt: at(5) },
    });
    const ofMount = (): Hold => makeHold({ kind: 'mount', mountId: mount.mountId, from: at(1) });
    const entryOf = (of: Mount) =>
      nextJournalEntry(of.mountId, of.journal, { at: at(5), kind: 'hold-set', data: {} });
    const place = (hold: Hold, of: Mount = mount, claim = makeClaim(hold.holdId)) =>
      catalog.holds.place(hold, { mount: of, entry: entryOf(of) }, claim);
    const again = async () => present(await catalog.mounts.find(mount.mountId));

    it('a hold is placed with its copy, raising the mount', async () => {
      const hold = ofMount();

      expect(await place(hold)).toEqual({ outcome: 'placed' });

      expect(await catalog.holds.find(hold.holdId)).toEqual(hold);
      expect(await catalog.holds.ofMount(mount.mountId)).toEqual([hold]);
      const { lineVersion, journal } = await again();
      expect([lineVersion, journal.number]).toEqual([mount.lineVersion + 1, mount.journal.number + 1]);
    });

    it('a hold is placed once for one idempotency key, and not on a mount that has moved on', async () => {
      const hold = ofMount();
      const claim = makeClaim(hold.holdId);
      await place(hold, mount, claim);
      const other = ofMount();

      expect(await place(other)).toEqual({ outcome: 'conflict' });
      expect(await place(other, await again(), { ...claim, resourceId: other.holdId })).toEqual({
        ...{ outcome: 'repeated', resourceId: hold.holdId },
      });
      expect(await place(hold, await again())).toEqual({ outcome: 'placed' });

      expect(await catalog.holds.find(other.holdId)).toBeUndefined();
      expect((await again()).lineVersion).toBe(mount.lineVersion + 1);
    });

    it('a hold on a database is in force at once, and raises each mount once', async () => {
      const hold = makeHold({ kind: 'database', databaseId: '77' });

      expect(await catalog.holds.place(hold, undefined)).toEqual({ outcome: 'placed' });
      expect(await catalog.holds.ofDatabase('77')).toEqual([hold]);
      expect(await catalog.holds.raise({ ...mount, lineVersion: 9 }, hold, entryOf(mount))).toBe('conflict');
      expect(await catalog.holds.raise(mount, hold, entryOf(mount))).toBe('raised');
      expect(await catalog.holds.raise(await again(), hold, entryOf(await again()))).toBe('raised');

      expect(await catalog.holds.ofMount(mount.mountId)).toEqual([hold]);
      expect((await again()).lineVersion).toBe(mount.lineVersion + 1);
    });

    it('a hold is lifted mount by mount, and then for good', async () => {
      const hold = makeHold({ kind: 'database', databaseId: '77' });
      await catalog.holds.place(hold, undefined);
      await catalog.holds.raise(mount, hold, entryOf(mount));
      const lower = async () => {
        const now = await again();
        return catalog.holds.lower(now, hold, { dueAt: at(9), entry: entryOf(now) });
      };

      expect(await catalog.holds.lower(mount, hold, { dueAt: at(9), entry: entryOf(mount) })).toBe(
        'conflict',
      );
      expect([await lower(), await lower()]).toEqual(['lowered', 'absent']);
      expect(await again()).toMatchObject({ dueAt: at(9), lineVersion: mount.lineVersion + 2 });
      await catalog.holds.end(hold, { at: at(9), by: 'key-2' });
      await catalog.holds.end(hold, { at: at(10), by: 'key-3' });

      expect(await catalog.holds.find(hold.holdId)).toEqual({ ...hold, lifted: { at: at(9), by: 'key-2' } });
      expect(await catalog.holds.ofMount(mount.mountId)).toEqual([]);
      expect(await catalog.holds.ofDatabase('77')).toEqual([]);
    });

    it('holds are listed with the newest first, page after page', async () => {
      const holds = [1, 2, 3].map((number) => makeHold({ kind: 'database', databaseId: `${number}` }));
      for (const hold of holds) await catalog.holds.place(hold, undefined);

      const page = await catalog.holds.list({ limit: 2 });
      const rest = await catalog.holds.list({ limit: 2, cursor: page.cursor });

      expect([...page.items, ...rest.items]).toEqual(holds.toReversed());
    });

    const makeNote = (minute: number): PlanNote => ({
      ...{ mountId: mount.mountId, sha256: sha256(`plan ${minute}`), madeAt: at(minute) },
      ...{ expire: 2, bringBack: 0 },
      stopped: { code: 'SHARE_EXCEEDED', wouldExpire: 2, alreadyExpired: 0, allowed: 1 },
    });

    it('plans are noted once and listed with the newest first', async () => {
      const notes = [makeNote(1), makeNote(2)] as const;
      for (const note of [...notes, ...notes]) await catalog.plans.note(note);

      const page = await catalog.plans.list(mount.mountId, { limit: 1 });
      const rest = await catalog.plans.list(mount.mountId, { limit: 1, cursor: page.cursor });

      expect([...page.items, ...rest.items]).toEqual(notes.toReversed());
      expect(await catalog.plans.find(notes[0])).toEqual(notes[0]);
      expect(await catalog.plans.find({ ...notes[0], sha256: sha256('none') })).toBeUndefined();
    });

    it('consent is noted once, with its entry', async () => {
      const note = makeNote(1);
      await catalog.plans.note(note);
      const consent = { by: 'key-9', at: at(7) };
      const give = (of: Mount) => catalog.plans.consent(of, note, { consent, entry: entryOf(of) });

      expect(await give(mount)).toBe('changed');
      expect(await give(mount)).toBe('conflict');
      expect(await give(await again())).toBe('conflict');

      await catalog.plans.note(note);
      expect(await catalog.plans.find(note)).toEqual({ ...note, consent });
      expect((await again()).journal.number).toBe(mount.journal.number + 1);
    });

    it('a run of a schedule is taken by one owner, who may ask again', async () => {
      const take = (owner: string) =>
        catalog.plans.takeRun({ name: `retention ${mount.mountId}`, owner, forgetAt: at(9000) });

      expect([await take('one'), await take('two'), await take('one')]).toEqual(['taken', 'held', 'taken']);
    });
  });
