import { describe, expect, it } from 'vitest';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import type { StoreId } from '../../../shared/domain/ids.ts';
import { exportMount } from '../../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { rebuildCatalog } from '../../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { changeSchedule, removeSchedule } from '../../../shared/usecases/schedules/change-schedule.ts';
import { operator } from '../../support/requesting.ts';
import { arrange } from './scheduled-agent.ts';

describe('the schedules of a database', () => {
  it('need one of the datafiles before one of archived logs, and keep it as long', async () => {
    const { service, add, schedule } = await arrange({ enabled: false });
    const logs = { name: 'logs', content: 'archived-logs', cron: '0 * * * *' } as const;
    const change = (enabled: boolean) =>
      changeSchedule(service, operator, { scheduleId: schedule.scheduleId, enabled });

    await expect(add(logs)).rejects.toMatchObject({ code: 'SCHEDULE_CONFLICT' });
    await change(true);
    const { scheduleId } = await add(logs);
    await expect(change(false)).rejects.toMatchObject({
      message: expect.stringContaining('schedule logs backs up archived logs'),
    });
    await expect(removeSchedule(service, operator, schedule.scheduleId)).rejects.toMatchObject({
      code: 'SCHEDULE_CONFLICT',
    });
    await removeSchedule(service, operator, scheduleId);
    expect(await change(false)).toMatchObject({ enabled: false });
  });

  it('are refused where nobody would carry them out, or where the agent makes no such level', async () => {
    const { add } = await arrange();

    await expect(add()).rejects.toMatchObject({ code: 'SCHEDULE_NAME_TAKEN' });
    await expect(add({ name: 'x', database: 'CRM' })).rejects.toMatchObject({
      code: 'DATABASE_NOT_CONFIGURED',
    });
    await expect(add({ name: 'x', order: { level: 2 } })).rejects.toMatchObject({
      code: 'LEVEL_UNSUPPORTED',
    });
    await expect(add({ name: 'x', cron: '0 0 30 2 *' })).rejects.toMatchObject({ code: 'SCHEDULE_INVALID' });
    for (let number = 2; number <= 20; number++) await add({ name: `n${number}`, enabled: false });
    await expect(add({ name: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining('20 schedules already'),
    });
  });

  it('keep what is due through other changes, and lose it with other times or when they are disabled', async () => {
    const { service, schedule, tick, until } = await arrange();
    const { scheduleId } = schedule;
    await until('2026-01-31T22:01:00Z');
    const kept = await changeSchedule(service, operator, { scheduleId, expire: '5w' });
    expect(kept.nextAt).toBe('2026-01-31T22:00:00.000Z');
    const moved = await changeSchedule(service, operator, { scheduleId, cron: '30 21 * * *' });
    expect(moved.nextAt).toBe('2026-02-01T21:30:00.000Z');
    expect(await changeSchedule(service, operator, { scheduleId, enabled: false })).not.toHaveProperty(
      'nextAt',
    );
    await until('2026-02-03T22:01:00Z');
    expect(await tick()).toMatchObject({ requested: 0, missed: 0 });
    const enabled = await changeSchedule(service, operator, { scheduleId, enabled: true });
    expect(enabled.nextAt).toBe('2026-02-04T21:30:00.000Z');
  });

  it('write each change into the journal of their mount before it is answered, and the same again writes nothing', async () => {
    const { service, schedule, mount } = await arrange();
    const { scheduleId } = schedule;
    await changeSchedule(service, operator, { scheduleId, expire: '5w' });
    await changeSchedule(service, operator, { scheduleId, expire: '5w' });
    await removeSchedule(service, operator, scheduleId);

    const { body } = await service.send('listJournal', {
      caller: { ...operator, role: 'auditor' },
      params: { mountId: mount.mountId },
    });
    const { items: entries } = body as { items: { bytes: string }[] };
    const items = entries.map(({ bytes }) => JSON.parse(bytes));
    expect({ items }).toMatchObject({
      items: [
        { kind: 'mount-created' },
        {
          kind: 'schedule-set',
          data: { by: operator.credentialId, schedule: { scheduleId, cron: '0 22 * * *' } },
        },
        { kind: 'schedule-set', data: { schedule: { expire: '5w' } } },
        { kind: 'schedule-removed', data: { scheduleId } },
      ],
    });
    expect((await service.catalog.mounts.find(mount.mountId))?.journal).toMatchObject({
      number: 4,
      stored: 4,
    });
  });
});

describe('a catalog that is rebuilt from the vault', () => {
  it('has the schedules as they were decided, armed from then on', async () => {
    const { service, schedule, add, mount, until, caller } = await arrange();
    const { scheduleId } = await add({ name: 'logs', content: 'archived-logs', cron: '0 * * * *' });
    await add({ name: 'gone', enabled: false }).then((gone) =>
      removeSchedule(service, operator, gone.scheduleId),
    );
    await changeSchedule(service, operator, { scheduleId, window: '2h' });
    await until('2026-02-03T12:30:00Z');
    const lost = await exportMount(service.catalog, mount.mountId);
    const catalog = createMemoryCatalog();

    await rebuildCatalog({ ...service, catalog }, { mode: 'empty', by: 'key' });

    expect(await exportMount(catalog, mount.mountId)).toEqual(lost);
    expect(lost.schedules).toHaveLength(2);
    expect(await catalog.schedules.ofStore(caller.storeId as StoreId)).toMatchObject([
      { name: 'logs', window: '2h', nextAt: '2026-02-03T13:00:00.000Z' },
      { scheduleId: schedule.scheduleId, nextAt: '2026-02-03T22:00:00.000Z' },
    ]);
  });
});

describe('the routes of schedules', () => {
  it('add one disabled, show its next times, enable, change and remove it', async () => {
    const { service, mount } = await arrange();
    const send = (name: Parameters<typeof service.send>[0], input: object) =>
      service.send(name, { caller: operator, ...input });
    const body = {
      mountId: mount.mountId,
      database: 'HR',
      name: 'weekly full',
      cron: '30 2 * * Sunday',
      timeZone: 'Europe/Berlin',
    };
    const added = await send('addSchedule', { body, headers: { 'idempotency-key': 'one' } });
    const again = await send('addSchedule', { body, headers: { 'idempotency-key': 'one' } });
    const params = { scheduleId: added.body?.scheduleId as string };
    const { body: times } = await send('listScheduleTimes', {
      params,
      query: { count: '2', after: '2026-03-27T00:00:00.000Z' },
    });
    const enabled = await send('enableSchedule', { params });
    const changed = await send('changeSchedule', {
      params,
      body: { order: { incremental: true }, window: '2d' },
    });
    const listed = await send('listSchedules', { query: { storeId: mount.storeId, database: 'HR' } });
    const all = await send('listSchedules', { query: { limit: '1' } });
    const disabled = await send('disableSchedule', { params });
    const removed = await send('removeSchedule', { params });

    expect(added).toMatchObject({
      statusCode: 201,
      body: {
        enabled: false,
        window: '6h',
        catchUp: '1d',
        cron: '30 2 * * SUN',
        blackouts: [],
      },
    });
    expect(again.body).toEqual(added.body);
    expect(times).toEqual({
      items: [
        { at: '2026-03-29T01:00:00.000Z', wallTime: '2026-03-29 03:00 Europe/Berlin' },
        { at: '2026-04-05T00:30:00.000Z', wallTime: '2026-04-05 02:30 Europe/Berlin' },
      ],
    });
    expect(enabled.body).toMatchObject({ enabled: true, nextAt: '2026-02-01T01:30:00.000Z' });
    expect(changed).toMatchObject({
      statusCode: 400,
      body: { code: 'SCHEDULE_INVALID', detail: expect.stringContaining('catchUp') },
    });
    expect(listed.body).toMatchObject({ items: [{ name: 'weekly full', database: 'HR' }] });
    expect(all.body).toMatchObject({ items: [{}], cursor: expect.any(String) });
    expect(disabled.body).not.toHaveProperty('nextAt');
    expect(removed.statusCode).toBe(204);
    expect(await send('showSchedule', { params })).toMatchObject({
      statusCode: 404,
      body: { code: 'SCHEDULE_NOT_FOUND' },
    });
  });

  it.each([
    [{ name: 'a#b' }, 'name'],
    [{ order: { parentId: '01J00000000000000000000000' } }, 'order'],
    [{ blackouts: [{ kind: 'weekly', from: '25:00', to: '26:00' }] }, 'blackouts'],
    [{ colour: 'red' }, 'colour'],
    [{ cron: '0 22 * *' }, 'has 4 fields'],
  ])('refuse %j with what is wrong', async (fields, why) => {
    const { service, mount } = await arrange();
    const body = {
      mountId: mount.mountId,
      database: 'HR',
      name: 'n',
      cron: '0 1 * * *',
      timeZone: 'UTC',
      ...fields,
    };
    const answer = await service.send('addSchedule', { caller: operator, body });

    expect(answer.statusCode).toBe(400);
    expect(answer.body?.detail).toContain(why);
  });
});
