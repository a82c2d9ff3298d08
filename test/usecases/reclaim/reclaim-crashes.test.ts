import { describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { Crash, type CrashPlan, crashing } from '../../support/crashing.ts';
import { ReclaimLine } from './reclaim-line.ts';

const day = 86_400_000;

/** Three points, the middle one of which may go. */
async function arrange() {
  const line = await ReclaimLine.make();
  const first = await line.add();
  const second = await line.add(2, ({ number }) => number === 1);
  await line.add(1, ({ owner }) => owner === first.recoveryPointId);
  await line.mark(second);
  line.clock.advance(4 * day);
  return { line, second };
}

async function reclaim(line: ReclaimLine, { recoveryPointId }: RecoveryPoint, plan?: CrashPlan) {
  const { dependencies } = line;
  const dying = plan
    ? {
        ...dependencies,
        catalog: crashing(dependencies.catalog, plan),
        vault: crashing(dependencies.vault, plan),
      }
    : dependencies;
  await beginReclaim(dying, recoveryPointId);
  return carryOutReclaim(dying, recoveryPointId);
}

/** Whatever every moment must leave: live points have all that they name. */
async function expectWhole(line: ReclaimLine) {
  const keys = new Set(await line.keys());
  expect([...(await line.marked())].filter((key) => !keys.has(key))).toEqual([]);
}

/** Far more than a reclaim makes; the test checks that. */
const mostCalls = 60;

describe('a reclaim that dies at any call of the catalog or the vault', () => {
  it.each(['before', 'after'] as const)(
    '%s its effect loses nothing, and ends when it is run again',
    async (when) => {
      let crashes = 0;
      for (let at = 1; at <= mostCalls; at++) {
        const { line, second } = await arrange();

        const died = await reclaim(line, second, { calls: 0, at, when }).then(
          () => false,
          (error: unknown) => error instanceof Crash,
        );
        await expectWhole(line);
        const { state } = await line.find(second.recoveryPointId);
        const left = await line.keys();
        await reclaim(line, second);

        if (died) crashes++;
        // Nothing is deleted for a point that may still come back.
        if (state === 'pending-deletion') expect(left).toHaveLength(13);
        expect(new Set(await line.keys())).toEqual(await line.marked());
        expect((await line.find(second.recoveryPointId)).state).toBe('tombstone');
      }
      expect(crashes).toBeGreaterThan(20);
      expect(crashes).toBeLessThan(mostCalls);
    },
  );

  it('does not disturb another run that is at it at the same time', async () => {
    for (let at = 1; at <= 30; at += 2) {
      const { line, second } = await arrange();

      const [, other] = await Promise.all([
        reclaim(line, second, { calls: 0, at, when: 'before' }).catch(() => 'died'),
        reclaim(line, second),
      ]);
      await expectWhole(line);
      await reclaim(line, second);

      expect(['gone', 'not-reclaiming']).toContain(other.outcome);
      expect(new Set(await line.keys())).toEqual(await line.marked());
    }
  });
});

describe('two points next to each other, reclaimed by two runs at once', () => {
  it.each([0, 1, 2, 3, 5, 8, 13])('one of them %i steps ahead, leave what the others need', async (lead) => {
    const line = await ReclaimLine.make();
    const first = await line.add(3);
    const second = await line.add(1, ({ number }) => number < 3);
    const third = await line.add(1, ({ number }) => number < 2);
    const fourth = await line.add(1, ({ owner }) => owner === first.recoveryPointId);
    for (const point of [second, third]) await line.mark(point);
    line.clock.advance(4 * day);
    const wait = async () => {
      for (let step = 0; step < lead; step++) await new Promise(setImmediate);
    };

    await Promise.allSettled([reclaim(line, second), wait().then(() => reclaim(line, third))]);
    await expectWhole(line);
    for (const point of [second, third]) await reclaim(line, point);

    expect(new Set(await line.keys())).toEqual(await line.marked());
    expect((await line.packsOf(fourth)).length).toBe(2);
  });
});
