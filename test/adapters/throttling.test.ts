import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import { createAwsVault } from '../../shared/adapters/aws/vault.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { commitChange, committingUpload, createdMount } from './support/line.ts';
import { ids } from './support/rows.ts';
import { type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';
import { type RunningVaults, runVaults } from './support/running-vault.ts';
import {
  kmsThrottled,
  type Refusal,
  slowDown,
  startThrottlingProxy,
  throughputExceeded,
} from './support/throttling-proxy.ts';

// S44: the SDK's own tries (three or four, with jitter) wait a moment of throttling out; nothing is lost or taken for missing;
// and what lasts ends as INTERNAL, which workflows and gateways try again.

let catalogs: RunningCatalogs;
let vaults: RunningVaults;
beforeAll(async () => {
  [catalogs, vaults] = await Promise.all([runCatalogs(), runVaults()]);
});
afterAll(() => Promise.all([catalogs.close(), vaults.close()]));

const forEver = Number.POSITIVE_INFINITY;

async function throttledCatalog(refusedPerRun: number) {
  const proxy = await startThrottlingProxy(catalogs.endpoint, throughputExceeded, refusedPerRun);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({
    endpoint: proxy.endpoint,
    region: 'eu-central-1',
    credentials,
  });
  return { proxy, catalog: createAwsCatalog({ client, tableName: await catalogs.makeTable() }) };
}

async function throttledVault(refusal: Refusal, refusedPerRun: number) {
  const plain = vaults.makeClient();
  const { protocol, hostname, port } = await (plain.config.endpoint?.() ??
    Promise.reject(new Error('no endpoint')));
  const proxy = await startThrottlingProxy(`${protocol}//${hostname}:${port}`, refusal, refusedPerRun);
  const client: S3Client = vaults.makeClient({ endpoint: proxy.endpoint });
  return { proxy, vault: createAwsVault({ client, bucketName: vaults.makeBucket() }) };
}

const key = () => formatVaultKey({ kind: 'recovery-point', mountId: ids.mount(), uploadId: ids.upload() });
const bytes = Buffer.from('{"holds":"what the catalog holds"}');

describe.concurrent('when DynamoDB throttles', () => {
  it('every first try of every call, a whole commit comes out as it should', async () => {
    const { proxy, catalog } = await throttledCatalog(1);
    await using _ = proxy;

    const mount = await createdMount(catalog);
    const upload = await committingUpload(catalog, mount);
    const outcome = await catalog.uploads.commit(await commitChange(catalog, upload));

    expect(outcome).toBe('committed');
    expect(await catalog.recoveryPoints.find(upload.uploadId)).toMatchObject({
      seq: 1,
      mountId: mount.mountId,
    });
    expect(proxy.requests() % 2).toBe(0);
  });

  it('for ever, a call fails as INTERNAL after some tries', async () => {
    const { proxy, catalog } = await throttledCatalog(forEver);
    await using _ = proxy;

    const call = catalog.mounts.find(ids.mount());

    await expect(call).rejects.toMatchObject({ code: 'INTERNAL', retry: 'transient' });
    expect(proxy.requests()).toBeGreaterThan(2);
  });
});

describe.concurrent.each([
  ['S3', slowDown],
  ['its key', kmsThrottled],
])('when %s throttles', (_, refusal) => {
  it('every first try, an object is stored once and read whole', async () => {
    const { proxy, vault } = await throttledVault(refusal, 1);
    await using _ = proxy;
    const place = key();

    const first = await vault.putOnce(place, bytes);
    const again = await vault.putOnce(place, bytes);
    const read = await vault.read(place);
    const { versions } = await vault.listVersions({ prefix: place });

    expect([first, again]).toMatchObject([{ outcome: 'stored' }, { outcome: 'exists' }]);
    expect(await buffer(Readable.from(read ?? []))).toEqual(bytes);
    expect(versions).toHaveLength(1);
    expect(await vault.head(place)).toEqual({
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('for ever, nothing is called missing: the call fails as INTERNAL', async () => {
    const { proxy, vault } = await throttledVault(refusal, forEver);
    await using _ = proxy;

    const calls = await Promise.allSettled([
      vault.read(key()),
      vault.head(key()),
      vault.putOnce(key(), bytes),
    ]);

    const reason = { code: 'INTERNAL', retry: 'transient' };
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason });
  });
});
