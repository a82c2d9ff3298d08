import { describe, expect, it } from 'vitest';
import { limitAt, RateLimit } from '../../../gateway/vault/rate-limit.ts';

const office = { from: '08:00', until: '18:00', bytesPerSecond: 100 };
const night = { from: '22:00', until: '06:00', bytesPerSecond: 9000 };

describe('the limit of what is sent', () => {
  it.each([
    ['2026-06-01T05:59:00Z', 500],
    ['2026-06-01T06:00:00Z', 100],
    ['2026-06-01T15:59:59Z', 100],
    ['2026-06-01T16:00:00Z', 500],
    ['2026-06-01T20:00:00Z', 9000],
    ['2026-06-02T03:59:00Z', 9000],
    ['2026-06-02T04:00:00Z', 500],
  ])('is that of the hour in its time zone (%s)', (at, limit) => {
    const settings = { bytesPerSecond: 500, timeZone: 'Europe/Berlin', schedule: [office, night] };

    expect(limitAt(settings, new Date(at))).toBe(limit);
  });

  it('is none where none is given', () => {
    expect(limitAt({ timeZone: 'UTC', schedule: [] }, new Date())).toBeUndefined();
    expect(
      limitAt({ timeZone: 'UTC', schedule: [office] }, new Date('2026-06-01T07:59:59Z')),
    ).toBeUndefined();
  });

  it('holds for all who send together, and a new one at once', async () => {
    let bytesPerSecond: number | undefined = 200_000;
    const rate = new RateLimit(
      () => ({ bytesPerSecond, timeZone: 'UTC', schedule: [] }),
      () => new Date(),
    );
    const { signal } = new AbortController();
    let waits = 0;
    const send = async () => {
      for (let slice = 0; slice < 5; slice++) await rate.take(10_000, signal, () => waits++);
    };
    const start = performance.now();

    await Promise.all([send(), send()]);

    // The last of 100 kB goes when 90 kB had their time.
    expect(performance.now() - start).toBeGreaterThan(400);
    expect(waits).toBeGreaterThan(0);
    bytesPerSecond = 1;
    await rate.take(10_000_000, signal, () => {
      bytesPerSecond = undefined;
    });
  });

  it('does not hold up an upload that is broken off', async () => {
    const rate = new RateLimit(
      () => ({ bytesPerSecond: 1, timeZone: 'UTC', schedule: [] }),
      () => new Date(),
    );
    const controller = new AbortController();
    await rate.take(1000, controller.signal, () => {});

    const waiting = rate.take(1, controller.signal, () => controller.abort(new Error('the gateway stops')));

    await expect(waiting).rejects.toThrow();
  });
});
