import { beforeEach, describe, expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import { dueShardOf, dueShards } from '../../../shared/domain/retention/next-due.ts';
import type { Schedule } from '../../../shared/domain/schedule/schedule.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { createdMount, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeClaim } from '../support/rows.ts';

export const schedulesContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('schedules', () => {
    let catalog: Catalog;
    let mount: Mount;
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
    });

    const makeSchedule = (fields: Partial<Schedule> = {}): Schedule => ({
      ...{ scheduleId: ids.schedule(), name: 'nightly', storeId: mount.storeId, mountId: mount.mountId },
      ...{ database: 'SALES', content: 'database', order: { level: 1 }, enabled: true },
      ...{ cron: '0 22 * * *', timeZone: 'Europe/Berlin', window: '6h', catchUp: '1d', blackouts: [] },
      ...{ createdAt: at(1), createdBy: 'key', version: 1, nextAt: at(60), lookAt: at(60) },
      ...fields,
    });
    const entry = async () => {
      const current = present(await catalog.mounts.find(mount.mountId));
      const event = { at: at(2), kind: 'schedule-set', data: {} };
      return { mount: current, entry: nextJournalEntry(mount.mountId, current.journal, event) };
    };
    const created = async (fields: Partial<Schedule> = {}) => {
      const schedule = makeSchedule(fields);
      expect(await catalog.schedules.create(schedule, await entry())).toEqual({ outcome: 'created' });
      return schedule;
    };
    const found = ({ scheduleId }: Schedule) => catalog.schedules.find(scheduleId);
    const due = async (until: number) => {
      const found: Schedule[] = [];
      for (let shard = 0; shard < dueShards; shard++) {
        const { items } = await catalog.schedules.listDue(shard, at(until), { limit: 10 });
        for (const { scheduleId } of items) expect(dueShardOf(scheduleId)).toBe(shard);
        found.push(...items);
      }
      return found.map(({ name }) => name).sort();
    };

    it('are kept as they were given, with an entry in the journal of their mount', async () => {
      const before = present(await catalog.mounts.find(mount.mountId)).journal.number;
      const schedule = await created({ expire: '3w', missed: { dueAt: at(3), at: at(4), reason: 'busy' } });

      expect(await found(schedule)).toEqual(schedule);
      expect(await catalog.schedules.create(schedule, await entry())).toEqual({ outcome: 'created' });
      expect(present(await catalog.mounts.find(mount.mountId)).journal.number).toBe(before + 1);
      expect((await catalog.outbox.pending(mount.mountId, 9)).at(-1)?.bytes).toContain('schedule-set');
      expect(await catalog.schedules.find(ids.schedule())).toBeUndefined();
    });

    it('have a name of their own within their database, also when many take it at once', async () => {
      const of = await entry();
      const outcomes = await atOnce(5, () => catalog.schedules.create(makeSchedule(), of));
      await created({ database: 'HR' });

      expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect(await catalog.schedules.create(makeSchedule(), await entry())).toEqual({
        outcome: 'name-taken',
      });
      expect((await catalog.schedules.ofStore(mount.storeId)).map(({ database }) => database)).toEqual([
        'HR',
        'SALES',
      ]);
    });

    it('are not written under a journal that has gone on', async () => {
      const stale = await entry();
      const schedule = await created();

      expect(await catalog.schedules.create(makeSchedule({ name: 'weekly' }), stale)).toEqual({
        outcome: 'conflict',
      });
      expect(await catalog.schedules.change(schedule, { ...schedule, enabled: false }, stale)).toBe(
        'conflict',
      );
      expect(await catalog.schedules.remove(schedule, stale)).toBe('conflict');
      expect(await found(schedule)).toEqual(schedule);
    });

    it('made again under one key are the first', async () => {
      const schedule = makeSchedule();
      const claim = makeClaim(schedule.scheduleId);
      await catalog.schedules.create(schedule, await entry(), claim);

      const again = makeSchedule({ name: 'weekly' });
      expect(await catalog.schedules.create(again, await entry(), claim)).toEqual({
        outcome: 'repeated',
        resourceId: schedule.scheduleId,
      });
      expect(await found(again)).toBeUndefined();
    });

    it('change and are noted as they were seen, fields that end included; whoever comes second is told', async () => {
      const schedule = await created({ waiting: { dueAt: at(3), since: at(3), reason: 'busy' } });
      const { lookAt: _, nextAt: __, waiting: ___, expire: ____, ...rest } = schedule;
      const next = { ...rest, enabled: false, cron: '0 3 * * SUN' };

      expect(await catalog.schedules.change(schedule, next, await entry())).toBe('changed');
      expect(await catalog.schedules.note(schedule, schedule)).toBe('conflict');
      expect(await catalog.schedules.change(schedule, next, await entry())).toBe('conflict');
      const changed = present(await found(schedule));
      expect(changed).toEqual({ ...next, version: 2 });
      expect(await catalog.schedules.note(changed, { ...changed, lookAt: at(9) })).toBe('noted');
      expect(await found(schedule)).toEqual({ ...next, version: 3, lookAt: at(9) });
      expect(await due(9)).toEqual(['nightly']);
    });

    it('are found when they are due, and not once they are looked at later or disabled', async () => {
      const first = await created({ name: 'first', lookAt: at(10) });
      const second = await created({ name: 'second', lookAt: at(20) });
      await created({ name: 'third', lookAt: at(30) });
      const { lookAt: _, ...silent } = await created({ name: 'silent', lookAt: at(5) });
      await catalog.schedules.note({ ...silent }, silent);

      expect(await due(20)).toEqual(['first', 'second']);
      await catalog.schedules.note(first, { ...first, lookAt: at(40) });
      expect(await due(20)).toEqual(['second']);
      expect(await catalog.schedules.remove(second, await entry())).toBe('removed');
      expect(await due(40)).toEqual(['first', 'third']);
    });

    it('leave with their name, and are listed by id', async () => {
      const schedule = await created();
      const other = await created({ name: 'weekly' });
      await catalog.schedules.remove(schedule, await entry());

      expect(await found(schedule)).toBeUndefined();
      expect(await catalog.schedules.ofStore(mount.storeId)).toEqual([other]);
      expect(await catalog.schedules.remove(schedule, await entry())).toBe('conflict');
      const again = await created();
      const first = await catalog.schedules.list({ limit: 1 });
      const rest = await catalog.schedules.list({ limit: 5, ...(first.cursor && { cursor: first.cursor }) });
      expect([...first.items, ...rest.items]).toEqual([other, again]);
    });
  });
