import { describe, expect, it } from 'vitest';
import type { HoldId, MountId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import { decideRetention } from '../../../shared/domain/retention/decide-retention.ts';
import { type Hold, type HoldTarget, isHeldBy } from '../../../shared/domain/retention/hold.ts';
import { dueShardOf, dueShards, neverDue, nextDueAt } from '../../../shared/domain/retention/next-due.ts';
import { allowedExpiries, countExpiry, countRecent } from '../../../shared/domain/retention/share.ts';
import { database, days, idOf, instant, point, policy } from './points.ts';

const now = instant('2027-06-01T10:30:00Z');
const hour = 3_600_000;
const mountId = 'mnt-01J00000000000000000000000' as MountId;

describe('a hold', () => {
  const holds = (target: HoldTarget, dbids: readonly string[] | 'unknown' = ['11'], skew = 0) => {
    const hold: Hold = {
      ...{ holdId: 'hld-1' as HoldId, target, reason: 'r', placedBy: 'ann', placedAt: now },
    };
    const of = { recoveryPointId: idOf(1), mountId, committedAt: now, takenAt: addMillis(now, skew) };
    return isHeldBy(hold, of, dbids);
  };
  const other = 'mnt-01J00000000000000000000001' as MountId;

  it.each<[boolean, HoldTarget]>([
    [true, { kind: 'point', recoveryPointId: idOf(1), mountId }],
    [false, { kind: 'point', recoveryPointId: idOf(2), mountId }],
    [true, { kind: 'mount', mountId }],
    [false, { kind: 'mount', mountId: other }],
    [true, { kind: 'mount', mountId, from: now }],
    [false, { kind: 'mount', mountId, before: now }],
    [true, { kind: 'mount', mountId, before: addMillis(now, 1) }],
    [false, { kind: 'mount', mountId, from: addMillis(now, 1) }],
    [true, { kind: 'database', databaseId: '11' }],
    [false, { kind: 'database', databaseId: '22' }],
    [false, { kind: 'database', databaseId: '11', before: now }],
  ])('is %s on a point for %o', (expected, target) => {
    expect(holds(target)).toBe(expected);
  });

  it('on a database holds what may be of it, where nobody knows', () => {
    expect(holds({ kind: 'database', databaseId: '22' }, 'unknown')).toBe(true);
  });

  it('on a time span holds by either clock', () => {
    expect(holds({ kind: 'mount', mountId, before: addMillis(now, -days) }, [], -2 * days)).toBe(true);
    expect(holds({ kind: 'mount', mountId, from: addMillis(now, -hour) }, [], -2 * days)).toBe(true);
  });
});

describe('the share of a day', () => {
  it('counts by hours and forgets what is older than a day', () => {
    const counts = [0, 0, 1, 24].reduce<ReturnType<typeof countExpiry>>(
      (so, hours) => countExpiry(so, addMillis(now, hours * hour)),
      [],
    );

    expect(countRecent(counts, addMillis(now, 24 * hour))).toBe(4);
    expect(countRecent(counts, addMillis(now, 25 * hour))).toBe(2);
    expect(countRecent(counts, addMillis(now, 50 * hour))).toBe(0);
    expect(countExpiry(counts, addMillis(now, 100 * hour))).toHaveLength(1);
  });

  it('is one of what was there when the day began, so that it does not grow as points go', () => {
    const quarter = policy({ maxExpiredPercentPerDay: 25 });
    let available = 100;
    let expired = 0;
    while (expired < allowedExpiries(quarter, available, expired)) {
      available--;
      expired++;
    }

    expect(expired).toBe(25);
  });
});

describe('a mount is due next', () => {
  const dueOf = (points: ReturnType<typeof point>[], reclaim: Record<string, string> = {}) => {
    const decisions = decideRetention(points, policy({ expire: '10d' }), { now, hadLogs: false });
    const waiting = points.map(({ recoveryPointId }) => {
      const at = reclaim[recoveryPointId];
      return { recoveryPointId, ...(at !== undefined && { reclaimAfter: instant(at) }) };
    });
    return nextDueAt(waiting, decisions, now);
  };

  it('when its next point expires', () => {
    expect(dueOf([point(1, addMillis(now, -days)), point(2, now)])).toBe(addMillis(now, 9 * days));
  });

  it('never, when nothing of it ever expires', () => {
    expect(dueOf([point(1, now, { expire: 'never' })])).toBe(neverDue);
    expect(dueOf([])).toBe(neverDue);
  });

  it('a day later for what is kept without a date', () => {
    expect(dueOf([point(1, addMillis(now, -50 * days))])).toBe(addMillis(now, days));
  });

  it('when the undo window of a pending one ends', () => {
    const points = [
      point(1, addMillis(now, -50 * days), { state: 'pending-deletion' }),
      point(2, addMillis(now, -days)),
      point(3, now),
    ];

    expect(dueOf(points, { [idOf(1)]: '2027-06-03T00:00:00Z' })).toBe(instant('2027-06-03T00:00:00Z'));
  });

  it('in one of the parts of the index, which are all used', () => {
    const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const shards = [...digits].map((digit) => dueShardOf(`mnt-01J0000000000000000000000${digit}` as MountId));

    expect(new Set(shards).size).toBe(dueShards);
    expect(Math.max(...shards)).toBe(dueShards - 1);
  });
});

describe('where nobody knows what a point is built on', () => {
  const long = addMillis(now, -1000 * days);
  const logged = (seq: number, fields: Parameters<typeof point>[2] = {}) =>
    point(seq, addMillis(long, seq * days), { log: 'read', databases: [database('11')], ...fields });
  const newer = [logged(50), logged(51)];
  const codes = (points: ReturnType<typeof point>[], elsewhere: ReturnType<typeof point>[] = []) => {
    const decisions = decideRetention(points, policy(), { now, hadLogs: true, elsewhere });
    return points.map(({ recoveryPointId }) => {
      const decision = decisions.get(recoveryPointId);
      return decision?.keep ? decision.because.map(({ code }) => code).join() : decision?.because.code;
    });
  };
  const unknown = [{ ...database('11'), needsUnknown: true as const }];

  it('every earlier point of its database stays, and no later one', () => {
    const points = [logged(1), logged(2, { databases: [database('22')] }), logged(3, { databases: unknown })];

    expect(codes([...points, logged(4), ...newer]).slice(0, 4)).toEqual([
      ...['NEEDED', 'FLOOR', 'EXPIRED', 'EXPIRED'],
    ]);
  });

  it('everything earlier stays, when nobody knows its databases either', () => {
    expect(
      codes([logged(1), logged(2, { needsUnknown: true, databases: [] }), ...newer]).slice(0, 1),
    ).toEqual(['NEEDED']);
  });

  it('who may hold a lacking file stays beside who is known to', () => {
    const points = [
      logged(1, { holdsFiles: 'unknown' }),
      logged(2, { holdsFiles: ['f'] }),
      logged(3),
      logged(4, { databases: [database('11', 'yes', ['f'])] }),
    ];

    expect(codes([...points, ...newer]).slice(0, 4)).toEqual(['NEEDED', 'NEEDED', 'EXPIRED', 'EXPIRED']);
  });

  it('what a point of another mount lacks stays here, and what came before one that nobody understands', () => {
    const lacking = logged(9, { databases: [database('11', 'yes', ['f'])] });
    const unclear = logged(2, { recoveryPointId: idOf(70), databases: unknown });
    const points = [logged(1), logged(2, { holdsFiles: ['f'] }), logged(3), ...newer];

    expect(codes(points, [lacking]).slice(0, 3)).toEqual(['EXPIRED', 'NEEDED', 'EXPIRED']);
    expect(codes(points, [unclear]).slice(0, 3)).toEqual(['NEEDED', 'NEEDED', 'EXPIRED']);
  });

  it('a database on too many mounts keeps its points', () => {
    const databases = [{ ...database('11'), tooManyMounts: 51 }];

    expect(codes([logged(1, { databases }), ...newer]).slice(0, 1)).toEqual(['SPREAD']);
  });
});
