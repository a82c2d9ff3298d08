import { setTimeout as delay } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { EventEnvelope } from '../../../local/services.ts';
import { ACCOUNT, clientOf, newDirectory, REGION, removeDirectory, startLocal } from './local-server.ts';
import { sendRaw } from './raw-http.ts';

const Bucket = 'vault';
let directory: string;
let s3: LocalS3;
let client: S3Client;
let received: EventEnvelope[];
let take: (event: EventEnvelope) => Promise<void>;

beforeEach(async () => {
  directory = newDirectory();
  received = [];
  take = async () => {};
  s3 = await start();
  s3.putBucket({ name: Bucket, versioning: true, eventBridge: true });
  s3.putBucket({ name: 'silent', versioning: true });
  client = clientOf(s3.endpoint, 'Admin', { systemClockOffset: Date.UTC(2026, 10, 5, 12) - Date.now() });
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

function start(): Promise<LocalS3> {
  return startLocal({
    directory,
    clock: () => Date.UTC(2026, 10, 5, 12, 0, 0, 777),
    onEvent: async (event) => {
      await take(event);
      received.push(event);
    },
  });
}

async function events(count: number): Promise<EventEnvelope[]> {
  while (received.length < count) await delay(2);
  return received;
}

it('reports a new object as EventBridge does', async () => {
  const { ETag, VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: 'body' }));

  const [event] = await events(1);

  expect(event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: ACCOUNT,
    time: '2026-11-05T12:00:00Z',
    region: REGION,
    resources: ['arn:aws:s3:::vault'],
    detail: {
      version: '0',
      bucket: { name: 'vault' },
      object: {
        key: 'a b/ü',
        size: 4,
        etag: ETag?.replaceAll('"', ''),
        'version-id': VersionId,
        sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
      },
      reason: 'PutObject',
      'request-id': expect.any(String),
      requester: ACCOUNT,
      'source-ip-address': '127.0.0.1',
    },
  });
});

it('tells copies, delete markers and permanent deletions apart', async () => {
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await client.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/k` }));
  const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  const Objects = [
    { Key: 'k', VersionId: put.VersionId },
    { Key: 'k', VersionId: put.VersionId },
  ];
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

  const details = (await events(4)).map(({ detail }) => detail);

  expect(details).toMatchObject([
    { reason: 'PutObject', object: { key: 'k' } },
    { reason: 'CopyObject', object: { key: 'c' } },
    { 'deletion-type': 'Delete Marker Created', object: { key: 'k', 'version-id': marker.VersionId } },
    { 'deletion-type': 'Permanently Deleted', object: { key: 'k', 'version-id': put.VersionId } },
  ]);
  const sequencers = details.map((detail) => (detail as { object: { sequencer: string } }).object.sequencer);
  expect(sequencers).toEqual([...sequencers].sort());
  expect(received).toHaveLength(4);
});

it('reports nothing of a bucket without events, and nothing of a write that failed', async () => {
  await client.send(new PutObjectCommand({ Bucket: 'silent', Key: 'k', Body: 'x' }));
  const put = () => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' }));
  await put();
  await put().catch(() => {});
  await client.send(new PutObjectCommand({ Bucket, Key: 'last', Body: 'x' }));

  const keys = (await events(2)).map(({ detail }) => (detail as { object: { key: string } }).object.key);

  expect(keys).toEqual(['k', 'last']);
});

it('begins and ends when a request configures the bucket so', async () => {
  const configure = (NotificationConfiguration: object) =>
    client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket: 'silent', NotificationConfiguration }),
    );
  const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: 'silent', Key, Body: 'x' }));
  await put('before');
  await configure({ EventBridgeConfiguration: {} });
  const { VersionId } = await put('between');
  await configure({});
  await put('after');
  await client.send(new PutObjectCommand({ Bucket, Key: 'last', Body: 'x' }));

  const objects = (await events(2)).map(({ detail }) => (detail as { object: object }).object);

  expect(objects).toMatchObject([{ key: 'between', 'version-id': VersionId }, { key: 'last' }]);
});

it('tells of tags that are set or taken away', async () => {
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const Tagging = { TagSet: [{ Key: 'a', Value: '1' }] };
  await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging }));
  await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));

  const [, added, deleted] = await events(3);

  expect([added?.['detail-type'], deleted?.['detail-type']]).toEqual([
    'Object Tags Added',
    'Object Tags Deleted',
  ]);
  expect(added?.detail).toMatchObject({ object: { key: 'k', 'version-id': VersionId } });
});

it('tries an event again until it is taken, and lets others pass meanwhile', async () => {
  let attempts = 0;
  take = async ({ detail }) => {
    const isStubborn = (detail as { object: { key: string } }).object.key === 'stubborn';
    if (isStubborn && ++attempts < 3) throw new Error('not yet');
  };

  await client.send(new PutObjectCommand({ Bucket, Key: 'stubborn', Body: 'x' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'easy', Body: 'x' }));
  const keys = (await events(2)).map(({ detail }) => (detail as { object: { key: string } }).object.key);

  expect(keys).toEqual(['easy', 'stubborn']);
  expect(attempts).toBe(3);
});

it('delivers many events with a bounded number at a time, also those that waited for a restart', async () => {
  let running = 0;
  let peak = 0;
  take = async () => {
    peak = Math.max(peak, ++running);
    await delay(5);
    running--;
  };

  const takeSlowly = take;
  take = () => new Promise(() => {});
  const puts = Array.from({ length: 60 }, (_, i) =>
    client.send(new PutObjectCommand({ Bucket, Key: `${i}`, Body: 'x' })),
  );
  await Promise.all(puts);
  await s3.close();
  take = takeSlowly;
  s3 = await start();
  await events(60);

  expect(peak).toBeLessThanOrEqual(16);
  expect(new Set(received.map(({ id }) => id)).size).toBe(60);
});

it('tells the time of its own clock in the Date header, for those who compare clocks', async () => {
  const target = `/${Bucket}`;
  const response = await sendRaw(s3.endpoint, { method: 'GET', target, headers: { host: 'any' } });

  expect(response.headers.date).toBe('Thu, 05 Nov 2026 12:00:00 GMT');
});
