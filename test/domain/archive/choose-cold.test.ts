import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveClass } from '../../../shared/domain/archive/archive-class.ts';
import { breakEvenDays, thawUsd } from '../../../shared/domain/archive/archive-price.ts';
import {
  mayGoCold,
  PackReferences,
  type ReferringPoint,
} from '../../../shared/domain/archive/choose-cold.ts';
import { addMillis, toInstant } from '../../../shared/domain/instant.ts';

const now = toInstant(Date.UTC(2026, 5, 1));
const days = (count: number) => addMillis(now, count * 86_400_000);
const rule = { now, storageClass: 'GLACIER', coldAfterDays: 90, region: 'us-east-1' } as const;
const pack = { key: 'p', sizeBytes: 32 * 2 ** 20, storedAt: days(-100), storageClass: 'STANDARD' };
const old: ReferringPoint = {
  ...{ seq: 3, state: 'available', isHead: false, pins: [], expiresAt: 'never' },
};

const judge = (points: readonly ReferringPoint[], fields: Partial<typeof pack> = {}) => {
  const references = new PackReferences(now);
  for (const point of points) references.note(point, 'p');
  return mayGoCold({ ...pack, ...fields }, references, rule);
};

describe('a pack', () => {
  it('may go cold when it is old and only points that nobody uses need it', () => {
    expect(judge([old, { ...old, seq: 5 }])).toEqual({ seq: 5 });
  });

  it.each<[string, readonly ReferringPoint[], Partial<typeof pack>?]>([
    ['the head needs', [old, { ...old, isHead: true }]],
    ['an open upload, a restore or a clone needs', [{ ...old, pins: ['restore:1'] }, old]],
    ['no live point needs: it goes with the reclaim', []],
    ['only points on their way out need', [{ ...old, state: 'pending-deletion' }]],
    ['is gone before the move has paid', [{ ...old, expiresAt: days(10) }]],
    ['is too young', [old], { storedAt: days(-89) }],
    ['lies in an archive already', [old], { storageClass: 'DEEP_ARCHIVE' }],
    ['is too small for a rule', [old], { sizeBytes: 100_000 }],
  ])('stays when it is one that %s', (_, points, fields) => {
    expect(judge(points, fields)).toBeUndefined();
  });

  it('goes where its last point is kept for long, or longer than its expire said', () => {
    expect(
      judge([
        { ...old, expiresAt: days(10) },
        { ...old, expiresAt: days(40) },
      ]),
    ).toEqual({ seq: 3 });
    expect(judge([{ ...old, expiresAt: days(-1) }])).toEqual({ seq: 3 });
  });
});

/** A line by its rule: a point names own packs and any of its parent's. */
const lines = fc
  .array(
    fc.record({ inherits: fc.nat(255), pinned: fc.boolean(), ageDays: fc.nat(400), pending: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
  )
  .map((steps) => {
    let parent: string[] = [];
    return steps.map(({ inherits, ...step }, index) => {
      const packs = [...parent.filter((_, place) => ((inherits >> place) & 1) === 1), `own-${index}`];
      parent = packs;
      return { ...step, packs, seq: index + 1 };
    });
  });

describe('whatever the line', () => {
  it('nothing that the head or a pinned point needs is moved, nor anything that a later head could name', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const references = new PackReferences(now);
        const points = line.map(({ seq, pinned, pending }) => ({
          ...old,
          ...{ seq, isHead: seq === line.length, pins: pinned ? ['clone:1'] : [] },
          ...(pending && { state: 'pending-deletion' as const }),
        }));
        points.forEach((point, index) => {
          for (const key of line[index]?.packs ?? []) references.note(point, key);
        });
        const moved = line.flatMap(({ ageDays, seq }) => {
          const one = { ...pack, key: `own-${seq - 1}`, storedAt: days(-ageDays) };
          const judged = mayGoCold(one, references, rule);
          return judged ? [{ key: one.key, through: judged.seq }] : [];
        });

        const used = new Set(line.filter(({ pinned }) => pinned).flatMap(({ packs }) => packs));
        const head = new Set(line.at(-1)?.packs);
        for (const { key, through } of moved) {
          expect(used.has(key) || head.has(key)).toBe(false);
          // Behind that place no point names it: what is committed later descends from there.
          for (const { packs } of line.slice(through)) expect(packs).not.toContain(key);
        }
      }),
    );
  });
});

describe('prices', () => {
  it.each<[ArchiveClass, number, number]>([
    ['GLACIER', 14, 16],
    ['DEEP_ARCHIVE', 9, 11],
    ['GLACIER_IR', 15, 17],
  ])('a pack of 32 MiB pays in %s after about two weeks', (storageClass, from, to) => {
    const found = breakEvenDays('us-east-1', storageClass, 32 * 2 ** 20);

    expect(found).toBeGreaterThan(from);
    expect(found).toBeLessThan(to);
  });

  it('a small pack hardly ever pays: the transition is by the object', () => {
    expect(breakEvenDays('us-east-1', 'DEEP_ARCHIVE', 128 * 2 ** 10)).toBeGreaterThan(365);
  });

  it('of a thaw are retrieval, requests and the copies in Standard', () => {
    const frozen = [{ storageClass: 'GLACIER', packs: 31_250, bytes: 1e12 }] as const;

    expect(thawUsd('us-east-1', frozen, { tier: 'Standard', days: 3 })).toBeCloseTo(10 + 1.5625 + 2.3, 3);
    expect(thawUsd('us-east-1', frozen, { tier: 'Bulk', days: 3 })).toBeCloseTo(2.3, 3);
    expect(thawUsd('us-east-1', frozen, { tier: 'Expedited', days: 3 })).toBeCloseTo(30 + 312.5 + 2.3, 3);
  });

  it('of a deep archive’s expedited thaw are those of Standard, which it has', () => {
    const frozen = [{ storageClass: 'DEEP_ARCHIVE', packs: 10, bytes: 1e9 }] as const;

    expect(thawUsd('us-east-1', frozen, { tier: 'Expedited', days: 3 })).toBe(
      thawUsd('us-east-1', frozen, { tier: 'Standard', days: 3 }),
    );
  });

  it('of regions that are not known are the highest ones', () => {
    const frozen = [{ storageClass: 'GLACIER', packs: 10, bytes: 1e9 }] as const;
    const price = (region: string) => thawUsd(region, frozen, { tier: 'Standard', days: 3 });

    expect(price('mars-north-1')).toBe(price('eu-central-1'));
    expect(price('mars-north-1')).toBeGreaterThan(price('us-east-1'));
  });
});
