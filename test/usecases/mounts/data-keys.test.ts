import { describe, expect, it } from 'vitest';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import type { Caller } from '../../../shared/domain/access.ts';
import type { StoreId } from '../../../shared/domain/ids.ts';
import { rebuildCatalog } from '../../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { admin } from '../../support/serving-store.ts';
import { createStoreAndMount } from '../../support/uploading.ts';

const first = { generation: 1, firstUploadId: '01K0000000000000000000000A', keyId: 'key-1', wrapped: 'AAAA' };
const rotated = { ...first, keyId: 'arn:aws:kms:eu-1:1:key/7', wrapped: 'BBBB' };
const renewed = { ...first, generation: 2, firstUploadId: '01K0000000000000000000000B' };

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const { mountId } = mount;
  const params = { mountId };
  const store = (body: object, by: Caller = caller) =>
    service.send('storeDataKey', { caller: by, params, body });
  const list = async (by: Caller = caller) =>
    (await service.send('listDataKeys', { caller: by, params })).body;
  return { service, mountId, caller, store, list };
}

describe('the wrapped data keys of a mount', () => {
  it('are stored in order by its gateway, listed, and never changed', async () => {
    const { store, list, service, mountId } = await arrange();

    expect(await list()).toEqual({ items: [] });
    expect(await store({ ...first, number: 1 })).toEqual({ statusCode: 201, body: { items: [first] } });
    expect(await store({ ...first, number: 1 })).toEqual({ statusCode: 201, body: { items: [first] } });
    expect(await store({ ...rotated, number: 2 }, admin)).toMatchObject({ statusCode: 201 });
    expect(await store({ ...renewed, number: 3 })).toMatchObject({ statusCode: 201 });

    expect(await list(admin)).toEqual({ items: [first, rotated, renewed] });
    const { body: shown } = await service.send('showMount', { caller: admin, params: { mountId } });
    expect(JSON.stringify(shown)).not.toContain('BBBB');
  });

  it.each([
    [
      'the number of another one',
      { ...rotated, number: 1 },
      'has 1 data keys: the next one has the number 2',
    ],
    [
      'a number that is not the next',
      { ...rotated, number: 3 },
      'has 1 data keys: the next one has the number 2',
    ],
    [
      'a generation before the one that comes next',
      { ...renewed, generation: 3, number: 2 },
      'has no data key 2 yet',
    ],
    [
      'another first upload for a generation',
      { ...rotated, firstUploadId: renewed.firstUploadId, number: 2 },
      `has data key 1 since upload ${first.firstUploadId}`,
    ],
  ])('are refused with %s', async (_, body, why) => {
    const { store, list, mountId } = await arrange();
    await store({ ...first, number: 1 });

    expect(await store(body)).toMatchObject({
      statusCode: 409,
      body: { code: 'DATA_KEY_CONFLICT', detail: `mount ${mountId} ${why}` },
    });

    expect(await list()).toEqual({ items: [first] });
  });

  it.each([
    ['a wrapped key that is none', { ...first, wrapped: 'not base64!' }],
    ['a wrapped key that is too long', { ...first, wrapped: 'A'.repeat(2052) }],
    ['the name of a key with blanks', { ...first, keyId: 'a b' }],
    ['a field of its own', { ...first, dataKey: 'AAAA' }],
  ])('are refused with %s', async (_, body) => {
    const { store } = await arrange();

    expect(await store({ ...body, number: 1 })).toMatchObject({ statusCode: 400 });
  });

  it('are at most forty, so that a mount stays an item of the catalog', async () => {
    const { store } = await arrange();
    for (let number = 1; number <= 40; number++) await store({ ...first, keyId: `key-${number}`, number });

    expect(await store({ ...first, number: 41 })).toMatchObject({
      statusCode: 409,
      body: { code: 'DATA_KEY_CONFLICT', detail: expect.stringContaining('takes no more') },
    });
  });

  it('are no affair of other stores, and of two who store at once one is told', async () => {
    const { store, list } = await arrange();
    const stranger: Caller = {
      credentialId: 'key-other',
      role: 'store',
      storeId: 'sto-01J00000000000000000000009' as StoreId,
    };

    const both = await Promise.all([store({ ...first, number: 1 }), store({ ...rotated, number: 1 })]);

    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
    expect(await store({ ...first, number: 2 }, stranger)).toMatchObject({ statusCode: 404 });
    expect(await list(stranger)).toMatchObject({ code: 'MOUNT_NOT_FOUND' });
  });

  it('outlive the catalog: the journal in the vault has them', async () => {
    const { store, service, mountId } = await arrange();
    await store({ ...first, number: 1 });
    await store({ ...rotated, number: 2 });
    const empty = { ...service, catalog: createMemoryCatalog() };

    await rebuildCatalog(empty, { mode: 'empty', by: 'an-operator' });

    expect((await empty.catalog.mounts.find(mountId))?.dataKeys).toEqual([first, rotated]);
  });
});
