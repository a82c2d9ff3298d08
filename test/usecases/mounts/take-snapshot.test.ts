import { describe, expect, it } from 'vitest';
import { arrangeTargets, commit, operator } from '../../support/restore-targets.ts';

const minute = 60_000;

async function arrange() {
  const { service, source, target, send } = await arrangeTargets();
  const { mountId } = source.mount;
  const order = (id = mountId) =>
    service.send('orderSnapshot', { caller: operator, params: { mountId: id } });
  const show = (commandId: unknown) =>
    service.send('showSnapshotOrder', {
      caller: operator,
      params: { mountId, commandId: String(commandId) },
    });
  const report = (commandId: unknown, body: object, caller = source.caller) =>
    service.send('reportSnapshotOrder', { caller, params: { mountId, commandId: String(commandId) }, body });
  const commands = async () => (await send(source)).body?.commands as Record<string, unknown>[];
  return { service, source, target, mountId, order, show, report, commands };
}

describe('the order of a snapshot', () => {
  it('comes down until the store has frozen it, and is completed by the recovery point that it becomes', async () => {
    const { service, source, order, show, report, commands, mountId } = await arrange();

    const { statusCode, body } = await order();
    const commandId = body?.commandId;
    expect(statusCode).toBe(202);
    expect(await commands()).toEqual([
      { commandId, kind: 'take-snapshot', mountId, deadline: body?.deadline },
    ]);
    expect(await order()).toMatchObject({ statusCode: 409, body: { code: 'SNAPSHOT_ORDERED' } });
    const head = await service.catalog.recoveryPoints.list({ mountId }, { limit: 1 });
    const number = Number(/\d+$/.exec(head.items[0]?.snapName ?? '')?.[0]) + 1;
    await report(commandId, { outcome: 'frozen', snapName: `UID_${number}` });
    expect(await commands()).toEqual([]);
    expect((await show(commandId)).body).toMatchObject({ state: 'frozen' });
    const { recoveryPointId } = await commit(service, source, 'three');
    await commit(service, source, 'four');

    expect((await show(commandId)).body).toMatchObject({ state: 'completed', recoveryPointId });
    await report(commandId, { outcome: 'failed', code: 'LATE', reason: 'late' });
    expect((await show(commandId)).body).toMatchObject({ state: 'completed' });
    expect(await order()).toMatchObject({ statusCode: 202 });
    expect(await show(commandId)).toMatchObject({ statusCode: 404 });
  });

  it('that fails says why; one that no store takes in time has failed', async () => {
    const { service, target, order, show, report, commands } = await arrange();
    const first = (await order()).body?.commandId;
    const failed = { outcome: 'failed', code: 'SNAPSHOT_FAILED', reason: 'a backup is under way' };

    expect(await report(first, failed, target.caller)).toMatchObject({ statusCode: 404 });
    expect((await report(first, failed)).body).toMatchObject({ state: 'failed', code: 'SNAPSHOT_FAILED' });
    const second = (await order()).body?.commandId;
    service.clock.advance(15 * minute);

    expect(await commands()).toEqual([]);
    expect((await show(second)).body).toMatchObject({ state: 'failed', code: 'STORE_SILENT' });
    expect(await order()).toMatchObject({ statusCode: 202 });
  });

  it('is refused by name where the gateway does not know how', async () => {
    const { target, order } = await arrange();
    const { capabilities } = target;
    expect(capabilities).toContain('take-snapshot');
    const old = await arrangeTargets({ capabilities: ['stage-restore'] });

    expect(
      await old.service.send('orderSnapshot', {
        caller: operator,
        params: { mountId: old.target.mount.mountId },
      }),
    ).toMatchObject({ statusCode: 409, body: { code: 'CAPABILITY_MISSING' } });
    expect(await order(target.mount.mountId)).toMatchObject({ statusCode: 202 });
  });
});
