import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import { byMountIndex, runningIndex, tableSchema } from '../../shared/adapters/aws/table.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { closeUpload, committedPoint, createdMount, openedUpload } from './support/line.ts';
import { readPages } from './support/paging.ts';
import { at, makeClaim, makeCode, makeCredential, makeRestore, makeStore } from './support/rows.ts';
import { type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';

describe('the table of the catalog', () => {
  let running: RunningCatalogs;
  let catalog: Catalog;
  let scan: (IndexName?: string) => Promise<Record<string, AttributeValue>[]>;
  beforeAll(async () => {
    running = await runCatalogs();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    const { client } = running;
    const TableName = await running.makeTable();
    catalog = createAwsCatalog({ client, tableName: TableName });
    scan = async (IndexName) => {
      const { Items = [] } = await client.send(
        new ScanCommand({ TableName, ...(IndexName && { IndexName }) }),
      );
      return Items;
    };
  });

  it('holds the points of a mount in order of seq, beside the mount itself', async () => {
    const mount = await createdMount(catalog);
    for (let count = 0; count < 11; count++) await committedPoint(catalog, mount);

    const points = (await scan()).filter(({ __edb_e__ }) => __edb_e__?.S === 'recovery-point');

    const keys = points.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).toSorted();
    expect(keys).toHaveLength(11);
    expect(keys[0]).toBe(`mount#${mount.mountId} point#000000000001`);
    expect(keys[10]).toBe(`mount#${mount.mountId} point#000000000011`);
  });

  it('keeps ended uploads and restores out of the index of running ones', async () => {
    const mount = await createdMount(catalog);
    const point = await committedPoint(catalog, mount);
    const restore = makeRestore(point);
    await catalog.restores.create(restore);
    const open = await openedUpload(catalog, mount);
    // Beside the mount, which waits for its next run of retention.
    const running = async () => (await scan(runningIndex.name)).filter(({ dueMountId }) => !dueMountId);
    expect(await running()).toHaveLength(2);

    await catalog.restores.end(restore, { state: 'failed', at: at(50), reason: 'stopped' });
    await closeUpload(catalog, open, 'aborted');

    const [only, ...others] = await running();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ uploadId: { S: open.uploadId }, runningState: { S: 'closing' } });
  });

  it('lets DynamoDB forget idempotency claims only, a whole second after their time at the earliest', async () => {
    const store = makeStore();
    const forgetAt = '2026-03-03T00:00:00.001Z' as ReturnType<typeof at>;
    await catalog.stores.create(
      store,
      makeCode(store.storeId),
      makeClaim(store.storeId, { scope: `a key with anything in it ${'#'.repeat(3_000)}`, forgetAt }),
    );
    await committedPoint(catalog, await createdMount(catalog));

    const forgettable = (await scan()).filter((item) => tableSchema.timeToLiveAttribute in item);

    expect(forgettable).toHaveLength(1);
    expect(forgettable[0]).toMatchObject({
      __edb_e__: { S: 'claim' },
      forgetAtSeconds: { N: `${Date.parse('2026-03-03T00:00:01.000Z') / 1000}` },
    });
  });

  it('gives an index all attributes of its rows', async () => {
    await committedPoint(catalog, await createdMount(catalog));

    const [point] = await scan(byMountIndex.name);

    expect(point).toMatchObject({ seq: { N: '1' }, snapName: { S: 'nightly' }, totals: { M: {} } });
  });

  it('goes on behind what fits into a megabyte', async () => {
    const large = 'x'.repeat(300_000);
    for (let count = 0; count < 7; count++) {
      await catalog.credentials.create(makeCredential({ description: `${count}${large}` }));
    }

    const pages = await readPages((page) => catalog.credentials.list(page), 100);

    expect(pages.flat().map(({ description }) => description.slice(0, 1))).toEqual([...'0123456']);
    expect(pages.length).toBeGreaterThan(1);
  });
});
