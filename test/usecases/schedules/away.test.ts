import { describe, expect, it } from 'vitest';
import { createWatch } from '../../../functions/watch/handler.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { lambdaContext } from '../../support/http-event.ts';
import { arrange } from './scheduled-agent.ts';

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
