import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  RestoreObjectCommand,
  type RestoreRequest,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { EventEnvelope } from '../../../local/services.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';
import { sendRaw, signedBySdk } from './raw-http.ts';

const HOUR = 3_600_000;
const Bucket = 'cold';
const START = Date.UTC(2026, 10, 5, 12, 30);

let now: number;
let directory: string;
let s3: LocalS3;
let client: S3Client;
let events: EventEnvelope[];

beforeEach(async () => {
  now = START;
  directory = newDirectory();
  events = [];
  s3 = await start();
  s3.putBucket({ name: Bucket, versioning: true, eventBridge: true });
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

async function start(thawSeconds?: number): Promise<LocalS3> {
  const server = await startLocal({
    directory,
    clock: () => now,
    onEvent: async (event) => void events.push(event),
    ...(thawSeconds !== undefined && { thawSeconds }),
  });
  client = clientOf(server.endpoint, 'Admin', { systemClockOffset: now - Date.now() });
  return server;
}

/** Clients sign with the time of their clock, so it goes with the server's. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  client.config.systemClockOffset += milliseconds;
  await s3.tick();
}

const archive = async (StorageClass: 'GLACIER' | 'DEEP_ARCHIVE' | 'GLACIER_IR' = 'GLACIER', Key = 'k') => {
  const put = new PutObjectCommand({ Bucket, Key, Body: 'frozen', StorageClass });
  const { VersionId } = await client.send(put);
  return { Bucket, Key, VersionId };
};
const restore = async (RestoreRequest: RestoreRequest, Key = 'k') => {
  const { $metadata } = await client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }));
  return $metadata.httpStatusCode;
};
const tier = (Tier: 'Expedited' | 'Standard' | 'Bulk', Days = 1) => ({
  Days,
  GlacierJobParameters: { Tier },
});
const read = async (Key = 'k') => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};
const head = (Key = 'k') => client.send(new HeadObjectCommand({ Bucket, Key }));
const eventsOf = async (type: string, count = 1) => {
  const found = () => events.filter((event) => event['detail-type'] === type);
  await expect.poll(() => found().length, { timeout: 5000 }).toBe(count);
  return found();
};
const FROZEN = { name: 'InvalidObjectState', $metadata: { httpStatusCode: 403 } };

describe('an archived object', () => {
  it.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('of %s is not read and not copied', async (StorageClass) => {
    await archive(StorageClass);

    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` });

    await expect(read()).rejects.toMatchObject({ ...FROZEN, StorageClass });
    await expect(client.send(copy)).rejects.toMatchObject({ ...FROZEN, StorageClass });
  });

  it('shows its class everywhere else', async () => {
    await archive();
    const attributes = new GetObjectAttributesCommand({
      Bucket,
      Key: 'k',
      ObjectAttributes: ['StorageClass', 'ObjectSize'],
    });

    expect(await head()).toMatchObject({ StorageClass: 'GLACIER', ContentLength: 6 });
    expect((await head()).Restore).toBeUndefined();
    expect(await client.send(attributes)).toMatchObject({ StorageClass: 'GLACIER', ObjectSize: 6 });
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toMatchObject([{ Key: 'k', StorageClass: 'GLACIER' }]);
  });

  it('of GLACIER_IR is read at once, and cannot be restored', async () => {
    await archive('GLACIER_IR');

    await expect(read()).resolves.toBe('frozen');
    await expect(restore({ Days: 1 })).rejects.toMatchObject({ ...FROZEN, StorageClass: 'GLACIER_IR' });
  });

  it('comes out of the archive by a copy onto itself once it is thawed', async () => {
    await archive();
    await restore(tier('Standard'));
    await pass(5 * HOUR);

    const StorageClass = 'STANDARD';
    await client.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k`, StorageClass }));
    await pass(48 * HOUR);

    expect(await read()).toBe('frozen');
    expect((await head()).StorageClass).toBeUndefined();
  });
});

describe('a restore', () => {
  it.each([
    ['GLACIER', 'Expedited', HOUR / 12],
    ['GLACIER', 'Standard', 5 * HOUR],
    ['GLACIER', 'Bulk', 12 * HOUR],
    ['DEEP_ARCHIVE', 'Standard', 12 * HOUR],
    ['DEEP_ARCHIVE', 'Bulk', 48 * HOUR],
  ] as const)('from %s by %s ends when AWS says at the latest', async (storageClass, name, duration) => {
    await archive(storageClass);

    expect(await restore(tier(name, 3))).toBe(202);
    expect((await head()).Restore).toBe('ongoing-request="true"');
    await pass(duration - 1);
    await expect(read()).rejects.toMatchObject(FROZEN);
    await pass(1);
    expect(await read()).toBe('frozen');
    expect(await head()).toMatchObject({
      StorageClass: storageClass,
      Restore: 'ongoing-request="false", expiry-date="Mon, 09 Nov 2026 00:00:00 GMT"',
    });
  });

  it('lapses at the midnight behind its last day', async () => {
    await archive();
    await restore(tier('Standard', 1));
    const midnight = Date.UTC(2026, 10, 7);

    await pass(midnight - now - 1);
    expect(await read()).toBe('frozen');
    await pass(1);

    await expect(read()).rejects.toMatchObject(FROZEN);
    expect((await head()).Restore).toBeUndefined();
    expect(await restore(tier('Bulk'))).toBe(202);
  });

  it('is told of by lists that ask for it: under way, readable until, and nothing before and after', async () => {
    const list = (Attribute = 'RestoreStatus') =>
      client.send(
        new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: [Attribute as 'RestoreStatus'] }),
      );
    const told = async () => (await list()).Contents?.map(({ RestoreStatus }) => RestoreStatus);
    await archive();

    const before = await told();
    await restore(tier('Standard'));
    const ongoing = await told();
    await pass(5 * HOUR);
    const readable = await told();
    await pass(48 * HOUR);

    expect([before, await told()]).toEqual([[undefined], [undefined]]);
    expect(ongoing).toEqual([{ IsRestoreInProgress: true }]);
    const RestoreExpiryDate = new Date(Date.UTC(2026, 10, 7));
    expect(readable).toEqual([{ IsRestoreInProgress: false, RestoreExpiryDate }]);
    await expect(list('Colour')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('that is not done yet is refused again, but for a faster tier with the same days', async () => {
    await archive();
    await restore(tier('Standard', 2));
    const inProgress = { name: 'RestoreAlreadyInProgress', $metadata: { httpStatusCode: 409 } };

    await expect(restore(tier('Standard', 2))).rejects.toMatchObject(inProgress);
    await expect(restore(tier('Bulk', 2))).rejects.toMatchObject(inProgress);
    await expect(restore(tier('Expedited', 9))).rejects.toMatchObject(inProgress);
    expect(await restore(tier('Expedited', 2))).toBe(202);
    await pass(HOUR / 12);
    expect(await read()).toBe('frozen');
  });

  it('that is done can be asked for more or fewer days from now', async () => {
    await archive();
    await restore(tier('Expedited', 1));
    await pass(HOUR);

    expect(await restore({ Days: 10 })).toBe(200);
    expect((await head()).Restore).toContain('Mon, 16 Nov 2026 00:00:00 GMT');
    expect(await restore({ Days: 1 })).toBe(200);
    expect((await head()).Restore).toContain('Sat, 07 Nov 2026 00:00:00 GMT');
  });

  it('is by Standard when nothing else is said, and of the named version', async () => {
    const old = await archive();
    await archive('GLACIER');

    await client.send(new RestoreObjectCommand({ ...old, RestoreRequest: { Days: 1 } }));
    await pass(5 * HOUR);

    await expect(client.send(new GetObjectCommand(old))).resolves.toBeDefined();
    await expect(read()).rejects.toMatchObject(FROZEN);
  });

  it.each<[string, RestoreRequest, string, 'GLACIER' | 'DEEP_ARCHIVE']>([
    ['Expedited from DEEP_ARCHIVE', tier('Expedited'), 'InvalidArgument', 'DEEP_ARCHIVE'],
    ['an unknown tier', tier('Quick' as 'Bulk'), 'MalformedXML', 'GLACIER'],
    ['no days', { GlacierJobParameters: { Tier: 'Bulk' } }, 'MalformedXML', 'GLACIER'],
    ['zero days', { Days: 0 }, 'MalformedXML', 'GLACIER'],
    ['a selection', { Days: 1, Type: 'SELECT' }, 'NotImplemented', 'GLACIER'],
  ])('is refused with %s', async (_what, request, name, storageClass) => {
    await archive(storageClass);

    await expect(restore(request)).rejects.toMatchObject({ name });
  });

  it('has nothing to do with objects that are not archived, missing or marked as deleted', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'warm', Body: 'x' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));

    await expect(restore({ Days: 1 }, 'warm')).rejects.toMatchObject(FROZEN);
    await expect(restore({ Days: 1 }, 'missing')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(restore({ Days: 1 }, 'gone')).rejects.toMatchObject({ name: 'MethodNotAllowed' });
  });

  it('tells EventBridge when it begins, ends and lapses', async () => {
    const { VersionId } = await archive();
    const object = { key: 'k', 'version-id': VersionId };
    await restore(tier('Standard', 1));
    await pass(5 * HOUR);
    await pass(48 * HOUR);

    const [initiated] = await eventsOf('Object Restore Initiated');
    const [completed] = await eventsOf('Object Restore Completed');
    const [expired] = await eventsOf('Object Restore Expired');

    expect(initiated?.detail).toMatchObject({
      object: { ...object, size: 6, etag: expect.any(String) },
      'source-storage-class': 'GLACIER',
      requester: '123456789012',
      'source-ip-address': '127.0.0.1',
    });
    expect(completed?.detail).toEqual({
      version: '0',
      bucket: { name: Bucket },
      object: { ...object, size: 6, etag: expect.any(String) },
      'request-id': expect.any(String),
      requester: 's3.amazonaws.com',
      'restore-expiry-time': '2026-11-07T00:00:00Z',
      'source-storage-class': 'GLACIER',
    });
    expect(expired?.detail).toMatchObject({ object, requester: 's3.amazonaws.com' });
  });

  it('goes on over a restart, and tells once what happened meanwhile', async () => {
    await archive();
    await restore(tier('Standard', 9));
    await s3.close();
    client.destroy();
    now += 6 * HOUR;
    s3 = await start();

    expect(await read()).toBe('frozen');
    await s3.tick();
    await s3.tick();
    await eventsOf('Object Restore Completed');
  });

  it('takes as long as the server is told, the tiers in AWS’s proportion', async () => {
    await s3.close();
    client.destroy();
    s3 = await start(60);
    await archive();
    await archive('DEEP_ARCHIVE', 'deep');
    await restore(tier('Standard', 1));
    await restore(tier('Bulk', 1), 'deep');

    await pass(60_000);
    expect(await read()).toBe('frozen');
    await expect(read('deep')).rejects.toMatchObject(FROZEN);
    await pass((60_000 * 48) / 5 - 60_000);
    expect(await read('deep')).toBe('frozen');
  });

  it('ends without anybody’s call', async () => {
    await archive();
    await restore(tier('Expedited', 1));

    now += HOUR;

    await eventsOf('Object Restore Completed');
  });
});

it('tells the class in the error document', async () => {
  await archive();
  const endpoint = {
    url: s3.endpoint,
    clientWith: (config: object) =>
      clientOf(s3.endpoint, 'Admin', { systemClockOffset: now - Date.now(), ...config }),
  };

  const request = await signedBySdk(endpoint, new GetObjectCommand({ Bucket, Key: 'k' }));
  const response = await sendRaw(s3.endpoint, request);

  expect(response).toMatchObject({ status: 403, code: 'InvalidObjectState' });
  expect(response.body.toString()).toContain('<StorageClass>GLACIER</StorageClass>');
});
