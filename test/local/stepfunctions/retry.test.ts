import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Retrier } from '../../../local/stepfunctions/definition/model.ts';
import { decideRetry, matches } from '../../../local/stepfunctions/interpreter/retry.ts';

const retrier = (fields: Partial<Retrier> = {}): Retrier => ({
  errorEquals: ['States.ALL'],
  intervalSeconds: 1,
  maxAttempts: 3,
  backoffRate: 2,
  jitter: 'NONE',
  ...fields,
});

describe('names in ErrorEquals', () => {
  it.each([
    ['States.ALL', 'PACK_MISSING', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.QueryEvaluationError', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.TaskFailed', 'PACK_MISSING', true],
    ['States.TaskFailed', 'Lambda.Unknown', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.TaskFailed', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.Runtime', 'States.Runtime', false],
    ['States.HeartbeatTimeout', 'States.Timeout', false],
    ['PACK_MISSING', 'PACK_MISSING', true],
    ['PACK_MISSING', 'pack_missing', false],
    ['PACK', 'PACK_MISSING', false],
  ])('%s and a failure called %s: %s', (name, error, expected) => {
    expect(matches([name], { error })).toBe(expected);
  });

  it('match a missed heartbeat by both names', () => {
    const failure = { error: 'States.Timeout', isHeartbeat: true };

    expect(matches(['States.HeartbeatTimeout'], failure)).toBe(true);
    expect(matches(['States.Timeout'], failure)).toBe(true);
  });

  it('match a failure without a name only by States.ALL and States.TaskFailed', () => {
    expect(matches(['States.ALL'], {})).toBe(true);
    expect(matches(['States.TaskFailed'], {})).toBe(true);
    expect(matches(['OTHER'], {})).toBe(false);
  });
});

describe('retries', () => {
  const failure = { error: 'FLAKY' };

  it('grow by BackoffRate from IntervalSeconds and stop after MaxAttempts', () => {
    const retriers = [retrier({ intervalSeconds: 3, backoffRate: 1.5 })];

    const delays = [0, 1, 2, 3].map(
      (used) => decideRetry(retriers, [used], failure, Math.random)?.delayMilliseconds,
    );

    expect(delays).toEqual([3000, 4500, 6750, undefined]);
  });

  it('spread over the whole delay with JitterStrategy FULL', () => {
    const retriers = [retrier({ intervalSeconds: 8, jitter: 'FULL' })];

    expect(decideRetry(retriers, [], failure, () => 0.25)?.delayMilliseconds).toBe(2000);
  });

  it('count for each retrier on its own', () => {
    const retriers = [
      retrier({ errorEquals: ['OTHER'], maxAttempts: 1 }),
      retrier({ errorEquals: ['FLAKY'] }),
    ];

    expect(decideRetry(retriers, [1, 1], failure, Math.random)?.retriesUsed).toEqual([1, 2]);
    expect(decideRetry(retriers, [1, 1], { error: 'OTHER' }, Math.random)).toBeUndefined();
  });

  it('end with the first retrier that names the failure, even if a later one would go on', () => {
    const retriers = [retrier({ errorEquals: ['FLAKY'], maxAttempts: 0 }), retrier()];

    expect(decideRetry(retriers, [], failure, Math.random)).toBeUndefined();
  });

  it('never wait longer than MaxDelaySeconds, and never longer than a year', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.option(fc.integer({ min: 2, max: 1000 }), { nil: undefined }),
        (used, max) => {
          const retriers = [
            retrier({ maxAttempts: 1000, ...(max !== undefined && { maxDelaySeconds: max }) }),
          ];
          const delay = decideRetry(retriers, [used], failure, Math.random)?.delayMilliseconds ?? 0;
          return delay >= 1000 && delay <= (max ?? 31_536_000) * 1000;
        },
      ),
    );
  });
});
