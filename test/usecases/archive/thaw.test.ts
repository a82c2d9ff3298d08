import { beforeEach, describe, expect, it } from 'vitest';
import { pathLimits } from '../../../shared/contracts/restores.ts';
import type { Caller } from '../../../shared/domain/access.ts';
import type { ThawOrder } from '../../../shared/domain/archive/thaw.ts';
import type { RestoreId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { askForThaw, lookAtFrozen } from '../../../shared/usecases/archive/thaw-for-restore.ts';
import { planRestore } from '../../../shared/usecases/restore-plan/plan-restore.ts';
import { cancelRestore } from '../../../shared/usecases/restores/cancel-restore.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
const admin: Caller = { credentialId: 'key-admin', role: 'admin' };
const hour = 3_600_000;

let service: ReturnType<typeof createMemoryService>;
let point: RecoveryPoint;
let store: Caller;
let packs: readonly string[];

beforeEach(async () => {
  service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  store = caller;
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  point = await runCommit(service, upload.uploadId);
  const { objects } = await service.vault.listStorage({ prefix: 'v1/' });
  packs = objects.map(({ key }) => key).filter((key) => key.includes('/packs/'));
});

const freeze = (storageClass = 'GLACIER') => {
  for (const pack of packs) service.vault.freeze(storageClass, pack);
};
const order = async (thaw?: ThawOrder, caller = operator) => {
  const { recoveryPointId } = point;
  return (await orderRestore(service, caller, { recoveryPointId, thaw })).restoreId;
};
const dependencies = (maxUsd = 100) => ({ ...service, maxUsd, region: 'us-east-1' });
const look = (restoreId: RestoreId, maxUsd?: number) => lookAtFrozen(dependencies(maxUsd), { restoreId });
const ask = (restoreId: RestoreId) => askForThaw(dependencies(), { restoreId });
const find = async (restoreId: RestoreId) => service.catalog.restores.find(restoreId);

describe('a restore of packs in an archive', () => {
  it('waits for them, with the time and the price, and goes on when they can be read', async () => {
    freeze();
    const restoreId = await order();

    expect(await look(restoreId)).toEqual({ outcome: 'frozen', calls: 1 });
    expect(await find(restoreId)).toMatchObject({
      state: 'thawing',
      thaw: { tier: 'Standard', packs: packs.length, expectedAt: addMillis(service.clock.now(), 5 * hour) },
    });
    await ask(restoreId);
    expect(await look(restoreId)).toEqual({ outcome: 'ongoing', calls: 1 });
    service.clock.advance(5 * hour);

    expect(await look(restoreId)).toEqual({ outcome: 'readable' });
    expect((await find(restoreId))?.thaw).toMatchObject({ usd: expect.any(Number) });
    expect((await find(restoreId))?.thaw).not.toHaveProperty('nextUsd');
  });

  it('pays for an ask that is repeated once', async () => {
    freeze();
    const restoreId = await order();
    await look(restoreId);
    await look(restoreId);
    await ask(restoreId);
    const once = (await find(restoreId))?.thaw?.usd;

    await ask(restoreId);

    expect((await find(restoreId))?.thaw?.usd).toBe(once);
  });

  it('needs no thaw of what is warm, or is read from its class at once', async () => {
    expect(await look(await order())).toEqual({ outcome: 'readable' });
    freeze('GLACIER_IR');
    const restoreId = await order();

    expect(await look(restoreId)).toEqual({ outcome: 'readable' });
    expect((await find(restoreId))?.state).toBe('planned');
  });

  it('thaws again what lapsed before it was read, and adds up what that costs', async () => {
    freeze();
    const restoreId = await order();
    await look(restoreId);
    await ask(restoreId);
    const first = (await find(restoreId))?.thaw?.usd ?? 0;
    service.clock.advance(5 * hour);
    service.workflows.addTask('token-1');
    await handOverRestore(service, { restoreId, taskToken: 'token-1' });
    service.clock.advance(49 * hour);

    const body = { outcome: 'frozen', fence: 1, object: packs[0] };
    const answer = await service.send('reportRestoreResult', { caller: store, params: { restoreId }, body });

    expect(answer).toMatchObject({ statusCode: 200, body: { state: 'thawing' } });
    expect(service.workflows.calls.at(-1)).toMatchObject({ kind: 'succeed', output: { state: 'frozen' } });
    expect(await look(restoreId)).toEqual({ outcome: 'frozen', calls: 1 });
    await ask(restoreId);
    expect((await find(restoreId))?.thaw?.usd).toBeCloseTo(2 * first, 6);
    expect((await service.catalog.restores.commandsFor(point.storeId)).map(({ fence }) => fence)).toEqual([
      1,
    ]);
  });

  it('is refused above the limit, with the price, and asks for nothing', async () => {
    freeze();
    const restoreId = await order({ tier: 'Expedited' });

    const looked = await look(restoreId, 0);

    expect(looked).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^THAW_COST_ABOVE_LIMIT: .* by Expedited .*thaw by Bulk/),
    });
    const { objects } = await service.vault.listStorage({ prefix: packs[0] ?? '' });
    expect(objects[0]).not.toHaveProperty('copy');
  });

  it('goes above the volume’s limit by the order of an admin, and of nobody else', async () => {
    freeze();
    const thaw = { tier: 'Standard', maxUsd: 101 } as const;

    await expect(order(thaw)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const restoreId = await order(thaw, admin);

    expect(await look(restoreId, 0)).toMatchObject({ outcome: 'frozen' });
  });

  it('comes by Standard where S3 has no expedited capacity, and then expects it later', async () => {
    freeze();
    service.vault.setExpedited(false);
    const restoreId = await order({ tier: 'Expedited' });
    await look(restoreId);

    expect(await ask(restoreId)).toEqual({ isSlower: true });

    const expectedAt = addMillis(service.clock.now(), 5 * hour);
    expect((await find(restoreId))?.thaw).toMatchObject({ expectedAt });
    expect(await look(restoreId)).toMatchObject({ outcome: 'ongoing' });
  });

  it('is given up a day after AWS should have been done, and at its deadline', async () => {
    freeze();
    const restoreId = await order();
    await look(restoreId);
    await ask(restoreId);
    const vault = {
      ...service.vault,
      listStorage: async (request: Parameters<typeof service.vault.listStorage>[0]) => {
        const page = await service.vault.listStorage(request);
        return { ...page, objects: page.objects.map((object) => ({ ...object, copy: 'ongoing' as const })) };
      },
    };
    const lookLater = () => lookAtFrozen({ ...dependencies(), vault }, { restoreId });
    service.clock.advance(28 * hour);
    expect(await lookLater()).toMatchObject({ outcome: 'ongoing' });
    service.clock.advance(2 * hour);

    expect(await lookLater()).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^THAW_OVERDUE/),
    });
    service.clock.advance(14 * 24 * hour);
    expect(await look(restoreId)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/deadline/),
    });
  });

  it('ends when it is cancelled while it thaws', async () => {
    freeze();
    const restoreId = await order();
    await look(restoreId);

    await cancelRestore(service, operator, restoreId);

    expect(await look(restoreId)).toEqual({ outcome: 'ended', state: 'cancelled' });
    expect(await ask(restoreId)).toEqual({ isSlower: false });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
  });
});

describe('the plan of a restore', () => {
  const plan = (thaw?: ThawOrder, fields = {}) => {
    const { recoveryPointId } = point;
    const ports = { ...service, limits: pathLimits, hasArchive: true, region: 'us-east-1', ...fields };
    return planRestore(ports, operator, { recoveryPointId, thaw });
  };

  it('shows what is frozen, the tiers with hours and price, and the limit', async () => {
    freeze();

    const { archive, price, refusals } = await plan({ tier: 'Bulk' });

    expect(archive).toMatchObject({
      frozen: { packs: packs.length },
      ongoing: { packs: 0 },
      choices: [
        { tier: 'Expedited', hours: 0.1 },
        { tier: 'Standard', hours: 5 },
        { tier: 'Bulk', hours: 12 },
      ],
      ...{ tier: 'Bulk', hours: 12, maxUsd: 100, isAssumedPrice: false },
    });
    expect(price).toMatchObject({ isKnown: true, retrievalUsd: archive?.thawUsd });
    expect(refusals).toEqual([]);
  });

  it('is refused above the limit, as the restore would be', async () => {
    freeze('DEEP_ARCHIVE');

    const { archive, refusals } = await plan({ tier: 'Expedited', maxUsd: 0 });

    expect(archive).toMatchObject({ tier: 'Standard', hours: 12, isAssumedPrice: false });
    expect(archive?.choices.map(({ tier }) => tier)).toEqual(['Standard', 'Bulk']);
    expect(refusals.map(({ code }) => code)).toEqual(['THAW_COST_ABOVE_LIMIT']);
  });

  it('has the fee of packs that are read from an archive at once', async () => {
    freeze('GLACIER_IR');

    const { archive } = await plan();

    expect(archive).toMatchObject({ frozen: { packs: 0 }, choices: [], thawUsd: 0 });
    expect(archive?.instantBytes).toBeGreaterThan(0);
  });

  it('says nothing of archives where nothing lies in one, and looks for none where the vault has none', async () => {
    expect(await plan()).not.toHaveProperty('archive');
    freeze();

    expect(await plan(undefined, { hasArchive: false })).not.toHaveProperty('archive');
  });
});
