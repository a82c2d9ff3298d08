import { describe, expect, it } from 'vitest';
import type { MountId } from '../../../shared/domain/ids.ts';
import { addMillis, toInstant, toMillis } from '../../../shared/domain/instant.ts';
import { inShort } from '../../../shared/usecases/databases/point-recoverability.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import { decideGathered, gatherMount } from '../../../shared/usecases/retention/gather.ts';
import { markPoint } from '../../../shared/usecases/retention/mark-point.ts';
import { committedPoint } from '../../adapters/support/line.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { arrange, judged, of, pointOf, stateOf } from './seeding.ts';

const decide = async (service: MemoryService, mountId: MountId) => {
  const gathered = await gatherMount(of(service), mountId);
  const decisions = decideGathered(gathered);
  return gathered.points.map(({ recoveryPointId }) => {
    const decision = decisions.get(recoveryPointId);
    return decision?.keep ? decision.because.map(({ code }) => code) : decision?.because.code;
  });
};

describe('what is decided on', () => {
  it('is everything that lives, tombstones only for whether there ever was a log', async () => {
    const { service, mountId } = await arrange();
    for (const age of [40, 30, 20]) await pointOf(service, mountId, age);
    await pointOf(service, mountId, 10, { state: 'tombstone', ...judged('77') });

    expect(await decide(service, mountId)).toEqual([
      ['LOG_MISSING', 'NEEDED'],
      ['LOG_MISSING', 'FLOOR', 'NEEDED'],
      ['LOG_MISSING', 'FLOOR'],
    ]);
  });

  it('goes by calendar and floor alone where no log ever came', async () => {
    const { service, mountId } = await arrange();
    for (const age of [40, 30, 20]) await pointOf(service, mountId, age);

    expect(await decide(service, mountId)).toEqual(['EXPIRED', ['FLOOR'], ['FLOOR']]);
  });

  it('counts no damaged point as one of the last usable ones, and never promises its database', async () => {
    const { service, mountId } = await arrange();
    const damage = { since: service.clock.now(), objects: 1, named: [] };
    const ages = [[60], [50], [40], [30, { damage }], [20, { damage }]] as const;
    const points = [];
    for (const [age, fields] of ages) {
      points.push(await pointOf(service, mountId, age, { ...judged('77'), ...fields }));
    }

    expect(await decide(service, mountId)).toEqual([
      ...['EXPIRED', ['FLOOR'], ['FLOOR'], 'EXPIRED', 'EXPIRED'],
    ]);
    expect(points.map((point) => inShort(point, '77'))).toEqual(['yes', 'yes', 'yes', 'unknown', 'unknown']);
  });

  it('keeps everything before a point whose judgement cannot be read', async () => {
    const { service, mountId } = await arrange();
    for (const age of [60, 50]) await pointOf(service, mountId, age, judged('77'));
    const { judgement, ...rest } = judged('77');
    const databases = [{ dbid: '77', recoverable: 'yes' as const, lacks: 3 }];
    // It lacks files; which, the vault should say and does not.
    await pointOf(service, mountId, 40, { ...rest, judgement: { number: 1, log: 'read', databases } });
    for (const age of [30, 20]) await pointOf(service, mountId, age, judged('77'));

    expect(judgement).toBeDefined();
    expect(await decide(service, mountId)).toEqual([
      ...[['NEEDED'], ['NEEDED'], ['LOG_MISSING'], ['FLOOR'], ['FLOOR']],
    ]);
  });

  it('keeps what another mount with the same database may need', async () => {
    const { service, mountId, store } = await arrange();
    const { storeId } = store;
    if (storeId === undefined) throw new Error('no store');
    const other = await createMount(service, {
      storeId,
      name: 'other',
      expire: '10d',
      maxPendingSnapshots: 3,
    });
    for (const age of [60, 50, 40, 30]) {
      const point = await pointOf(service, mountId, age, judged('77'));
      await service.catalog.databases.note(point, [{ databaseId: '77' }]);
    }
    expect(await decide(service, mountId)).toEqual(['EXPIRED', 'EXPIRED', ['FLOOR'], ['FLOOR']]);

    const databases = [{ dbid: '77', recoverable: 'unknown' as const, needsUnknown: true as const }];
    const level1 = await pointOf(service, other.mountId, 45, {
      ...{ ...judged('77'), judgement: { number: 1, log: 'read', databases } },
    });
    await service.catalog.databases.note(level1, [{ databaseId: '77' }]);

    expect(await decide(service, mountId)).toEqual([['NEEDED'], ['NEEDED'], ['FLOOR'], ['FLOOR']]);
  });

  it('does not change between the decision and its mark: what another mount commits meanwhile makes it decide again', async () => {
    const { service, mountId, store } = await arrange();
    const { storeId } = store;
    if (storeId === undefined) throw new Error('no store');
    const other = await createMount(service, {
      storeId,
      name: 'other',
      expire: '10d',
      maxPendingSnapshots: 3,
    });
    const points = [];
    for (const age of [60, 50, 40]) points.push(await pointOf(service, mountId, age, judged('77')));
    const [oldest] = points;
    if (oldest === undefined) throw new Error('no point');
    const first = await pointOf(service, other.mountId, 45, judged('77'));
    for (const point of [oldest, first]) await service.catalog.databases.note(point, [{ databaseId: '77' }]);
    const seen = await gatherMount(of(service), mountId);
    const databases = [{ dbid: '77', recoverable: 'unknown' as const, needsUnknown: true as const }];
    await pointOf(service, other.mountId, 5, {
      ...{ ...judged('77'), judgement: { number: 1, log: 'read', databases } },
    });

    const { recoveryPointId } = oldest;
    const { result } = await markPoint(of(service), seen, {
      ...{ recoveryPointId, planSha256: 'f'.repeat(64), isConsented: true },
    });

    expect(result).toMatchObject({ outcome: 'left', why: [expect.stringContaining('may be built on it')] });
    expect(await stateOf(service, oldest)).toBe('available');
  });

  it.each([6 * 60_000, 10 * 365 * 86_400_000, -6 * 60_000])(
    'is nothing while the clock of the service is off by %i ms (CLOCK_SKEWED)',
    async (off) => {
      const { service, mountId } = await arrange();
      const clock = { now: () => addMillis(service.clock.now(), off) };

      await expect(gatherMount({ ...of(service), clock }, mountId)).rejects.toMatchObject({
        code: 'CLOCK_SKEWED',
      });
    },
  );

  it('has the whole undo window by the later of the two clocks', async () => {
    const { service, mountId } = await arrange();
    const points = [];
    for (const age of [40, 30, 20]) points.push(await pointOf(service, mountId, age));
    const [oldest] = points;
    const ahead = { now: () => addMillis(service.clock.now(), 4 * 60_000) };
    const dependencies = { ...of(service), clock: ahead };
    const seen = await gatherMount(dependencies, mountId);

    await markPoint(dependencies, seen, {
      recoveryPointId: oldest?.recoveryPointId as never,
      ...{ planSha256: 'f'.repeat(64), isConsented: false },
    });

    const deletion = (await service.catalog.recoveryPoints.find(oldest?.recoveryPointId as never))?.deletion;
    expect(deletion?.reclaimAfter).toBe(addMillis(ahead.now(), 7 * 86_400_000));
    expect(toMillis(deletion?.markedAt ?? toInstant(0))).toBeLessThan(toMillis(ahead.now()));
  });

  it('sees a point that was committed after its line was read, by the version of the line', async () => {
    const { service, mountId } = await arrange();
    for (const age of [40, 30, 20]) await pointOf(service, mountId, age);
    const seen = await gatherMount(of(service), mountId);
    await committedPoint(service.catalog, { mountId });

    expect((await service.catalog.mounts.find(mountId))?.lineVersion).not.toBe(seen.mount.lineVersion);
  });
});
