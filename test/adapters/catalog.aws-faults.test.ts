import {
  BatchGetItemCommand,
  type DynamoDBClient,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { cancelled, injectFault, lostAnswer } from './support/faults.ts';
import {
  closeUpload,
  commitChange,
  committingUpload,
  createdMount,
  openedUpload,
  present,
} from './support/line.ts';
import { at, ids, makeClaim, makeCode, makeMount, makeStore, makeUpload } from './support/rows.ts';
import { dynamoDbClient, type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';

describe('the catalog on DynamoDB, when DynamoDB', () => {
  let running: RunningCatalogs;
  let client: DynamoDBClient;
  let tableName: string;
  let catalog: Catalog;
  beforeAll(async () => {
    running = await runCatalogs();
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    client = dynamoDbClient(running.endpoint);
    tableName = await running.makeTable();
    catalog = createAwsCatalog({ client, tableName });
    return () => client.destroy();
  });

  it('cancels a transaction because of another one, tries again', async () => {
    const mount = await createdMount(catalog);
    const fault = injectFault(
      client,
      'TransactWriteItems',
      cancelled('TransactionConflict', 'None', 'None'),
      3,
    );

    expect(await catalog.uploads.open(makeUpload(mount))).toEqual({ outcome: 'opened' });

    expect(fault.count()).toBe(3);
  });

  it('goes on cancelling, answers a conflict where callers can decide, and INTERNAL elsewhere', async () => {
    const mount = await createdMount(catalog);
    const open = await openedUpload(catalog, await createdMount(catalog));
    const committing = await commitChange(
      catalog,
      await committingUpload(catalog, await createdMount(catalog)),
    );
    injectFault(client, 'TransactWriteItems', cancelled('TransactionConflict'));
    const store = makeStore();

    const [opened, closed, committed, created] = await Promise.allSettled([
      catalog.uploads.open(makeUpload(mount)),
      closeUpload(catalog, open, 'aborted'),
      catalog.uploads.commit(committing),
      catalog.stores.create(store, makeCode(store.storeId)),
    ]);

    expect(opened).toMatchObject({ value: { outcome: 'conflict' } });
    expect(closed).toMatchObject({ value: 'conflict' });
    expect(committed).toMatchObject({ value: 'conflict' });
    expect(created).toMatchObject({ reason: { code: 'INTERNAL', retry: 'transient' } });
  });

  it('has not decided on one item yet, does not take the refusal of another for the answer', async () => {
    const store = makeStore({ name: 'east' });
    const claim = makeClaim(store.storeId);
    await catalog.stores.create(store, makeCode(store.storeId), claim);
    // Another copy of the request holds the claim's item; the name is taken because that copy took it.
    const undecided = cancelled('TransactionConflict', 'None', 'ConditionalCheckFailed');
    injectFault(client, 'TransactWriteItems', undecided, 1);
    const copy = makeStore({ name: 'east' });

    const outcome = await catalog.stores.create(copy, makeCode(copy.storeId), claim);

    expect(outcome).toEqual({ outcome: 'repeated', resourceId: store.storeId });
  });

  it('refuses a transaction for a reason that is not known, throws it', async () => {
    const { mount, entry } = makeMount();
    injectFault(client, 'TransactWriteItems', cancelled('ItemCollectionSizeLimitExceeded'));

    await expect(catalog.mounts.create(mount, entry)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('ItemCollectionSizeLimitExceeded'),
    });
  });

  it('loses the answer to a transaction, still knows that it was applied', async () => {
    const mount = await createdMount(catalog);
    const fault = injectFault(client, 'TransactWriteItems', lostAnswer, 3);
    const upload = makeUpload(mount);

    const opened = await catalog.uploads.open(upload);
    const closed = await closeUpload(catalog, upload, 'aborted');

    expect([opened, closed]).toEqual([{ outcome: 'opened' }, 'closed']);
    expect(fault.count()).toBe(3);
    const found = present(await catalog.mounts.find(mount.mountId));
    expect(found).toEqual({ ...mount, fence: 1, journal: found.journal });
    expect(found.journal.number).toBe(mount.journal.number + 1);
  });

  it('holds an item for a transaction, tries a single write again', async () => {
    const store = makeStore();
    await catalog.stores.create(store, makeCode(store.storeId));
    const fault = injectFault(
      client,
      'UpdateItem',
      async () => {
        throw new TransactionConflictException({
          $metadata: {},
          message: 'Transaction is ongoing for the item',
        });
      },
      2,
    );

    await catalog.stores.noteSeen(store.storeId, { at: at(3), gatewayVersion: '1.0.0', capabilities: [] });

    expect(fault.count()).toBe(2);
    expect(await catalog.stores.find(store.storeId)).toMatchObject({ lastSeenAt: at(3) });
  });

  it('leaves a part of a batch unread, reads that part again', async () => {
    const storeId = ids.store();
    const mounts = [
      await createdMount(catalog, { storeId }),
      await createdMount(catalog, { storeId }),
      await createdMount(catalog, { storeId }),
    ];
    const keys = [present(mounts[1])].map(({ mountId }) => ({
      pk: { S: `mount#${mountId}` },
      sk: { S: 'mount' },
    }));
    const partly = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys } } }),
    );
    injectFault(client, 'BatchGetItem', async (pass) => {
      const result = (await pass()) as { output: object };
      return { ...result, output: partly };
    });

    const { items } = await catalog.mounts.list({ storeId }, { limit: 10 });

    expect(items).toEqual(mounts);
  });

  it('has no such table, throws instead of finding nothing', async () => {
    const lost = createAwsCatalog({ client, tableName: 'holdfast-missing' });
    const { mount, entry } = makeMount();

    const calls = await Promise.allSettled([
      lost.stores.find(ids.store()),
      lost.mounts.list({}, { limit: 10 }),
      lost.mounts.list({ storeId: ids.store() }, { limit: 10 }),
      lost.mounts.create(mount, entry),
      lost.recoveryPoints.find(ids.upload()),
      lost.credentials.revoke(ids.credential(), at(1)),
      lost.restores.commandsFor(ids.store()),
      lost.outbox.pending(ids.mount(), 1),
    ]);

    const reason = {
      code: 'INTERNAL',
      message: expect.stringContaining('ResourceNotFoundException'),
      cause: expect.any(Error),
    };
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason });
  });
});
