import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addMillis, type Instant } from '../../../shared/domain/instant.ts';
import { decideRetention } from '../../../shared/domain/retention/decide-retention.ts';
import type { RetentionPoint } from '../../../shared/domain/retention/retention-point.ts';
import { database, days, instant, point, policy } from './points.ts';

const now = instant('2027-06-01T00:00:00Z');
const ago = (age: number): Instant => addMillis(now, -age * days);

const recoverable = fc.constantFrom('yes', 'no', 'unknown' as const);
const files = fc.subarray(['a', 'b', 'c']);
const fields = fc.record({
  age: fc.integer({ min: 0, max: 800 }),
  skew: fc.integer({ min: -4000, max: 4000 }),
  isDamaged: fc.boolean(),
  log: fc.constantFrom('read', 'missing' as const),
  state: fc.constantFrom('available', 'pending-deletion' as const),
  isDeleted: fc.boolean(),
  expire: fc.option(fc.constantFrom('never' as const, 5 * days, 400 * days), { nil: undefined }),
  databases: fc.uniqueArray(
    fc.record({ dbid: fc.constantFrom('11', '22'), recoverable, lacksFiles: files }),
    {
      selector: ({ dbid }) => dbid,
    },
  ),
  holdsFiles: files,
  isHeld: fc.boolean(),
});
const mounts = fc.array(fields, { maxLength: 14 }).map((all) =>
  all
    .sort((a, b) => b.age - a.age)
    .map(({ age, skew, isDeleted, expire, isHeld, databases, ...rest }, index) =>
      point(index + 1, ago(age), {
        ...rest,
        takenAt: ago(age + skew),
        databases: databases.map((one) => database(one.dbid, one.recoverable, one.lacksFiles)),
        holds: isHeld ? ['hld-1'] : [],
        ...(expire !== undefined && { expire }),
        ...(isDeleted && { deletionRequested: { by: 'ann', at: now } }),
      }),
    ),
);
const policies = fc
  .record({
    expire: fc.constantFrom('1d', '31d', 'never'),
    floor: fc.integer({ min: 1, max: 3 }),
    month: fc.constantFrom('186d', 'never', undefined),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia'),
  })
  .map(({ month, ...settings }) => policy({ ...settings, keep: month === undefined ? {} : { month } }));
const circumstances = fc.record({ now: fc.constant(now), hadLogs: fc.boolean() });

/** What is left when everything that may go has gone, and was reclaimed. */
const kept = (
  points: readonly RetentionPoint[],
  ...rest: [ReturnType<typeof policy>, { now: Instant; hadLogs: boolean }]
) => {
  const decisions = decideRetention(points, ...rest);
  return points.filter(({ recoveryPointId: id }) => decisions.get(id)?.keep);
};

it('decides on every point, whatever comes, without changing anything and whatever the order', () => {
  fc.assert(
    fc.property(mounts, policies, circumstances, (points, rules, when) => {
      const before = JSON.stringify(points);
      const decisions = decideRetention(points, rules, when);
      const turned = decideRetention(points.toReversed(), rules, when);

      expect(decisions.size).toBe(points.length);
      expect(JSON.stringify(points)).toBe(before);
      for (const [id, { keep }] of decisions) expect(turned.get(id)?.keep).toBe(keep);
    }),
  );
});

it('leaves each database so many of its usable points as the floor says, or all that there are', () => {
  fc.assert(
    fc.property(mounts, policies, circumstances, (points, rules, when) => {
      const left = kept(points, rules, when);
      for (const dbid of ['11', '22']) {
        const usable = (from: readonly RetentionPoint[]) =>
          from.filter(
            ({ databases, isDamaged }) =>
              !isDamaged && databases.some((one) => one.dbid === dbid && one.recoverable === 'yes'),
          );
        const newest = usable(points).slice(-rules.floor);
        expect(left).toEqual(expect.arrayContaining(newest));
        const having = (from: readonly RetentionPoint[]) =>
          from.filter(({ databases }) => databases.some((one) => one.dbid === dbid)).length;
        expect(having(left)).toBeGreaterThanOrEqual(Math.min(rules.floor, having(points)));
      }
    }),
  );
});

it('never lets go what is held, nor a file that a live point lacks while any live point has it', () => {
  fc.assert(
    fc.property(mounts, policies, circumstances, (points, rules, when) => {
      const left = kept(points, rules, when);
      expect(points.filter(({ holds }) => holds.length > 0).every((held) => left.includes(held))).toBe(true);
      for (const { databases, holdsFiles } of points) {
        for (const file of databases.flatMap(({ lacksFiles }) => lacksFiles)) {
          if (holdsFiles.includes(file)) continue;
          const has = (one: RetentionPoint) => one.holdsFiles.includes(file);
          expect(left.some(has)).toBe(points.some(has));
        }
      }
    }),
  );
});

it('keeps by the calendar nothing less than a plain reading of the rule would', () => {
  fc.assert(
    fc.property(mounts, policies, circumstances, (points, rules, when) => {
      const left = kept(points, rules, when);
      const [month] = rules.keep;
      if (month === undefined) return;
      const plain = points.filter((one) => !one.expire && !one.deletionRequested && !one.isDamaged);
      const lasts = new Map(plain.map((one) => [one.committedAt.slice(0, 7), one]));
      for (const last of rules.timeZone === 'UTC' ? lasts.values() : []) {
        const ends = month.stays === 'never' ? undefined : addMillis(last.committedAt, month.stays);
        if (ends === undefined || ends > now) expect(left).toContain(last);
      }
    }),
  );
});

it('a later look never finds a reason to let go earlier: what is due stays due', () => {
  fc.assert(
    fc.property(mounts, policies, fc.integer({ min: 1, max: 400 }), (points, rules, later) => {
      const at = (time: Instant) => decideRetention(points, rules, { now: time, hadLogs: true });
      const [today, then] = [at(now), at(addMillis(now, later * days))];
      for (const [id, { keep }] of then) if (keep) expect(today.get(id)?.keep).toBe(true);
    }),
  );
});
