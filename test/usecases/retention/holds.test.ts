import { describe, expect, it } from 'vitest';
import type { MountId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { admin, arrange, call, days, journalOf, judged, operator, pointOf, stateOf } from './seeding.ts';

const codesOf = async (service: MemoryService, { recoveryPointId }: { recoveryPointId: string }) => {
  const { reasons } = await call(service, 'explainRecoveryPoint', operator, { params: { recoveryPointId } });
  return (reasons as { code: string }[]).map(({ code }) => code);
};
const place = (service: MemoryService, target: object, headers = {}) =>
  call(service, 'placeHold', operator, { body: { target, reason: 'court order 7' }, headers });

/** Points of database 77 on two mounts, all long expired; the newest two of each mount are its floor. */
async function arrangeTwoMounts() {
  const { service, mountId, store } = await arrange('10d');
  const { storeId } = store;
  if (storeId === undefined) throw new Error('no store');
  const second = await createMount(service, {
    storeId,
    name: 'second',
    expire: '10d',
    maxPendingSnapshots: 3,
  });
  const of = async (mount: MountId) => {
    const points = [];
    for (const age of [60, 50, 40, 30]) {
      const point = await pointOf(service, mount, age, judged('77'));
      await service.catalog.databases.note(point, [{ databaseId: '77' }]);
      points.push(point);
    }
    const [oldest, old] = points;
    if (!oldest || !old) throw new Error('no points');
    return { mountId: mount, oldest, old };
  };
  return { service, first: await of(mountId), second: await of(second.mountId) };
}

describe('a hold', () => {
  it('on a point protects it, and what its database needs, against the policy and against people', async () => {
    const { service, first } = await arrangeTwoMounts();
    const { oldest, old } = first;

    const hold = await place(service, { kind: 'point', recoveryPointId: oldest.recoveryPointId });
    const params = { recoveryPointId: oldest.recoveryPointId };
    const refused = await service.send('deleteRecoveryPoint', { caller: operator, params });

    expect(hold).toMatchObject({ target: { kind: 'point', mountId: first.mountId }, placedBy: 'key-op' });
    expect(refused).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_PROTECTED' } });
    expect([await codesOf(service, oldest), await codesOf(service, old)]).toEqual([['HELD'], ['EXPIRED']]);
    expect((await journalOf(service, first.mountId)).at(-1)).toMatchObject({
      ...{ kind: 'hold-set', data: { hold: { holdId: hold.holdId, reason: 'court order 7' } } },
    });
  });

  it('on a time span of a mount protects what was taken in it, the end excluded', async () => {
    const { service, first, second } = await arrangeTwoMounts();
    const now = service.clock.now();

    await place(service, {
      ...{ kind: 'mount', mountId: first.mountId },
      ...{ from: addMillis(now, -60 * days), before: addMillis(now, -50 * days) },
    });

    expect(await codesOf(service, first.oldest)).toEqual(['HELD']);
    expect(await codesOf(service, first.old)).toEqual(['EXPIRED']);
    expect(await codesOf(service, second.oldest)).toEqual(['EXPIRED']);
  });

  it('on a database protects on every mount, raised before it is acknowledged, and on mounts that come later', async () => {
    const { service, first, second } = await arrangeTwoMounts();
    const versionOf = async ({ mountId }: { mountId: MountId }) =>
      (await service.catalog.mounts.find(mountId))?.lineVersion ?? 0;
    const before = [await versionOf(first), await versionOf(second)];

    await place(service, { kind: 'database', databaseId: '77' });
    const after = [await versionOf(first), await versionOf(second)];
    const late = await arrangeLater(service, first.oldest.storeId);

    expect(after).toEqual(before.map((version) => version + 1));
    for (const point of [first.oldest, first.old, second.oldest, late]) {
      expect(await codesOf(service, point)).toContain('HELD');
    }
  });

  const arrangeLater = async (
    service: MemoryService,
    storeId: Parameters<typeof createMount>[1]['storeId'],
  ) => {
    const mount = await createMount(service, {
      storeId,
      name: 'third',
      expire: '1d',
      maxPendingSnapshots: 3,
    });
    return pointOf(service, mount.mountId, 5, judged('77'));
  };

  it('holds until it is lifted by an admin, and any number of them may', async () => {
    const { service, first } = await arrangeTwoMounts();
    const { oldest, mountId } = first;
    const [one, two] = [
      await place(service, { kind: 'point', recoveryPointId: oldest.recoveryPointId }),
      await place(service, { kind: 'database', databaseId: '77' }),
    ];
    const lift = (hold: { readonly [name: string]: unknown }, caller = admin) =>
      service.send('liftHold', { caller, params: { holdId: String(hold.holdId) } });

    expect((await lift(one, operator)).statusCode).toBe(403);
    expect(await lift(one)).toMatchObject({ statusCode: 200, body: { lifted: { by: 'key-admin' } } });
    expect(await codesOf(service, oldest)).toEqual(['HELD']);
    const lifted = await lift(two);
    expect(await lift(two)).toEqual(lifted);
    expect(await codesOf(service, oldest)).toEqual(['EXPIRED']);

    expect((await journalOf(service, mountId)).filter(({ kind }) => kind === 'hold-lifted')).toHaveLength(2);
    expect((await call(service, 'listHolds', operator, {})).items).toHaveLength(2);
    expect((await service.catalog.mounts.find(mountId))?.dueAt).toBe(service.clock.now());
  });

  it('is placed once for one idempotency key', async () => {
    const { service, first } = await arrangeTwoMounts();
    const target = { kind: 'mount', mountId: first.mountId };
    const headers = { 'idempotency-key': 'k1' };

    const [one, again] = [await place(service, target, headers), await place(service, target, headers)];
    const other = await service.send('placeHold', {
      ...{ caller: operator, headers, body: { target, reason: 'another' } },
    });

    expect(again).toEqual(one);
    expect(other).toMatchObject({ statusCode: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await call(service, 'listHolds', operator, {})).items).toHaveLength(1);
  });

  it('is refused on what is not there, on what is gone, and for a span that ends before it begins', async () => {
    const { service, mountId } = await arrange();
    const gone = await pointOf(service, mountId, 1, { state: 'reclaiming' });
    const now = service.clock.now();
    const code = async (target: object) =>
      (await service.send('placeHold', { caller: operator, body: { target, reason: 'r' } })).body?.code;

    expect(await code({ kind: 'database', databaseId: '99' })).toBe('DATABASE_NOT_FOUND');
    expect(await code({ kind: 'mount', mountId: 'mnt-01J00000000000000000099999' })).toBe('MOUNT_NOT_FOUND');
    expect(await code({ kind: 'point', recoveryPointId: gone.recoveryPointId })).toBe(
      'RECOVERY_POINT_NOT_AVAILABLE',
    );
    expect(await code({ kind: 'mount', mountId, from: now, before: now })).toBe('REQUEST_INVALID');
    expect(await stateOf(service, gone)).toBe('reclaiming');
  });
});
