import { describe, expect, it } from 'vitest';
import { addMillis } from '../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { startRetention } from '../../shared/usecases/retention/start-retention.ts';
import { createStoreAndMount } from '../support/uploading.ts';
import { admin, call, days, pointOf, stateOf } from '../usecases/retention/seeding.ts';
import { type BeforeTask, openWorkflows } from './support.ts';

async function arrange(beforeTask?: BeforeTask) {
  const { service, local, machines } = await openWorkflows(beforeTask);
  const { mount } = await createStoreAndMount(service, '10d');
  const { mountId } = mount;
  await call(service, 'changePolicy', admin, { params: { mountId }, body: { floor: 1 } });
  const points: RecoveryPoint[] = [];
  for (const age of [12, 11, 5, 1]) points.push(await pointOf(service, mountId, age));
  /** The run of the present hour, as the watch starts it. */
  const run = async () => {
    const scheduledAt = service.clock.now();
    const arn = await local.workflows.start(machines.retention, { scheduledAt });
    return local.workflows.ended(arn);
  };
  const states = () => Promise.all(points.map((point) => stateOf(service, point)));
  return { service, local, mountId, points, run, states };
}

describe('retention', () => {
  it('stops where too much would go at once, and goes on when somebody has allowed it', async () => {
    const { service, local, mountId, run, states } = await arrange();
    await using _ = local;

    const stopped = await run();
    const params = { mountId };
    const [plan] = (await call(service, 'listRetentionPlans', admin, { params })).items as object[];
    await call(service, 'changePolicy', admin, { params, body: { maxExpiredPercentPerDay: 50 } });
    service.clock.advance(3_600_000);
    const allowed = await run();

    expect(stopped).toMatchObject({ status: 'SUCCEEDED', output: JSON.stringify({ stopped: 1 }) });
    expect(plan).toMatchObject({ expire: 2, stopped: { wouldExpire: 2, allowed: 1 } });
    expect(allowed).toMatchObject({ status: 'SUCCEEDED', output: JSON.stringify({ stopped: 0 }) });
    expect(await states()).toEqual([...['pending-deletion', 'pending-deletion', 'available', 'available']]);
    // The next to expire is the third, in five days less an hour.
    const { dueAt } = (await service.catalog.mounts.find(mountId)) ?? {};
    expect(dueAt).toBe(addMillis(service.clock.now(), 5 * days - 3_600_000));
  });

  it('takes each scheduled time once, and mounts only that are due', async () => {
    const looked: string[] = [];
    const { service, local, mountId, run, states } = await arrange((task) => looked.push(task));
    await using _ = local;
    await call(service, 'changePolicy', admin, {
      ...{ params: { mountId }, body: { maxExpiredPercentPerDay: 100 } },
    });

    await run();
    await run();
    service.clock.advance(3_600_000);
    await run();

    expect(looked).toEqual([
      ...['FindDueMountsArn', 'PlanRetentionArn', 'ExpirePointsArn'],
      ...['FindDueMountsArn', 'FindDueMountsArn'],
    ]);
    expect((await states()).filter((state) => state === 'pending-deletion')).toHaveLength(2);
  });

  it('fails at its end when a mount cannot be looked at, and leaves it due', async () => {
    let isBroken = true;
    const { service, local, mountId, run } = await arrange((task) => {
      if (task === 'PlanRetentionArn' && isBroken) throw new Error('out of order');
    });
    await using _ = local;

    const failed = await run();
    isBroken = false;
    service.clock.advance(3_600_000);
    const well = await run();

    expect(failed).toMatchObject({ status: 'FAILED', error: 'RETENTION_INCOMPLETE' });
    expect(well.status).toBe('SUCCEEDED');
    expect((await service.catalog.plans.list(mountId, { limit: 5 })).items).toHaveLength(1);
  });

  it('is started once an hour, and makes mounts due of which nobody said when', async () => {
    const { service, local, mountId } = await arrange();
    await using _ = local;

    await startRetention(service);
    await startRetention(service);

    expect(service.workflows.calls.filter(({ kind }) => kind === 'start-retention')).toHaveLength(1);
    expect((await service.catalog.mounts.find(mountId))?.dueAt).toBeDefined();
  });
});
