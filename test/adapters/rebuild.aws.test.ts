import { type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import { createAwsVault } from '../../shared/adapters/aws/vault.ts';
import { createMemoryVault } from '../../shared/adapters/memory/vault.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import {
  type CatalogExport,
  exportCatalog,
  exportJournal,
  exportMount,
} from '../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { rebuildCatalog } from '../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { watchJournals } from '../../shared/usecases/journal/watch-journals.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { beginReclaim } from '../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { changePolicy } from '../../shared/usecases/retention/change-policy.ts';
import { executePlan } from '../../shared/usecases/retention/execute-plan.ts';
import { placeHold } from '../../shared/usecases/retention/holds.ts';
import { makePlan } from '../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { abortUpload } from '../../shared/usecases/uploads/abort-upload.ts';
import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { admin } from '../support/serving-store.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';
import { injectFault } from './support/faults.ts';
import { dynamoDbClient, type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';
import { type RunningVaults, runVaults } from './support/running-vault.ts';

let catalogs: RunningCatalogs;
let vaults: RunningVaults;
beforeAll(async () => {
  [catalogs, vaults] = await Promise.all([runCatalogs(), runVaults()]);
});
afterAll(async () => {
  await catalogs.close();
  await vaults.close();
});

const log = {
  content: textOf(
    connected(),
    backup(backupSet({ handle: ['/mnt/ledger/full_1', '/mnt/ledger/full_2'], level: 0, files: [1, 2] })),
  ),
  ...{ fileName: 'n.log', mountpoint: '/mnt/ledger', platform: 'linux', receivedAt: toInstant(0) },
};

/** A service whose catalog is a table, with two mounts, points of a database, and everything that retention leaves behind. */
async function makeHistory() {
  const tableName = await catalogs.makeTable();
  const catalog = createAwsCatalog({ client: catalogs.client, tableName });
  const service = createMemoryService({ catalogOf: () => catalog });
  const { mount, caller } = await createStoreAndMount(service, 'never');
  const { mountId, storeId } = mount;
  const settings = { expire: '1w', maxPendingSnapshots: 3, by: 'key-admin' };
  await createMount(service, { storeId, name: 'mount-2', ...settings });
  const backUp = async () => {
    const upload = await openSnapshot(service, caller, mount);
    const files = { full_1: 'f'.repeat(1024), notes: String(service.clock.now()) };
    const packed = await uploadFiles(service, caller, upload, files, [log as never]);
    await askCommit(service, caller, upload, packed);
    service.clock.advance(86_400_000);
    return runCommit(service, upload.uploadId);
  };
  const drain = async () => {
    const errors: unknown[] = [];
    await watchJournals({ ...service, onError: (_, error) => errors.push(error) });
    expect(errors).toEqual([]);
  };
  const points = [await backUp(), await backUp(), await backUp(), await backUp()];
  const aborted = await openSnapshot(service, caller, mount);
  await abortUpload(service, caller, { uploadId: aborted.uploadId, reason: 'for the test' });
  await drain();
  return { service, tableName, mountId, points, backUp, drain };
}

type History = Awaited<ReturnType<typeof makeHistory>>;

/** The oldest two points expire; one of them is gone in the end, the other is on its way. A hold is placed. */
async function goOn({ service, mountId, points, backUp, drain }: History) {
  const [first, second, last] = points;
  if (!first || !second || !last) throw new Error('there are four points');
  await changePolicy(service, admin, mountId, { expire: '2d', maxExpiredPercentPerDay: 100 } as never);
  const dependencies = { ...service, contents: createPointContents(service.vault) };
  const target = { kind: 'point', recoveryPointId: last.recoveryPointId } as const;
  await placeHold(service, admin, { target, reason: 'for the test' });
  const { note } = await makePlan(dependencies, mountId);
  await executePlan(dependencies, { mountId, sha256: note.sha256, most: 10 });
  service.clock.advance(9 * 86_400_000);
  const decideAgain = async () => ({ keep: false, unchanged: [] }) as const;
  await beginReclaim({ ...service, decideAgain }, first.recoveryPointId);
  await carryOutReclaim(service, first.recoveryPointId);
  await beginReclaim({ ...service, decideAgain }, second.recoveryPointId);
  await backUp();
  await drain();
}

/** What lies in the one vault lies in a bucket. */
async function toBucket(vault: Vault): Promise<Vault> {
  const bucket = createAwsVault({ client: vaults.makeClient(), bucketName: vaults.makeBucket() });
  await copyAll(vault, bucket);
  return bucket;
}

async function copyAll(from: Vault, to: Vault): Promise<void> {
  const { versions } = await from.listVersions({ prefix: '' });
  for (const { key } of versions) {
    const bytes = Buffer.concat(await Array.fromAsync((await from.read(key)) ?? []));
    await to.putOnce(key, bytes);
  }
}

const rebuild = ({ service }: History, catalog: Catalog, vault: Vault, mode: 'empty' | 'replay') =>
  rebuildCatalog({ ...service, catalog, vault }, { mode, by: 'key-admin' });

/** The table as it is now, in another one. */
async function copyTable(client: DynamoDBClient, from: string, to: string): Promise<void> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: from }));
  for (const Item of Items) await client.send(new PutItemCommand({ TableName: to, Item }));
}

describe('the catalog on DynamoDB', () => {
  let history: History;
  let yesterday: Catalog;
  let expected: CatalogExport;
  beforeAll(async () => {
    const { client } = catalogs;
    history = await makeHistory();
    const tableName = await catalogs.makeTable();
    await copyTable(client, history.tableName, tableName);
    yesterday = createAwsCatalog({ client, tableName });
    await goOn(history);
    expected = await exportCatalog(history.service.catalog);
  });

  it('is rebuilt from the bucket alone when its table is dropped, with all that retention has left behind', async () => {
    const [mount] = expected.mounts;
    const states = mount?.points.map((point) => (point as { state: string }).state);
    expect(states).toEqual(['tombstone', 'reclaiming', 'available', 'available', 'available']);
    expect(mount?.holds).toHaveLength(1);
    const catalog = await catalogs.makeCatalog();

    const progress = await rebuild(history, catalog, await toBucket(history.service.vault), 'empty');

    expect(progress).toEqual({ rebuilt: 2, inStep: 0, failed: [] });
    const { databases, ...rest } = await exportCatalog(catalog);
    const { databases: wantedDatabases, ...wanted } = expected;
    expect(rest).toEqual(wanted);
    // A database is noted with its live points only; all else of it is the same.
    const withoutPoints = ({ points: _, ...database }: CatalogExport['databases'][number]) => database;
    expect(databases.map(withoutPoints)).toEqual(wantedDatabases.map(withoutPoints));
    expect(databases[0]?.points).toHaveLength(3);
  });

  it('is brought up to the bucket from yesterday, and changed no more by another replay', async () => {
    const bucket = await toBucket(history.service.vault);

    expect(await rebuild(history, yesterday, bucket, 'replay')).toEqual({
      rebuilt: 1,
      inStep: 1,
      failed: [],
    });

    expect(await exportCatalog(yesterday)).toEqual(expected);
    const again = await rebuild(history, yesterday, bucket, 'replay');
    expect(again).toEqual({ rebuilt: 0, inStep: 2, failed: [] });
  });

  it('is rebuilt by one of two runs that overlap, whichever transaction of the first the second comes before', async () => {
    const requests = async (at: number) => {
      const [client, tableName] = [dynamoDbClient(catalogs.endpoint), await catalogs.makeTable()];
      const catalog = createAwsCatalog({ client, tableName });
      const vault = createMemoryVault(history.service);
      await copyAll(history.service.vault, vault);
      const other = createAwsCatalog({ client: catalogs.client, tableName });
      let count = 0;
      injectFault(client, 'TransactWriteItems', async (pass) => {
        if (++count === at) await rebuild(history, other, vault, 'replay');
        return pass();
      });

      expect(await rebuild(history, catalog, vault, 'empty')).toMatchObject({ failed: [] });

      client.destroy();
      const { databases: _, ...rest } = await exportCatalog(catalog);
      const { databases: __, ...wanted } = expected;
      expect(rest).toEqual(wanted);
      for (const { mountId } of (await catalog.mounts.list({}, { limit: 10 })).items) {
        const mount = await catalog.mounts.find(mountId);
        expect(mount).not.toHaveProperty('diverged');
        expect(mount?.journal.stored).toBe(mount?.journal.number);
        expect(await exportJournal(vault, mountId)).toEqual(await exportMount(catalog, mountId));
      }
      return count;
    };
    const most = await requests(0);
    expect(most).toBeGreaterThan(4);
    for (let at = 1; at <= most; at++) await requests(at);
  });
});
