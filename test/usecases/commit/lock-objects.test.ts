import { describe, expect, it } from 'vitest';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { lockedUntil } from '../../../shared/domain/lock.ts';
import { uploadPrefix } from '../../../shared/domain/vault/keys.ts';
import { compareLocks } from '../../../shared/usecases/commit/compare-locks.ts';
import { lockObjects } from '../../../shared/usecases/commit/lock-objects.ts';
import { present } from '../../adapters/support/line.ts';
import { at } from '../../adapters/support/rows.ts';
import { ReclaimLine } from '../reclaim/reclaim-line.ts';

const day = 86_400_000;
const lock = { mode: 'compliance', days: 40 } as const;

async function arrange() {
  const line = await ReclaimLine.make();
  const { vault, mountId } = line;
  /** The end of the lock on the packs of an upload. */
  const lockOf = async (uploadId: UploadId) => {
    const { versions } = await vault.listVersions({ prefix: `${uploadPrefix(mountId, uploadId)}packs/` });
    const ends = await Promise.all(versions.map(async (version) => (await vault.lockOf(version))?.until));
    expect(new Set(ends).size).toBe(1);
    return ends[0];
  };
  const lockPoint = async (uploadId: UploadId, parentLockedUntil?: Instant) => {
    const upload = present(await line.catalog.uploads.find(uploadId));
    const parent = upload.parent && (await line.find(upload.parent.uploadId));
    const found = parent && { ...parent, ...(parentLockedUntil && { lockedUntil: parentLockedUntil }) };
    const catalog = {
      ...line.catalog,
      recoveryPoints: { ...line.catalog.recoveryPoints, find: async () => found },
    };
    return lockObjects({ catalog, vault, lock }, { uploadId, attempt: present(upload.commit).attempt });
  };
  return { line, lockOf, lockPoint };
}

describe('a lock', () => {
  it('lasts at least the days asked for, and ends with a step of 30 days', () => {
    for (let minutes = 0; minutes < 100 * 1440; minutes += 777) {
      const end = Date.parse(lockedUntil(at(minutes), lock));
      const days = (end - Date.parse(at(minutes))) / day;

      expect(days).toBeGreaterThanOrEqual(40);
      expect(days).toBeLessThan(70);
      expect(end % (30 * day)).toBe(0);
    }
  });
});

it.each([
  ['nothing where both have none', undefined, undefined, undefined],
  ['nothing where both have one, the later a longer one', at(10), at(20), undefined],
  ['nothing within a step', at(10), at(10), undefined],
  ['that locks were turned on', undefined, at(20), 'appeared'],
  ['that they were turned off', at(10), undefined, 'vanished'],
  ['that they were shortened', at(20), at(10), 'shortened'],
])('a new point says of lock settings, by its parent: %s', async (_, ofParent, ofPoint, expected) => {
  const line = await ReclaimLine.make();
  const parent = await line.add(1);
  const { recoveryPointId: parentId } = parent;
  const locked = (until: Instant | undefined) => (until === undefined ? {} : { lockedUntil: until });
  const recoveryPoints = {
    ...line.catalog.recoveryPoints,
    find: async () => ({ ...parent, ...locked(ofParent) }),
  };

  expect(await compareLocks({ recoveryPoints }, { ...parent, parentId, ...locked(ofPoint) })).toBe(expected);
  expect(await compareLocks({ recoveryPoints }, { ...parent, ...locked(ofPoint) })).toBeUndefined();
});

describe('locking what a point needs', () => {
  it('follows the references: old packs that it still names are locked for longer with it', async () => {
    const { line, lockOf, lockPoint } = await arrange();
    const first = await line.add(2);
    const { lockedUntil: firstUntil } = await lockPoint(first.recoveryPointId);
    expect(await lockOf(first.recoveryPointId)).toBe(firstUntil);

    line.clock.advance(31 * day);
    const second = await line.add(1);
    const { lockedUntil: secondUntil } = await lockPoint(second.recoveryPointId, firstUntil);

    expect(secondUntil > firstUntil).toBe(true);
    expect(await lockOf(first.recoveryPointId)).toBe(secondUntil);
    expect(await lockOf(second.recoveryPointId)).toBe(secondUntil);
  });

  it('asks nothing of packs that the parent has locked for as long, and takes none back', async () => {
    const { line, lockOf, lockPoint } = await arrange();
    const first = await line.add(1);
    const until = (await lockPoint(first.recoveryPointId)).lockedUntil;
    const second = await line.add(1);
    const asked: string[] = [];
    const extend = line.vault.extendLock;
    Object.assign(line.vault, {
      extendLock: (key: string, wanted: Parameters<typeof extend>[1]) => {
        asked.push(key);
        return extend(key, wanted);
      },
    });

    expect(await lockPoint(second.recoveryPointId, until)).toEqual({ lockedUntil: until });

    expect(asked.filter((key) => key.includes(first.recoveryPointId))).toEqual([]);
    expect(asked.filter((key) => key.includes(second.recoveryPointId)).length).toBeGreaterThanOrEqual(2);
    expect(await lockOf(first.recoveryPointId)).toBe(until);
  });
});
