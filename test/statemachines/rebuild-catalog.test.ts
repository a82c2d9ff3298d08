import { describe, expect, it } from 'vitest';
import { createAwsWorkflows } from '../../shared/adapters/aws/workflows.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { findRebuild, orderRebuild } from '../../shared/usecases/catalog-rebuild/order-rebuild.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { registerStore } from '../../shared/usecases/stores/register-store.ts';
import { present } from '../adapters/support/line.ts';
import { until } from '../local/stepfunctions/harness.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { admin } from '../support/serving-store.ts';
import { openWorkflows } from './support.ts';

/** The first entries of so many mounts' journals. */
async function makeJournals(mounts: number) {
  const lost = createMemoryService();
  const { store } = await registerStore(lost, { name: 'store-1' });
  const journals: { key: string; bytes: Buffer }[] = [];
  for (let count = 1; count <= mounts; count++) {
    const input = { storeId: store.storeId, name: `mount-${count}`, expire: '1w', maxPendingSnapshots: 3 };
    const { mountId } = await createMount(lost, input);
    await storeJournal(lost, mountId);
    const key = formatVaultKey({ kind: 'journal', mountId, number: 1 });
    journals.push({ key, bytes: Buffer.concat(await Array.fromAsync(present(await lost.vault.read(key)))) });
  }
  return journals;
}

async function arrange() {
  const { service, local, machines } = await openWorkflows();
  const workflows = createAwsWorkflows({
    client: local.workflows.client,
    rebuildStateMachineArn: machines.rebuild,
  });
  const rebuild = async (mode: 'empty' | 'replay') => {
    service.clock.advance(1);
    const { rebuildId } = await orderRebuild({ ...service, workflows }, admin, mode);
    const find = () => findRebuild({ workflows }, rebuildId);
    await until('the end of the rebuild', async () => (await find()).state !== 'running');
    return find();
  };
  return { service, local, workflows, rebuild };
}

describe('rebuild-catalog', () => {
  it('goes through all mounts, some a step, and names those whose journal is broken', async () => {
    const { service, local, rebuild } = await arrange();
    await using _ = local;
    const journals = await makeJournals(22);
    const broken = present(journals[20]);
    for (const { key, bytes } of journals) {
      await service.vault.putOnce(key, key === broken.key ? bytes.subarray(1) : bytes);
    }

    const ended = await rebuild('empty');

    expect(ended).toMatchObject({ state: 'completed', rebuilt: 21, inStep: 0, failures: 1 });
    expect(ended).toMatchObject({ failed: [{ code: 'JOURNAL_BROKEN' }] });
    expect((await service.catalog.mounts.list({}, { limit: 100 })).items).toHaveLength(21);
    expect(await rebuild('replay')).toMatchObject({ rebuilt: 0, inStep: 21, failures: 1 });
  });

  it('fails with the reason where there is a catalog, and finds no rebuild that was never ordered', async () => {
    const { service, local, workflows, rebuild } = await arrange();
    await using _ = local;
    await registerStore(service, { name: 'store-1' });

    expect(await rebuild('empty')).toMatchObject({ state: 'failed', code: 'CATALOG_NOT_EMPTY' });
    await expect(findRebuild({ workflows }, 'rebuild-20260101000000000')).rejects.toMatchObject({
      code: 'REBUILD_NOT_FOUND',
    });
  });
});
