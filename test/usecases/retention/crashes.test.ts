import { describe, expect, it } from 'vitest';
import { deletePoint } from '../../../shared/usecases/retention/delete-point.ts';
import { executePlan } from '../../../shared/usecases/retention/execute-plan.ts';
import { placeHold } from '../../../shared/usecases/retention/holds.ts';
import { makePlan } from '../../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../../shared/usecases/retention/point-contents.ts';
import { Crash } from '../../support/crashing.ts';
import { arrangeDue, crashAndRepeat, dying, runOnce } from './crashes.ts';
import { call, journalOf, operator, stateOf } from './seeding.ts';

describe('retention', () => {
  it('ends in the same state wherever a run dies, before or after what it was doing took effect', async () => {
    let crashes = 0;
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= 60; at += 11) if (await crashAndRepeat(at, when)) crashes++;
    }
    expect(crashes).toBeGreaterThan(5);
  });

  it('of two runs at once marks each point once, and no more than the share of a day', async () => {
    const { service, mountId, points } = await arrangeDue();

    const reports = await Promise.all([1, 2, 3].map(() => runOnce(service, mountId)));

    const states = await Promise.all(points.map((point) => stateOf(service, point)));
    expect(states.filter((state) => state === 'pending-deletion')).toHaveLength(4);
    const marks = (await journalOf(service, mountId)).filter(({ kind }) => kind === 'recovery-point-pending');
    expect(marks).toHaveLength(4);
    expect(reports.reduce((sum, { expired }) => sum + expired, 0)).toBeGreaterThanOrEqual(4);
  });

  it('of two plans at once never goes over the share of a day together', async () => {
    const { service, mountId, points } = await arrangeDue();
    const contents = createPointContents(service.vault);
    const first = await makePlan({ ...service, contents }, mountId);
    await call(
      service,
      'changePolicy',
      { credentialId: 'key-admin', role: 'admin' },
      {
        ...{ params: { mountId }, body: { maxExpiredPercentPerDay: 40 } },
      },
    );
    const part = { mountId, sha256: first.note.sha256, most: 100 };

    await Promise.all([1, 2].map(() => executePlan({ ...service, contents }, part)));

    const states = await Promise.all(points.map((point) => stateOf(service, point)));
    expect(states.filter((state) => state === 'pending-deletion')).toHaveLength(2);
  });

  it('loses no point to a deletion that dies, and none to one that was answered', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= 30; at += 7) {
        const { service, points } = await arrangeDue();
        const [oldest] = points;
        if (oldest === undefined) throw new Error('no point');
        const params = { recoveryPointId: oldest.recoveryPointId };
        const { vault } = service;
        const asDying = dying(service, { calls: 0, at, when });
        const caller = { credentialId: 'key-op', role: 'operator' } as const;
        await deletePoint(
          { ...asDying, contents: createPointContents(vault) },
          caller,
          oldest.recoveryPointId,
        ).catch((error: unknown) => expect(error).toBeInstanceOf(Crash));

        const deleted = await call(service, 'deleteRecoveryPoint', operator, { params });

        expect(deleted).toMatchObject({ state: 'pending-deletion' });
        const marks = (await journalOf(service, oldest.mountId)).filter(
          ({ kind }) => kind === 'recovery-point-pending',
        );
        expect(marks).toHaveLength(1);
      }
    }
  });

  it('has a hold in force on every mount, or none acknowledged, wherever its placing dies', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= 15; at += 4) {
        const { service, points, mountId } = await arrangeDue();
        for (const point of points) await service.catalog.databases.note(point, [{ databaseId: '77' }]);
        const caller = { credentialId: 'key-op', role: 'operator' } as const;
        const order = {
          ...{ target: { kind: 'database' as const, databaseId: '77' }, reason: 'r' },
          idempotency: { caller, route: 'placeHold', key: 'k', request: {} },
        };
        await placeHold(dying(service, { calls: 0, at, when }), caller, order).catch((error: unknown) =>
          expect(error).toBeInstanceOf(Crash),
        );

        const hold = await placeHold(service, caller, order);

        const report = await runOnce(service, mountId);
        expect(report.expired).toBe(0);
        expect(await service.catalog.holds.ofMount(mountId)).toEqual([hold]);
        expect((await service.catalog.holds.list({ limit: 10 })).items).toHaveLength(1);
      }
    }
  });
});
