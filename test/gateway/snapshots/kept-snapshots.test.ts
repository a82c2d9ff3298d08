import { describe, expect, test } from 'vitest';
import type { KeptSnapshot } from '../../../gateway/journal/kept-snapshot-records.ts';
import { chooseReleased } from '../../../gateway/snapshots/choose-kept.ts';
import { keepSettings } from '../../../gateway/snapshots/keep-settings.ts';
import { requireKeepable } from '../../../gateway/snapshots/kept-snapshots.ts';
import { readInPlace } from '../../../gateway/snapshots/read-in-place.ts';
import { zfsSnapshots } from '../../../gateway/snapshots/zfs.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const day = 86_400_000;
/** The newest first, by the days since they are kept. */
const kept = (...ages: number[]) =>
  ages.map((age) => ({
    snapshotId: `${age}`,
    keptSince: new Date(now - age * day).toISOString(),
  })) as KeptSnapshot[];

describe('of what is kept for clones', () => {
  test.each([
    ['those beyond the number go', [0, 1, 2], { count: 2, days: 7 }, false, ['2']],
    [
      'those that are too old go, a moment after the time',
      [1, 7, 7.001],
      { count: 9, days: 7 },
      false,
      ['7.001'],
    ],
    ['all go where space is short', [0, 1], { count: 9, days: 7 }, true, ['0', '1']],
    ['all go where none is asked for', [0], { count: 0, days: 7 }, false, ['0']],
    ['those from the future of a clock set back stay', [-30], { count: 1, days: 7 }, false, []],
  ])('%s', (_title, ages, settings, isSpaceShort, released) => {
    const found = chooseReleased(kept(...ages), settings, { nowMillis: now, isSpaceShort });

    expect(found.map(({ snapshotId }) => snapshotId)).toEqual(released);
  });
});

test('nothing is kept unless it is asked for, and asking is refused where no clone could be made', () => {
  expect(keepSettings.parse(undefined)).toEqual({ count: 0, days: 7, minFreePercent: 20 });
  expect(keepSettings.safeParse({ count: 21 }).success).toBe(false);
  const keepSnapshots = keepSettings.parse({ count: 1 });

  const asked = () => requireKeepable({ keepSnapshots }, { kind: 'read-in-place', current: readInPlace });

  expect(asked).toThrow('keepSnapshots.count is 1, but mounts are frozen by read-in-place');
  requireKeepable({ keepSnapshots }, { kind: 'zfs', current: zfsSnapshots });
  requireKeepable({ keepSnapshots: keepSettings.parse({}) }, { kind: 'read-in-place', current: readInPlace });
});
