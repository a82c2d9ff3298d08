import { describe, expect, it } from 'vitest';
import { addMillis } from '../../../shared/domain/instant.ts';
import { decideRetention } from '../../../shared/domain/retention/decide-retention.ts';
import { explainDecision } from '../../../shared/domain/retention/explain.ts';
import type { RetentionPoint } from '../../../shared/domain/retention/retention-point.ts';
import { daily, database, days, idOf, instant, point, policy } from './points.ts';

const now = instant('2027-06-01T00:00:00Z');
const long = addMillis(now, -1000 * days);
const withLogs = { now, hadLogs: true };
const bare = { now, hadLogs: false };
const codes = (
  points: readonly RetentionPoint[],
  seq: number,
  ...[rules, circumstances]: [Parameters<typeof decideRetention>[1]?, Parameters<typeof decideRetention>[2]?]
) => {
  const decision = decideRetention(points, rules ?? policy(), circumstances ?? withLogs).get(idOf(seq));
  return decision?.keep ? decision.because.map(({ code }) => code) : decision?.because.code;
};
const logged = (seq: number, fields: Partial<RetentionPoint> = {}) =>
  point(seq, addMillis(long, seq * days), { log: 'read', databases: [database('11')], ...fields });
/** Points that stand behind the ones in question, so that the floor is theirs. */
const newer = [logged(50), logged(51)];

describe('a point', () => {
  it('expires when its time by the service has come, to the millisecond', () => {
    const at = instant('2027-05-01T00:00:00Z');
    const points = [point(1, at), point(2, now)];
    const dueAt = addMillis(at, 31 * days);

    expect(codes(points, 1, policy(), { now: addMillis(dueAt, -1), hadLogs: false })).toEqual(['NOT_DUE']);
    expect(decideRetention(points, policy(), { now: dueAt, hadLogs: false }).get(idOf(1))).toEqual({
      keep: false,
      dueSince: dueAt,
      because: { code: 'EXPIRED', expireOf: 'mount' },
    });
  });

  it('does not expire earlier or later for what the clock of its store says', () => {
    const fresh = point(1, now, { takenAt: instant('1970-01-01T00:00:00Z') });
    const old = point(2, long, { takenAt: instant('2090-01-01T00:00:00Z') });
    const points = [fresh, old, point(3, now)];

    expect(codes(points, 1, policy(), bare)).toEqual(['NOT_DUE']);
    expect(codes(points, 2, policy(), bare)).toBe('EXPIRED');
  });

  it('goes by the expire that it was given, shorter or longer than the policy and its calendar', () => {
    const rules = policy({ expire: '31d', keep: { year: 'never' } });
    const points = [logged(1, { expire: 'never' }), logged(2, { expire: 5 * days }), ...newer];

    expect(codes(points, 1, rules)).toEqual(['NOT_DUE']);
    expect(decideRetention(points, rules, withLogs).get(idOf(2))).toMatchObject({
      keep: false,
      because: { code: 'EXPIRED', expireOf: 'point' },
    });
  });

  it('stays while its log is missing where the mount has logs, and goes where there never were any', () => {
    const points = [
      logged(1, { log: 'missing', databases: [] }),
      logged(2, { log: 'missing', databases: [] }),
      ...newer,
    ];

    expect(codes(points, 1)).toEqual(['LOG_MISSING']);
    expect(codes(points, 1, policy(), bare)).toBe('EXPIRED');
  });

  it.each([
    ['HELD', { holds: ['hld-1'] }],
    ['PINNED', { pins: ['restore:rst-1'] }],
    ['LOCKED', { lockedUntil: addMillis(now, 1) }],
  ] as const)('stays while it is %s, whoever deletes it', (code, fields) => {
    const deletionRequested = { by: 'ann', at: long };

    expect(codes([logged(1, fields), ...newer], 1)).toEqual([code]);
    expect(codes([logged(1, { ...fields, deletionRequested }), ...newer], 1)).toEqual([code]);
    expect(codes([logged(1, fields), ...newer], 1, policy(), { ...withLogs, isRetiring: true })).toEqual([
      code,
    ]);
  });

  it('is free again when its lock has ended', () => {
    expect(codes([logged(1, { lockedUntil: now }), ...newer], 1)).toBe('EXPIRED');
  });

  it('goes when somebody deletes it, though the policy would keep it', () => {
    const points = [
      point(1, now, { log: 'missing', deletionRequested: { by: 'ann', at: now } }),
      ...newer.map((kept) => ({ ...kept, committedAt: now })),
      point(60, now),
    ];

    expect(decideRetention(points, policy(), withLogs).get(idOf(1))).toEqual({
      keep: false,
      dueSince: now,
      because: { code: 'DELETED', by: 'ann' },
    });
  });

  it('has every reason named that there is', () => {
    const point1 = logged(1, { holds: ['hld-1', 'hld-2'], pins: ['clone:c'], expire: 'never' });

    expect(codes([point1], 1)).toEqual(['NOT_DUE', 'HELD', 'PINNED', 'FLOOR']);
  });
});

describe('the floor', () => {
  const kept = (points: readonly RetentionPoint[], floor: number, retiring = false) => {
    const decisions = decideRetention(points, policy({ floor }), { ...withLogs, isRetiring: retiring });
    return points.filter(({ recoveryPointId: id }) => decisions.get(id)?.keep).map(({ seq }) => seq);
  };

  it('keeps the last usable points of a database that stopped backing up years ago', () => {
    const points = [1, 2, 3, 4].map((seq) => logged(seq));

    expect(kept(points, 1)).toEqual([4]);
    expect(kept(points, 3)).toEqual([2, 3, 4]);
  });

  it('is counted for each database by itself', () => {
    const points = [
      logged(1, { databases: [database('11'), database('22')] }),
      logged(2, { databases: [database('11'), database('22', 'no')] }),
      logged(3),
      logged(4),
    ];

    expect(kept(points, 1)).toEqual([1, 4]);
  });

  it('passes over points that are damaged or cannot be restored, as long as there are others', () => {
    const points = [
      logged(1),
      logged(2, { isDamaged: true }),
      logged(3, { databases: [database('11', 'no')] }),
      logged(4, { databases: [database('11', 'unknown')] }),
    ];

    expect(kept(points, 1)).toEqual([1]);
    expect(kept(points, 2)).toEqual([1, 4]);
    expect(kept(points, 3)).toEqual([1, 3, 4]);
    expect(kept(points, 4)).toEqual([1, 2, 3, 4]);
  });

  it('keeps what nobody can say anything of, rather than nothing', () => {
    const points = [1, 2, 3].map((seq) => logged(seq, { databases: [database('11', 'unknown')] }));

    expect(kept(points, 2)).toEqual([2, 3]);
  });

  it('counts points without any database by themselves', () => {
    const points = daily(long, 5);
    const decisions = decideRetention(points, policy({ floor: 2 }), bare);

    expect(points.map(({ recoveryPointId }) => decisions.get(recoveryPointId)?.keep)).toEqual([
      ...[false, false, false, true, true],
    ]);
  });

  it('counts pending points, which can be brought back, and refuses the last ones to whoever deletes them', () => {
    const deletionRequested = { by: 'ann', at: now };
    const points = [logged(1), logged(2, { state: 'pending-deletion', deletionRequested })];

    expect(kept(points, 1)).toEqual([2]);
    expect(kept(points, 2)).toEqual([1, 2]);
  });

  it('is set aside when the mount is retired', () => {
    expect(kept([logged(1), logged(2)], 2, true)).toEqual([]);
  });
});

describe('a point that others need', () => {
  const base = (seq: number, fields: Partial<RetentionPoint> = {}) =>
    logged(seq, { holdsFiles: ['level0'], ...fields });
  const needing = (seq: number, fields: Partial<RetentionPoint> = {}) =>
    logged(seq, { databases: [database('11', 'yes', ['level0'])], ...fields });

  it('stays for as long as one of them lives, and only the newest that has the file', () => {
    const points = [base(1), base(2), needing(3), ...newer];

    expect(codes(points, 1)).toBe('EXPIRED');
    expect(decideRetention(points, policy(), withLogs).get(idOf(2))).toEqual({
      keep: true,
      because: [{ code: 'NEEDED', byPoint: idOf(3), dbid: '11', files: ['level0'] }],
    });
  });

  it('stays beside a newer one that has the file, where that one is damaged', () => {
    const points = [base(1), base(2), base(3, { isDamaged: true }), needing(4), ...newer];

    expect([1, 2, 3].map((seq) => codes(points, seq))).toEqual(['EXPIRED', ['NEEDED'], ['NEEDED']]);
  });

  it('stays for one that is itself about to go, and for one that is pending', () => {
    const dying = needing(3, { expire: days });
    const pending = needing(3, { state: 'pending-deletion' });

    expect(codes([base(1), dying, ...newer], 3)).toBe('EXPIRED');
    expect(codes([base(1), dying, ...newer], 1)).toEqual(['NEEDED']);
    expect(codes([base(1), pending, ...newer], 1)).toEqual(['NEEDED']);
  });

  it('stays against whoever deletes it', () => {
    const deletionRequested = { by: 'ann', at: now };

    expect(codes([base(1, { deletionRequested }), needing(3), ...newer], 1)).toEqual(['NEEDED']);
  });

  it('is protected by a hold on the point that needs it', () => {
    const points = [base(1), needing(3, { holds: ['hld-1'] }), ...newer];

    expect([codes(points, 1), codes(points, 3)]).toEqual([['NEEDED'], ['HELD']]);
  });

  it('goes after those that need it when the mount is retired, and what nobody knows holds nothing back then', () => {
    const retiring = { ...withLogs, isRetiring: true };
    const unknown = { databases: [], needsUnknown: true, holdsFiles: 'unknown', log: 'missing' } as const;
    // Each may need the other.
    const doubtful = [needing(1), logged(2, unknown)];
    const held = [needing(1), logged(2, { ...unknown, holds: ['hld-1'] })];

    expect([
      codes([base(1), needing(2)], 1, policy(), retiring),
      codes([base(1), needing(2)], 2, policy(), retiring),
    ]).toEqual([['NEEDED'], 'DELETED']);
    expect([1, 2].map((seq) => codes(doubtful, seq, policy(), retiring))).toEqual(['DELETED', 'DELETED']);
    expect(codes(doubtful, 1)).toContain('NEEDED');
    expect([1, 2].map((seq) => codes(held, seq, policy(), retiring))).toEqual([['NEEDED'], ['HELD']]);
  });

  it('is not needed by itself, nor for a file that nobody has', () => {
    expect(codes([needing(1, { holdsFiles: ['level0'] }), ...newer], 1)).toBe('EXPIRED');
    expect(codes([logged(1), needing(2), ...newer], 1)).toBe('EXPIRED');
  });
});

it('every reason is explained in a sentence that names what it is about', () => {
  const rules = policy({ expire: '5000d', keep: { month: '9000d' }, floor: 1 });
  const points = [
    logged(1, {
      ...{ holds: ['hld-7'], pins: ['clone:dev'], lockedUntil: addMillis(now, days), log: 'missing' },
      holdsFiles: ['full_1.bkp'],
    }),
    logged(2, { databases: [database('11', 'yes', ['full_1.bkp'])] }),
    logged(3, { databases: [database('22')] }),
    logged(4, { expire: days, databases: [database('11')] }),
    logged(5, { expire: days, deletionRequested: { by: 'ann', at: now } }),
  ];
  const decisions = decideRetention(points, rules, withLogs);
  const why = (seq: number) => {
    const decision = decisions.get(idOf(seq));
    return decision === undefined ? [] : explainDecision(decision, true);
  };

  const first = why(1).join('\n');
  for (const part of [
    'expires on',
    'hold: hld-7',
    'locked until',
    'clone:dev',
    'No log says',
    'full_1.bkp',
  ]) {
    expect(first).toContain(part);
  }
  expect(why(3).join('\n')).toContain('one of the last usable points of database 22');
  expect(why(4)).toEqual([
    expect.stringContaining('expire given for this point), and no rule keeps it longer'),
  ]);
  expect(why(5)).toEqual([expect.stringContaining('one of the last usable points of database 11')]);
  expect(explainDecision({ keep: true, because: [{ code: 'FLOOR' }] }, false).at(-1)).toContain(
    'No RMAN log ever came',
  );
});
