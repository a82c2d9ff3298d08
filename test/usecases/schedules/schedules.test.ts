import { describe, expect, it } from 'vitest';
import type { BackupRequest } from '../../../shared/domain/backup-request.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { requestIdOf } from '../../../shared/domain/schedule/run-id.ts';
import { abortRequest } from '../../../shared/usecases/requests/abort-request.ts';
import { runSchedules } from '../../../shared/usecases/schedules/run-schedules.ts';
import { Crash } from '../../support/crashing.ts';
import { operator } from '../../support/requesting.ts';
import { arrange } from './scheduled-agent.ts';

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
