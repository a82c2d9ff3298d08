import { describe, expect, it } from 'vitest';
import { createWatch } from '../../../functions/watch/handler.ts';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import type { BackupRequest } from '../../../shared/domain/backup-request.ts';
import type { StoreId } from '../../../shared/domain/ids.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { requestIdOf } from '../../../shared/domain/schedule/run-id.ts';
import { exportMount } from '../../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { rebuildCatalog } from '../../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { abortRequest } from '../../../shared/usecases/requests/abort-request.ts';
import { lookAtStore } from '../../../shared/usecases/requests/look-at-store.ts';
import {
  addSchedule,
  changeSchedule,
  removeSchedule,
  type ScheduleOrderInput,
} from '../../../shared/usecases/schedules/change-schedule.ts';
import { runSchedules } from '../../../shared/usecases/schedules/run-schedules.ts';
import { Crash } from '../../support/crashing.ts';
import { lambdaContext } from '../../support/http-event.ts';
import { arrangeAgent, operator } from '../../support/requesting.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Alerts are raised of stores that are in use. */
async function activate({ service, caller, mount }: Awaited<ReturnType<typeof arrangeAgent>>) {
  const { storeId } = mount;
  const codeSha256 = 'a'.repeat(64);
  const expiresAt = '2099-01-01T00:00:00.000Z' as Instant;
  await service.catalog.stores.addActivationCode({ codeSha256, storeId, expiresAt });
  const credential = {
    ...{
      credentialId: caller.credentialId as never,
      role: 'store' as const,
      storeId,
      description: 'its token',
    },
    ...{ secretSha256: 'b'.repeat(64), createdAt: service.clock.now() },
  };
  await service.catalog.stores.activate(codeSha256, credential, service.clock.now());
}

/** It is Saturday, 2026-01-31 at 12:00 in UTC; the schedule runs at 22:00. */
async function arrange(fields: Partial<ScheduleOrderInput> = {}) {
  const arranged = await arrangeAgent();
  const { service, mount } = arranged;
  const add = (more: Partial<ScheduleOrderInput> = {}) =>
    addSchedule(service, operator, {
      ...{ mountId: mount.mountId, database: 'SALES', name: 'nightly', cron: '0 22 * * *', timeZone: 'UTC' },
      ...{ enabled: true },
      ...more,
    });
  const failures: unknown[] = [];
  const tick = (tickAt?: Instant) =>
    runSchedules({ ...service, onError: (_, error) => failures.push(error) }, tickAt);
  const until = (text: string) => {
    service.clock.advance(Date.parse(text) - Date.parse(service.clock.now()));
    return arranged.seen();
  };
  const requests = async () => (await service.catalog.requests.list({}, { limit: 50 })).items;
  const schedule = await add(fields);
  await activate(arranged);
  const shown = async (scheduleId = schedule.scheduleId) => {
    const { body } = await service.send('showSchedule', { caller: operator, params: { scheduleId } });
    return body;
  };
  const look = ({ requestId }: BackupRequest) => lookAtStore({ ...service, pollSeconds: 30 }, requestId);
  return { ...arranged, schedule, add, tick, until, requests, shown, failures, look };
}

describe('a schedule that is due', () => {
  it('makes one request of its kind, and the next at its next time', async () => {
    const { service, tick, until, requests, shown, schedule, upload, handOver, commit } = await arrange({
      ...{ order: { level: 1 }, expire: '3w', window: '4h' },
    });
    await until('2026-01-31T21:59:59Z');
    expect(await tick()).toMatchObject({ requested: 0 });
    await until('2026-01-31T22:03:00Z');
    expect(await tick()).toMatchObject({ requested: 1, failed: 0 });
    expect(await tick()).toMatchObject({ requested: 0, waiting: 0 });

    const [request] = await requests();
    expect(request).toMatchObject({
      ...{ kind: 'scheduled', level: 0, askedLevel: 1, expire: '3w', name: 'nightly', state: 'planned' },
      ...{ windowEndsAt: '2026-02-01T02:00:00.000Z', deadline: '2026-02-01T02:00:00.000Z' },
      schedule: { scheduleId: schedule.scheduleId, dueAt: '2026-01-31T22:00:00.000Z' },
      requestedBy: schedule.scheduleId,
    });
    expect(service.workflows.calls.at(-1)).toMatchObject({ kind: 'start-request', name: request?.requestId });
    expect(await shown()).toMatchObject({
      nextAt: '2026-02-01T22:00:00.000Z',
      run: { kind: 'on-time', requestId: request?.requestId },
      lastRequest: { state: 'planned' },
    });

    const full = await commit(await upload(await handOver(request as BackupRequest)));
    await until('2026-02-01T22:00:00Z');
    await tick();
    expect(full).toMatchObject({ expire: '3w', request: { level: 0, name: 'nightly' } });
    expect((await requests())[0]).toMatchObject({ level: 1, parentId: full.recoveryPointId });
  });

  it('makes one request of any number of ticks at once, and of ticks cut off anywhere', async () => {
    const { service, tick, until, requests, schedule } = await arrange();
    await until('2026-01-31T22:00:00Z');
    const { workflows, catalog } = service;
    const crash = (name: string) => () => Promise.reject(new Crash(name));
    const cut = [
      { ...service, workflows: { ...workflows, startRequest: crash('startRequest') } },
      { ...service, catalog: { ...catalog, schedules: { ...catalog.schedules, note: crash('note') } } },
    ];
    for (const broken of cut) {
      const outcome = await runSchedules({
        ...broken,
        onError: (_, error) => expect(error).toBeInstanceOf(Crash),
      });
      expect(outcome).toMatchObject({ failed: 1 });
    }
    await Promise.all(Array.from({ length: 5 }, () => tick()));

    const made = await requests();
    expect(made.map(({ requestId }) => requestId)).toEqual([
      requestIdOf(schedule, {
        dueAt: '2026-01-31T22:00:00.000Z' as Instant,
        kind: 'on-time',
        windowEndsAt: '' as Instant,
      }),
    ]);
    expect(service.workflows.calls.filter(({ kind }) => kind === 'start-request')).toHaveLength(1);
  });

  it('waits while another request of the database runs, says so, and follows it within its window', async () => {
    const { service, tick, until, request, requests, shown } = await arrange();
    await until('2026-01-31T21:58:00Z');
    const running = await request();
    await until('2026-01-31T22:01:00Z');

    expect(await tick()).toMatchObject({ requested: 0, waiting: 1 });
    expect(await tick()).toMatchObject({ requested: 0, waiting: 1 });
    expect(await shown()).toMatchObject({
      waiting: { dueAt: '2026-01-31T22:00:00.000Z', reason: expect.stringContaining(running.requestId) },
    });
    await abortRequest(service, operator, running.requestId);
    await until('2026-01-31T23:00:00Z');
    expect(await tick()).toMatchObject({ requested: 1 });
    expect(await requests()).toHaveLength(2);
    expect(await shown()).not.toHaveProperty('waiting');
  });

  it('of one database comes after a fuller one, and archived logs after both', async () => {
    const { add, tick, until, requests } = await arrange({
      name: 'logs first',
      enabled: false,
      content: 'archived-logs',
    });
    await add({ name: 'daily', order: { incremental: true } });
    await add({ name: 'weekly', cron: '0 22 * * SAT' });
    await add({ name: 'logs', content: 'archived-logs', cron: '0 */6 * * *' });
    await add({ name: 'of another', database: 'HR' });
    await until('2026-01-31T22:00:00Z');

    expect(await tick()).toMatchObject({ requested: 2, waiting: 2 });
    expect((await requests()).map(({ name }) => name).sort()).toEqual(['of another', 'weekly']);
  });

  it('that nobody carries out within its window and its catch-up is missed, with the reason', async () => {
    const { service, mount, tick, until, shown, requests } = await arrange({ window: '1h', catchUp: 'skip' });
    const { storeId } = mount;
    await until('2026-01-31T22:00:00Z');
    await service.catalog.agents.note(storeId, [], service.clock.now());
    expect(await tick()).toMatchObject({ waiting: 1 });
    await until('2026-01-31T23:00:00Z');

    expect(await tick()).toMatchObject({ missed: 1 });
    expect(await shown()).toMatchObject({
      missed: {
        dueAt: '2026-01-31T22:00:00.000Z',
        reason: expect.stringContaining('DATABASE_NOT_CONFIGURED'),
      },
      nextAt: '2026-02-01T22:00:00.000Z',
    });
    expect(await requests()).toEqual([]);
  });
});

describe('a service that was away', () => {
  it.each([
    ['for a night, catches up once', '2026-02-01T09:00:00Z', {}, 'late', '2026-01-31T22:00:00.000Z'],
    ['within the window, is on time', '2026-02-01T03:00:00Z', {}, 'on-time', '2026-01-31T22:00:00.000Z'],
    [
      'for many days, makes the last time alone',
      '2026-02-20T21:00:00Z',
      {},
      'late',
      '2026-02-19T22:00:00.000Z',
    ],
    ['for ten years, makes one request', '2036-01-31T22:10:00Z', {}, 'on-time', '2036-01-31T22:00:00.000Z'],
  ] as const)('%s', async (_, back, fields, kind, dueAt) => {
    const { tick, until, requests, shown } = await arrange(fields);
    await until(back);

    expect(await tick()).toMatchObject({ requested: 1 });
    expect(await tick()).toMatchObject({ requested: 0 });
    expect(await requests()).toHaveLength(1);
    expect(await shown()).toMatchObject({ run: { kind, dueAt } });
  });

  it.each([
    ['and skips', '2026-02-01T09:00:00Z', { catchUp: 'skip' }],
    ['for longer than it catches up', '2026-02-01T21:00:00Z', { catchUp: '12h' }],
  ])('%s misses what was due', async (_, back, fields) => {
    const { tick, until, requests, shown } = await arrange(fields);
    await until(back);

    expect(await tick()).toMatchObject({ requested: 0, missed: 1 });
    expect(await requests()).toEqual([]);
    expect(await shown()).toMatchObject({
      missed: { reason: 'the service was away' },
      nextAt: '2026-02-01T22:00:00.000Z',
    });
  });

  it('catches nothing up within a blackout, and ends a window where one begins', async () => {
    const { tick, until, shown } = await arrange({
      blackouts: [{ kind: 'weekly', from: '06:00', to: '20:00' }],
      ...{ window: '1h', catchUp: '2d' },
    });
    await until('2026-02-01T09:00:00Z');
    expect(await tick()).toMatchObject({ requested: 0, missed: 0 });
    await until('2026-02-01T20:00:00Z');

    expect(await tick()).toMatchObject({ requested: 1 });
    expect(await shown()).toMatchObject({ run: { kind: 'late', windowEndsAt: '2026-02-02T06:00:00.000Z' } });
  });

  it('does nothing while its clock and that of the tick differ, and goes on as if nothing had been', async () => {
    const { service, tick, until, requests } = await arrange();
    const sentAt = service.clock.now();
    await until('2036-01-31T22:10:00Z');
    await expect(tick(sentAt)).rejects.toMatchObject({ code: 'CLOCK_SKEWED' });

    await until('2026-01-31T22:05:00Z');
    expect(await tick('2026-01-31T22:04:00.000Z' as Instant)).toMatchObject({ requested: 1 });
    expect(await requests()).toHaveLength(1);
  });

  it('is told by the watch, which goes on with everything else', async () => {
    const { service, until } = await arrange();
    await until('2026-01-31T22:05:00Z');
    const measured: Record<string, number>[] = [];
    const telemetry = {
      ...service.telemetry,
      measure: (values: object) => void measured.push({ ...values }),
    };
    const watch = createWatch({ ...service, telemetry });
    const run = (event: object) => watch(event as never, lambdaContext as never);

    await run({ time: '2016-01-31T22:00:00Z' });
    await run({ time: '2026-01-31T22:05:00Z' });

    expect(measured).toMatchObject([
      { WatchRuns: 1, SchedulesNotRun: 1, ScheduledRequests: 0 },
      { WatchRuns: 1, SchedulesNotRun: 0, ScheduledRequests: 1 },
    ]);
  });
});

describe('a scheduled backup whose agent is down', () => {
  it('waits with its deadline shown, fails when its window has ended, and is caught up once the store is back', async () => {
    const { service, seen, tick, requests, shown, look } = await arrange({ window: '2h' });
    service.clock.advance(10 * hour);
    await tick();
    const [first] = await requests();
    expect(await look(first as BackupRequest)).toMatchObject({ next: 'wait' });
    expect(await shown()).toMatchObject({
      lastRequest: { state: 'waiting', deadline: '2026-02-01T00:00:00.000Z' },
    });
    expect(await tick()).toMatchObject({ requested: 0 });

    service.clock.advance(2 * hour);
    expect(await look(first as BackupRequest)).toEqual({ next: 'end' });
    expect(await shown()).toMatchObject({
      lastRequest: { state: 'failed', reason: expect.stringMatching(/STORE_SILENT.*the window ended at/) },
    });
    service.clock.advance(5 * hour);
    expect(await tick()).toMatchObject({ requested: 0 });
    await seen();
    expect(await tick()).toMatchObject({ requested: 1 });
    expect(await tick()).toMatchObject({ requested: 0 });
    expect(await shown()).toMatchObject({
      run: { kind: 'late', dueAt: '2026-01-31T22:00:00.000Z', windowEndsAt: '2026-02-01T22:00:00.000Z' },
      nextAt: '2026-02-01T22:00:00.000Z',
      lastRequest: { state: 'planned', kind: 'scheduled' },
    });
  });

  it('that is caught up mends the alert of all that failed before, also of what was requested in between', async () => {
    const { service, seen, tick, requests, look, request, upload, handOver, commit, find } = await arrange({
      window: '2h',
    });
    const watch = () => createWatch(service)({} as never, lambdaContext as never);
    const failed = async () =>
      (await service.catalog.alerts.list({ state: 'open' }, { limit: 9 })).items.filter(
        ({ kind }) => kind === 'backup-failed',
      ).length;
    service.clock.advance(10 * hour);
    await tick();
    service.clock.advance(2 * hour);
    await look((await requests())[0] as BackupRequest);
    const manual = await request();
    await look(manual);
    expect((await find(manual)).state).toBe('failed');
    await watch();
    expect(await failed()).toBe(1);

    service.clock.advance(hour);
    await seen();
    await tick();
    const late = (await requests()).find(({ state }) => state === 'planned');
    await commit(await upload(await handOver(late as BackupRequest)));
    await watch();

    expect(await failed()).toBe(0);
  });

  it('is not made again when the store took it and failed, nor when somebody aborted it', async () => {
    const { service, until, tick, requests, handOver, find } = await arrange({ window: '2h' });
    await until('2026-01-31T22:00:00Z');
    await tick();
    const [request] = (await requests()) as [BackupRequest];
    await handOver(request);
    await abortRequest(service, operator, request.requestId);
    await until('2026-02-01T01:00:00Z');

    expect(await tick()).toMatchObject({ requested: 0 });
    expect((await find(request)).state).toBe('aborted');
    expect(await requests()).toHaveLength(1);
  });

  it('is told of once, as the failure of its request, until a later one is completed', async () => {
    const { service, tick, requests, look, until, commit, upload, handOver } = await arrange({
      window: '2h',
      catchUp: 'skip',
    });
    const watch = createWatch({ ...service });
    const run = () => watch({} as never, lambdaContext as never);
    service.clock.advance(10 * hour);
    await tick();
    service.clock.advance(2 * hour);
    await look((await requests())[0] as BackupRequest);
    for (let each = 0; each < 3; each++) await run();
    const told = () =>
      service.events.published.flatMap((event) =>
        'alert' in event && event.alert.kind === 'backup-failed' ? [event.type] : [],
      );

    expect(told()).toEqual(['Alert Raised']);
    await until('2026-02-01T22:00:00Z');
    await tick();
    await commit(await upload(await handOver((await requests())[0] as BackupRequest)));
    await run();
    expect(told()).toEqual(['Alert Raised', 'Alert Closed']);
  });
});

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
