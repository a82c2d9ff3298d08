import { describe, expect, it } from 'vitest';
import { createWatch } from '../../../functions/watch/handler.ts';
import type { BackupRequest } from '../../../shared/domain/backup-request.ts';
import { abortRequest } from '../../../shared/usecases/requests/abort-request.ts';
import { lambdaContext } from '../../support/http-event.ts';
import { operator } from '../../support/requesting.ts';
import { arrange, hour } from './scheduled-agent.ts';

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
