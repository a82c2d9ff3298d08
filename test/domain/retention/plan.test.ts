import { describe, expect, it } from 'vitest';
import type { MountId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import { hashPlan, planRetention } from '../../../shared/domain/retention/plan.ts';
import { daily, days, idOf, instant, point, policy } from './points.ts';

const mount = { mountId: 'mnt-01J00000000000000000000000' as MountId, epoch: 1, lineVersion: 7 };
const now = instant('2027-06-01T00:00:00Z');
const circumstances = { now, hadLogs: false };
const old = (count: number) => daily(addMillis(now, -500 * days), count);
const plan = (points = old(8), alreadyExpired = 0, settings = {}) =>
  planRetention({ mount, points, policy: policy(settings), circumstances, alreadyExpired });

describe('a retention plan', () => {
  it('names each point that is to go, the oldest first, with the line that it was made for', () => {
    const made = plan(old(3), 0, { maxExpiredPercentPerDay: 100 });

    expect(made).toMatchObject({ ...mount, madeAt: now, bringBack: [] });
    expect(made.expire.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(made.stopped).toBeUndefined();
  });

  it('leaves out what is pending already', () => {
    const [first, ...rest] = old(3);
    const points = first ? [{ ...first, state: 'pending-deletion' as const }, ...rest] : [];

    expect(plan(points).expire.map(({ seq }) => seq)).toEqual([2]);
  });

  it('brings back what the policy let go and would keep today, but nothing that somebody deleted', () => {
    const points = [
      point(1, now, { state: 'pending-deletion' }),
      point(2, now, { state: 'pending-deletion', deletionRequested: { by: 'ann', at: now } }),
      point(3, now),
    ];

    expect(plan(points).bringBack).toEqual([idOf(1)]);
  });

  it('stops when it would expire more than the share of a day, and says how much that was', () => {
    expect(plan(old(8)).stopped).toEqual({
      code: 'SHARE_EXCEEDED',
      wouldExpire: 7,
      alreadyExpired: 0,
      allowed: 2,
    });
    expect(plan(old(8), 0, { maxExpiredPercentPerDay: 88 }).stopped).toBeUndefined();
  });

  it('counts what expired in the last day', () => {
    const steady = [point(1, addMillis(now, -500 * days)), ...[2, 3, 4].map((seq) => point(seq, now))];

    expect(plan(steady, 0).stopped).toBeUndefined();
    expect(plan(steady, 1).stopped).toMatchObject({ wouldExpire: 1, alreadyExpired: 1, allowed: 0 });
  });

  it('may always let one point a day go, however small the mount is', () => {
    expect(plan(old(2), 0, { maxExpiredPercentPerDay: 1 }).stopped).toBeUndefined();
  });

  it('has a hash that survives storing it, and changes with anything in it', () => {
    const made = plan();
    const { expire } = made;

    expect(hashPlan(JSON.parse(JSON.stringify(made)))).toBe(hashPlan(made));
    expect(hashPlan({ ...made, expire: expire.slice(1) })).not.toBe(hashPlan(made));
    expect(hashPlan({ ...made, lineVersion: 8 })).not.toBe(hashPlan(made));
  });
});
