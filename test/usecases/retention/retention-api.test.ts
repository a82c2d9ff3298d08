import { describe, expect, it } from 'vitest';
import { addMillis } from '../../../shared/domain/instant.ts';
import { admin, arrange, call, days, journalOf, judged, operator, pointOf, stateOf } from './seeding.ts';

/** Four points of which the two oldest are due and not of the floor. */
async function arrangeDue() {
  const arranged = await arrange();
  const { service, mountId } = arranged;
  const points = [];
  for (const age of [40, 30, 20, 1]) points.push(await pointOf(service, mountId, age));
  await call(service, 'changePolicy', admin, { params: { mountId }, body: { maxExpiredPercentPerDay: 100 } });
  const [oldest, older, old, fresh] = points;
  if (!oldest || !older || !old || !fresh) throw new Error('no points');
  return { ...arranged, oldest, older, old, fresh };
}

describe('the policy of a mount', () => {
  it('is its expire and the defaults until it is changed, and its change is journaled', async () => {
    const { service, mountId } = await arrange('38d');
    const params = { mountId };

    expect(await call(service, 'showPolicy', operator, { params })).toEqual({
      ...{ mountId, expire: '38d', keep: {}, timeZone: 'UTC', floor: 2, undoWindow: '7d' },
      maxExpiredPercentPerDay: 25,
    });
    const body = { expire: '1w', keep: { month: '365d' }, timeZone: 'Europe/Berlin', floor: 3 };
    const changed = await call(service, 'changePolicy', admin, { params, body });

    expect(changed).toMatchObject({ ...body, undoWindow: '7d' });
    expect(await call(service, 'changePolicy', admin, { params, body: { floor: null } })).toMatchObject({
      ...{ floor: 2, expire: '1w', keep: { month: '365d' } },
    });
    expect((await journalOf(service, mountId)).map(({ kind }) => kind)).toEqual([
      ...['mount-created', 'mount-policy-changed', 'mount-policy-changed'],
    ]);
  });

  it.each([
    ['floor', { floor: 0 }],
    ['timeZone', { timeZone: 'Mars/Base' }],
    ['undoWindow', { undoWindow: 'never' }],
    ['keep.month', { keep: { month: '0d' } }],
    ['expire', { expire: '1x' }],
    ['maxExpiredPercentPerDay', { maxExpiredPercentPerDay: 101 }],
  ])('is refused with the name of the wrong setting: %s', async (name, body) => {
    const { service, mountId } = await arrange();

    const answer = await service.send('changePolicy', { caller: admin, params: { mountId }, body });

    expect(answer).toMatchObject({ statusCode: 400, body: { code: 'POLICY_INVALID' } });
    expect(String(answer.body?.detail)).toMatch(new RegExp(`^${name}: `));
  });

  it('is previewed before it is changed, with bytes and money, and nothing changes', async () => {
    const { service, mountId, fresh } = await arrangeDue();
    const params = { mountId };

    const now = await call(service, 'previewRetention', operator, { params });
    const short = await call(service, 'previewRetention', operator, {
      ...{ params, body: { expire: '1h', floor: 1, maxExpiredPercentPerDay: 25 } },
    });

    expect(now).toMatchObject({ points: 4, wouldExpire: 2, freesAtMostBytes: 2 ** 31 });
    expect(now).toMatchObject({ savesAtMostUsdPerMonth: 0.05, price: { storageClass: 'S3 Standard' } });
    expect(short).toMatchObject({ wouldExpire: 3, stopped: { code: 'SHARE_EXCEEDED', allowed: 1 } });
    expect(await stateOf(service, fresh)).toBe('available');
    expect(await call(service, 'showPolicy', operator, { params })).toMatchObject({ expire: '10d' });
  });
});

describe('a plan', () => {
  it('is carried out by its hash and nothing else, and again changes nothing', async () => {
    const { service, mountId, oldest, older, old } = await arrangeDue();
    const plan = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    const params = { mountId, sha256: plan.sha256 };
    await pointOf(service, mountId, 0);

    const details = await call(service, 'showRetentionPlan', operator, { params });
    const report = await call(service, 'executeRetentionPlan', operator, { params });
    const again = await call(service, 'executeRetentionPlan', operator, { params });

    expect(details.expire).toMatchObject([oldest, older].map(({ recoveryPointId }) => ({ recoveryPointId })));
    expect(report).toEqual({ expired: 2, broughtBack: 0, left: [] });
    expect(again).toEqual(report);
    expect(await Promise.all([oldest, older, old].map((point) => stateOf(service, point)))).toEqual([
      ...['pending-deletion', 'pending-deletion', 'available'],
    ]);
    expect((await journalOf(service, mountId)).slice(-2)).toMatchObject([
      { kind: 'recovery-point-pending', data: { deletion: { planSha256: plan.sha256 } } },
      { kind: 'recovery-point-pending' },
    ]);
  });

  it('leaves what changed since, and says why: a hold wins', async () => {
    const { service, mountId, oldest, older } = await arrangeDue();
    const { sha256 } = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    const target = { kind: 'point', recoveryPointId: oldest.recoveryPointId };
    await call(service, 'placeHold', operator, { body: { target, reason: 'court' } });
    await call(service, 'changeRecoveryPoint', operator, {
      ...{ params: { recoveryPointId: older.recoveryPointId }, body: { expire: 'never' } },
    });

    const report = await call(service, 'executeRetentionPlan', operator, { params: { mountId, sha256 } });

    expect(report).toMatchObject({
      expired: 0,
      left: [
        { recoveryPointId: oldest.recoveryPointId, why: [expect.stringContaining('under hold')] },
        { recoveryPointId: older.recoveryPointId, why: [expect.stringContaining('never expires')] },
      ],
    });
  });

  it('that would expire too much of the mount waits for an admin, who cannot carry it out', async () => {
    const { service, mountId } = await arrangeDue();
    await call(service, 'changePolicy', admin, {
      params: { mountId },
      body: { maxExpiredPercentPerDay: null },
    });
    const plan = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    const request = { params: { mountId, sha256: plan.sha256 } };

    const refused = await service.send('executeRetentionPlan', { caller: operator, ...request });
    const byAdmin = await service.send('executeRetentionPlan', { caller: admin, ...request });
    const byOperator = await service.send('consentToRetentionPlan', { caller: operator, ...request });
    const consented = await call(service, 'consentToRetentionPlan', admin, request);
    const report = await call(service, 'executeRetentionPlan', operator, request);

    expect(plan).toMatchObject({ expire: 2, stopped: { wouldExpire: 2, allowed: 1 } });
    expect(refused).toMatchObject({ statusCode: 409, body: { code: 'PLAN_NEEDS_CONSENT' } });
    expect([byAdmin.statusCode, byOperator.statusCode]).toEqual([403, 403]);
    expect(consented).toMatchObject({ consent: { by: 'key-admin' } });
    expect(report).toMatchObject({ expired: 2 });
    expect((await journalOf(service, mountId)).find(({ kind }) => kind === 'plan-consented')).toMatchObject({
      data: { planSha256: plan.sha256, by: 'key-admin' },
    });
  });

  it('counts what expired in the last 24 hours, plan after plan', async () => {
    const { service, mountId } = await arrangeDue();
    await call(service, 'changePolicy', admin, { params: { mountId }, body: { floor: 1 } });
    const first = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    await call(service, 'changePolicy', admin, {
      params: { mountId },
      body: { maxExpiredPercentPerDay: null },
    });

    const report = await call(service, 'executeRetentionPlan', operator, {
      params: { mountId, sha256: first.sha256 },
    });
    const next = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    service.clock.advance(26 * 3_600_000);
    const later = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });

    expect(report).toMatchObject({ expired: 1 });
    expect(report.left).toHaveLength(2);
    expect(next).toMatchObject({ stopped: { alreadyExpired: 1, allowed: 0 } });
    expect(later).toMatchObject({ stopped: { wouldExpire: 2, alreadyExpired: 0, allowed: 1 } });
  });

  it('is found by its hash only', async () => {
    const { service, mountId } = await arrange();
    const params = { mountId, sha256: 'a'.repeat(64) };

    const answer = await service.send('executeRetentionPlan', { caller: operator, params });

    expect(answer).toMatchObject({ statusCode: 404, body: { code: 'PLAN_NOT_FOUND' } });
  });

  it('brings back what the policy let go and would keep today', async () => {
    const { service, mountId, oldest } = await arrangeDue();
    const first = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    await call(service, 'executeRetentionPlan', operator, { params: { mountId, sha256: first.sha256 } });
    await call(service, 'changePolicy', admin, { params: { mountId }, body: { expire: '35d' } });

    const next = await call(service, 'makeRetentionPlan', operator, { params: { mountId } });
    const report = await call(service, 'executeRetentionPlan', operator, {
      params: { mountId, sha256: next.sha256 },
    });

    expect(next).toMatchObject({ expire: 0, bringBack: 1 });
    expect(report).toMatchObject({ broughtBack: 1 });
    expect(await stateOf(service, oldest)).toBe('pending-deletion');
  });
});

describe('a point', () => {
  const ofPoint = (point: { recoveryPointId: string }) => ({
    params: { recoveryPointId: point.recoveryPointId },
  });

  it('is deleted by name, pending for the undo window, and brought back as it was', async () => {
    const { service, mountId, oldest, old, fresh } = await arrangeDue();
    await pointOf(service, mountId, 0);

    const deleted = await call(service, 'deleteRecoveryPoint', operator, ofPoint(old));
    const again = await call(service, 'deleteRecoveryPoint', operator, ofPoint(old));
    const explained = await call(service, 'explainRecoveryPoint', operator, ofPoint(old));
    const back = await call(service, 'undeleteRecoveryPoint', operator, ofPoint(old));

    const reclaimAfter = addMillis(service.clock.now(), 7 * days);
    expect(deleted).toMatchObject({ state: 'pending-deletion', deletion: { reclaimAfter } });
    expect(again).toEqual(deleted);
    expect(explained).toMatchObject({
      decision: 'expire',
      reasons: [{ code: 'DELETED' }, { code: 'NO_LOGS' }],
    });
    // It is past its expire: brought back for a day it would be of no use.
    expect(back).toMatchObject({ state: 'available', expire: 'never', expiresAt: 'never' });
    expect(await stateOf(service, oldest)).toBe('available');
    await call(service, 'deleteRecoveryPoint', operator, ofPoint(oldest));
    const kept = await call(service, 'undeleteRecoveryPoint', operator, {
      ...ofPoint(oldest),
      body: { expire: '50d' },
    });
    expect(kept).toMatchObject({ expire: '50d', expiresAt: addMillis(fresh.committedAt, 11 * days) });
  });

  it('is refused when it is one of the last usable ones of a database, with the reason', async () => {
    const { service, mountId } = await arrange();
    const only = await pointOf(service, mountId, 400, judged('77'));
    await pointOf(service, mountId, 390, judged('88'));

    const answer = await service.send('deleteRecoveryPoint', { caller: operator, ...ofPoint(only) });

    expect(answer).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_PROTECTED' } });
    expect(answer.body?.detail).toContain('one of the last usable points of database 77');
    expect(await stateOf(service, only)).toBe('available');
  });

  it('may be the head: it stays the head while it is pending', async () => {
    const { service, mountId, fresh } = await arrangeDue();
    await call(service, 'changePolicy', admin, { params: { mountId }, body: { floor: 1 } });
    const head = await pointOf(service, mountId, 0, { ...judged('77') });
    await pointOf(service, mountId, 0, { ...judged('77') });
    const newest = await pointOf(service, mountId, 0, { ...judged('77') });
    // The newest is of the floor; the one before it is not.
    await call(service, 'deleteRecoveryPoint', operator, ofPoint(head));

    const refused = await service.send('deleteRecoveryPoint', { caller: operator, ...ofPoint(newest) });

    expect(refused.statusCode).toBe(409);
    expect((await service.catalog.mounts.find(mountId))?.headId).toBe(newest.recoveryPointId);
    expect(await stateOf(service, fresh)).toBe('available');
  });

  it('keeps an expire of its own against the policy, and is not shortened under a lock', async () => {
    const { service, mountId } = await arrange();
    const lockedUntil = addMillis(service.clock.now(), days);
    const locked = await pointOf(service, mountId, 5, { lockedUntil });
    const change = (expire: string) =>
      service.send('changeRecoveryPoint', { caller: operator, ...ofPoint(locked), body: { expire } });

    expect(await change('1d')).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_LOCKED' } });
    expect(await change('1d 3w')).toMatchObject({ statusCode: 400, body: { code: 'EXPIRE_INVALID' } });
    expect(await change('30d')).toMatchObject({ statusCode: 200, body: { expire: '30d' } });
    expect(await change('20d')).toMatchObject({ statusCode: 409 });
    service.clock.advance(days + 1);
    expect(await change('20d')).toMatchObject({ statusCode: 200, body: { expire: '20d' } });
  });

  it('that nothing is decided on any more is said to be gone', async () => {
    const { service, mountId } = await arrange();
    const gone = await pointOf(service, mountId, 5, { state: 'reclaiming' });

    const explained = await call(service, 'explainRecoveryPoint', operator, ofPoint(gone));
    const undeleted = await service.send('undeleteRecoveryPoint', { caller: operator, ...ofPoint(gone) });

    expect(explained).toMatchObject({ state: 'reclaiming', reasons: [{ code: 'RECLAIMED' }] });
    expect(undeleted).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_STATE_CONFLICT' } });
  });
});
