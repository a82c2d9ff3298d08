import {
  CreateMultipartUploadCommand,
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  type ObjectVersion,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { EventEnvelope } from '../../../local/services.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

const DAY = 86_400_000;
const Bucket = 'aging';
const START = Date.UTC(2026, 10, 5, 12, 30);
const PAGE = 3;
const LARGE = Buffer.alloc(128 * 1024);

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
  s3.putBucket({ name: Bucket, versioning: true, eventBridge: true, objectLock: {} });
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

async function start(): Promise<LocalS3> {
  const server = await startLocal({
    directory,
    clock: () => now,
    // Small pages, so that a few versions reach over many of them.
    limits: { maxPageEntries: PAGE },
    onEvent: async (event) => void events.push(event),
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

const set = (rules: Omit<LifecycleRule, 'ID' | 'Status'>[], more: object = {}) => {
  const Rules = rules.map((rule, i) => ({
    Filter: { Prefix: '' },
    ...rule,
    ID: `${i}`,
    Status: 'Enabled' as const,
  }));
  return client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules }, ...more }),
  );
};
const put = async (Key: string, more: object = {}) =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body: LARGE, ...more }))).VersionId;
const list = async () => {
  const versions: ObjectVersion[] = [];
  const markers: DeleteMarkerEntry[] = [];
  let position = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...position }));
    versions.push(...(page.Versions ?? []));
    markers.push(...(page.DeleteMarkers ?? []));
    if (!page.IsTruncated) return { versions, markers };
    position = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
};
const classes = async () =>
  Object.fromEntries((await list()).versions.map(({ Key, StorageClass }) => [Key, StorageClass]));

it('moves objects at the midnight behind their days, and on to colder classes later', async () => {
  await set([
    {
      Transitions: [
        { Days: 1, StorageClass: 'GLACIER' },
        { Days: 3, StorageClass: 'DEEP_ARCHIVE' },
      ],
    },
  ]);
  await put('k');
  const due = Date.UTC(2026, 10, 7);

  await pass(due - now - 1);
  expect(await classes()).toEqual({ k: 'STANDARD' });
  await pass(1);
  expect(await classes()).toEqual({ k: 'GLACIER' });
  await pass(2 * DAY);
  expect(await classes()).toEqual({ k: 'DEEP_ARCHIVE' });
});

it('chooses by prefix, by every tag and by size', async () => {
  const Transitions = [{ Days: 1, StorageClass: 'GLACIER' as const }];
  await set([
    { Filter: { Prefix: 'p/' }, Transitions },
    {
      Filter: {
        And: {
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'b', Value: '2' },
          ],
        },
      },
      Transitions,
    },
    { Filter: { And: { ObjectSizeGreaterThan: 2, ObjectSizeLessThan: 5 } }, Transitions },
  ]);
  await put('p/large');
  await put('p/small', { Body: 'x'.repeat(100) });
  await put('one-tag', { Tagging: 'a=1' });
  await put('both-tags', { Tagging: 'a=1&b=2&c=3' });
  await put('tagged-later');
  await put('two', { Body: 'xx' });
  await put('three', { Body: 'xxx' });
  await put('five', { Body: 'xxxxx' });
  const TagSet = [
    { Key: 'b', Value: '2' },
    { Key: 'a', Value: '1' },
  ];
  await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged-later', Tagging: { TagSet } }));

  await pass(2 * DAY);

  expect(await classes()).toEqual({
    'p/large': 'GLACIER',
    'p/small': 'STANDARD',
    'one-tag': 'STANDARD',
    'both-tags': 'GLACIER',
    'tagged-later': 'GLACIER',
    two: 'STANDARD',
    three: 'GLACIER',
    five: 'STANDARD',
  });
});

it('moves small objects to archives only when sizes vary by class', async () => {
  const TransitionDefaultMinimumObjectSize = 'varies_by_storage_class';
  await set(
    [
      { Filter: { Prefix: 'cold' }, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
      { Filter: { Prefix: 'cool' }, Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }] },
    ],
    { TransitionDefaultMinimumObjectSize },
  );
  await put('cold', { Body: 'x' });
  await put('cool', { Body: 'x' });

  await pass(2 * DAY);

  expect(await classes()).toEqual({ cold: 'GLACIER', cool: 'STANDARD' });
});

it('never moves an object to a warmer class', async () => {
  await set([{ Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }] }]);
  await put('k', { StorageClass: 'DEEP_ARCHIVE' });

  await pass(2 * DAY);

  expect(await classes()).toEqual({ k: 'DEEP_ARCHIVE' });
});

it('counts the age of old versions from the day that they were replaced', async () => {
  await set([
    {
      NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: 'GLACIER' }],
      NoncurrentVersionExpiration: { NoncurrentDays: 3 },
    },
  ]);
  const old = await put('k');
  await pass(10 * DAY);
  const current = await put('k');
  const seen = async () =>
    (await list()).versions.map(({ VersionId, StorageClass }) => [VersionId, StorageClass]);

  await pass(DAY);
  expect(await seen()).toEqual([
    [current, 'STANDARD'],
    [old, 'STANDARD'],
  ]);
  await pass(DAY);
  expect(await seen()).toEqual([
    [current, 'STANDARD'],
    [old, 'GLACIER'],
  ]);
  await pass(2 * DAY);
  expect(await seen()).toEqual([[current, 'STANDARD']]);
});

it('keeps as many of the newest old versions as it is told', async () => {
  await set([{ NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 } }]);
  const ids: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) ids.unshift(await put('k', { Body: `${i}` }));

  await pass(2 * DAY);

  expect((await list()).versions.map(({ VersionId }) => VersionId)).toEqual(ids.slice(0, 3));
});

it('removes old delete markers, too, and leaves what a lock protects', async () => {
  await set([{ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }]);
  const held = await put('k', { ObjectLockLegalHoldStatus: 'ON' });
  const ObjectLockRetainUntilDate = new Date(now + 5 * DAY);
  await put('k', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate });
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await put('k');

  await pass(2 * DAY);
  const early = await list();
  await pass(4 * DAY);
  const late = await list();

  expect(early.markers).toEqual([]);
  expect(early.versions).toHaveLength(3);
  expect(late.versions.map(({ VersionId }) => VersionId)).toEqual([expect.any(String), held]);
});

it('ends uploads that nobody completed', async () => {
  await set([{ Filter: { Prefix: 'v1/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }]);
  const begin = (Key: string) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const doomed = await begin('v1/k');
  const kept = await begin('other');
  const listed = await client.send(new ListPartsCommand({ Bucket, Key: 'v1/k', UploadId: doomed.UploadId }));

  await pass(2 * DAY);

  const plan = { AbortDate: new Date(Date.UTC(2026, 10, 7)), AbortRuleId: '0' };
  expect(doomed).toMatchObject(plan);
  expect(listed).toMatchObject(plan);
  expect(kept.AbortDate).toBeUndefined();

  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(Uploads?.map(({ Key }) => Key)).toEqual(['other']);
});

it('does nothing by rules that are disabled', async () => {
  const rule = {
    ID: 'r',
    Filter: { Prefix: '' },
    Status: 'Disabled',
    Transitions: [{ Days: 1, StorageClass: 'GLACIER' }],
  } as const;
  const LifecycleConfiguration = { Rules: [{ ...rule, Transitions: [...rule.Transitions] }] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  await put('k');

  await pass(2 * DAY);

  expect(await classes()).toEqual({ k: 'STANDARD' });
});

it('applies to what is there already, however the versions of a key fall on its pages', async () => {
  const kept: (string | undefined)[] = [];
  for (const key of ['a', 'b', 'c']) {
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) ids.unshift(await put(key, { Body: `${i}` }));
    kept.push(...ids.slice(0, 2));
  }
  await pass(3 * DAY);
  await set([{ NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 1 } }]);

  await s3.tick();

  expect((await list()).versions.map(({ VersionId }) => VersionId)).toEqual(kept);
});

it('tells EventBridge what it moved and removed', async () => {
  await set([
    { Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
    { NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  ]);
  const old = await put('k');
  const current = await put('k');
  events.length = 0;

  await pass(2 * DAY);
  await expect.poll(() => events.length, { timeout: 5000 }).toBe(2);

  expect(events.find((event) => event['detail-type'] === 'Object Storage Class Changed')?.detail).toEqual({
    version: '0',
    bucket: { name: Bucket },
    object: { key: 'k', size: LARGE.length, etag: expect.any(String), 'version-id': current },
    'request-id': expect.any(String),
    requester: 's3.amazonaws.com',
    'destination-storage-class': 'GLACIER',
  });
  expect(events.find((event) => event['detail-type'] === 'Object Deleted')?.detail).toMatchObject({
    object: { key: 'k', 'version-id': old, sequencer: expect.any(String) },
    requester: 's3.amazonaws.com',
    reason: 'Lifecycle Expiration',
    'deletion-type': 'Permanently Deleted',
  });
});

it('comes from the template, too, and is known again after a restart', async () => {
  s3.putBucket({
    name: Bucket,
    versioning: true,
    objectLock: {},
    lifecycle: {
      minimumSize: 'all_storage_classes_128K',
      rules: [
        {
          id: 'cold',
          isEnabled: true,
          filter: { prefix: 'v1/' },
          transitions: [{ days: 1, storageClass: 'GLACIER' }],
        },
      ],
    },
  });
  await put('v1/k');
  await s3.close();
  client.destroy();
  s3 = await start();

  await pass(2 * DAY);

  expect(await classes()).toEqual({ 'v1/k': 'GLACIER' });
  const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(Rules).toMatchObject([{ ID: 'cold', Filter: { Prefix: 'v1/' } }]);
});
