import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endStaging } from '../../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { ServedStore } from '../support/served-store.ts';
import { waitUntil } from '../support/wait-until.ts';

type Answer = Readonly<Record<string, unknown>>;

test('what lies in a mount becomes a point, a clone and a restore to another mount, which go when they are dropped', async () => {
  const store = await ServedStore.start();
  const { served } = store;
  const { service } = served;
  const [mountId, targetMountId] = [await store.addReadyMount('orcl'), await store.addReadyMount('other')];
  const root = (name: string) => join(store.mountsDirectory, name);
  await mkdir(join(root('orcl'), 'oracle_data', 'ORCL'));
  await writeFile(join(root('orcl'), 'oracle_data', 'ORCL', 'piece'), 'backup piece');
  const ask = (name: Parameters<typeof served.ask>[0], params: Record<string, string>, body?: object) =>
    served.ask(name, params, body);
  /** What the workflow does. */
  const carryOut = async ({ restoreId }: Answer) => {
    const id = restoreId as never;
    const taskToken = `token of ${restoreId}`;
    service.workflows.addTask(taskToken);
    await handOverRestore(service, { restoreId: id, taskToken });
    const ended = () =>
      service.workflows.calls.find((call) => call.kind === 'succeed' && call.taskToken === taskToken);
    await waitUntil('the gateway reports its end', () => ended() !== undefined);
    const { output } = ended() as unknown as { output: never };
    await endStaging(service, { restoreId: id, end: output });
    return { restoreId: String(restoreId) };
  };
  const stagedOf = async (params: { restoreId: string }) =>
    (await ask('showRestore', params)).staged as { state: string };
  const drop = async (params: { restoreId: string }) => {
    expect(await stagedOf(params)).toMatchObject({ state: 'present' });
    await ask('dropStagedFiles', params);
    await waitUntil('it is gone', async () => (await stagedOf(params)).state === 'removed');
  };

  const { commandId } = await ask('orderSnapshot', { mountId });
  const order = { mountId, commandId: String(commandId) };
  await waitUntil('it is a point', async () => (await ask('showSnapshotOrder', order)).state === 'completed');
  const recoveryPointId = String((await ask('showSnapshotOrder', order)).recoveryPointId);
  const pins = () => service.catalog.recoveryPoints.pins(recoveryPointId as never);
  const clone = await carryOut(await ask('createClone', { recoveryPointId }, { name: 'testdb' }));
  const restore = await carryOut(await ask('createRestore', { recoveryPointId }, { targetMountId }));

  const { jobId } = await ask('showRestore', restore);
  const staged = join(root('other'), 'restores', String(jobId));
  const cloned = join(root('orcl'), 'clones', 'testdb');
  for (const folder of [staged, cloned]) {
    expect(await readFile(join(folder, 'ORCL', 'piece'), 'utf8')).toBe('backup piece');
  }
  expect(await pins()).toEqual([`clone:${clone.restoreId}`]);
  const { storeReport } = await store.show(mountId);
  expect(storeReport).toMatchObject({ exportPath: root('orcl') });
  await writeFile(join(cloned, 'new'), 'written to the clone');
  await drop(clone);
  await drop(restore);
  expect(await pins()).toEqual([]);
  expect(await readdir(join(root('orcl'), 'clones'))).toEqual([]);
  expect(await readdir(join(root('other'), 'restores'))).toEqual([]);
});
