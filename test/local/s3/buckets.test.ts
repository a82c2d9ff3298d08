import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
beforeAll(async () => {
  s3 = await openEndpoint();
});
afterAll(() => s3.close());

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
const put = (Bucket: string, Key = 'k', Body = 'x') =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));
const setVersioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const versionsOf = async (Bucket: string) => {
  const { Versions = [], DeleteMarkers = [] } = await s3.client.send(
    new ListObjectVersionsCommand({ Bucket }),
  );
  return [...Versions, ...DeleteMarkers].map(({ VersionId }) => VersionId);
};

describe('a bucket', () => {
  it('is made, found and listed, and gone once it was deleted', async () => {
    const Bucket = s3.newName();

    const made = await s3.client.send(new CreateBucketCommand({ Bucket }));
    await s3.client.send(new HeadBucketCommand({ Bucket }));
    const { LocationConstraint } = await s3.client.send(new GetBucketLocationCommand({ Bucket }));
    const listed = await s3.client.send(new ListBucketsCommand({ Prefix: Bucket }));
    const removed = await s3.client.send(new DeleteBucketCommand({ Bucket }));

    expect(made.Location).toContain(Bucket);
    expect(LocationConstraint).toBe(s3.region);
    expect(listed.Buckets).toMatchObject([{ Name: Bucket, BucketRegion: s3.region }]);
    expect(removed).toMatchObject(status(204));
    await expect(put(Bucket)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    const again = s3.client.send(new DeleteBucketCommand({ Bucket }));
    await expect(again).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('is made once', async () => {
    const Bucket = await s3.newBucket();

    const again = s3.client.send(new CreateBucketCommand({ Bucket }));

    await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou', ...status(409) });
  });

  it.each([
    'UPPER-case',
    'under_score',
    '-dash-first',
    '192.168.1.1',
    'two..dots',
    'xn--reserved',
    'a'.repeat(64),
  ])('cannot be named %s', async (Bucket) => {
    const made = s3.client.send(new CreateBucketCommand({ Bucket }));

    await expect(made).rejects.toMatchObject({ name: 'InvalidBucketName', ...status(400) });
  });

  it.each([
    ['eu-north-1', 'IllegalLocationConstraintException'],
    ['us-east-1', 'InvalidLocationConstraint'],
  ] as const)('is not made in %s by an endpoint of another region', async (LocationConstraint, name) => {
    const made = s3.client.send(
      new CreateBucketCommand({
        Bucket: s3.newName(),
        // The SDK's type leaves out the region that has no name; S3 refuses it.
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'eu-north-1' },
      }),
    );

    await expect(made).rejects.toMatchObject({ name, ...status(400) });
  });

  it('is not deleted while it has an object, a version or a delete marker', async () => {
    const Bucket = await s3.newBucket();
    const remove = () => s3.client.send(new DeleteBucketCommand({ Bucket }));
    const notEmpty = { name: 'BucketNotEmpty', ...status(409) };
    const object = await put(Bucket);

    await expect(remove()).rejects.toMatchObject(notEmpty);
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await expect(remove()).rejects.toMatchObject(notEmpty);
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: object.VersionId }));
    await expect(remove()).rejects.toMatchObject(notEmpty);
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unfinished' }));
    await expect(remove()).resolves.toMatchObject(status(204));
  });

  it('is listed in pages when asked to', async () => {
    const names = [await s3.newBucket(), await s3.newBucket(), await s3.newBucket()];
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.client.send(
        new ListBucketsCommand({ Prefix: 'contract-', MaxBuckets: 2, ContinuationToken }),
      );
      seen.push(...(page.Buckets ?? []).map(({ Name }) => Name));
      ContinuationToken = page.ContinuationToken;
    } while (ContinuationToken !== undefined);

    expect(seen).toEqual(expect.arrayContaining(names));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('has versioning and the lock from the start when made with a lock', async () => {
    const Bucket = s3.newName();

    await s3.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const { Status } = await s3.client.send(new GetBucketVersioningCommand({ Bucket }));
    const lock = await s3.client.send(new GetObjectLockConfigurationCommand({ Bucket }));

    expect(Status).toBe('Enabled');
    expect(lock.ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
  });
});

describe('versioning', () => {
  it('is off until it is set, and never off again', async () => {
    const Bucket = await s3.newBucket({ versioning: false });
    const read = async () => (await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status;

    const before = await read();
    await setVersioning(Bucket, 'Enabled');
    const enabled = await read();
    await setVersioning(Bucket, 'Suspended');

    expect([before, enabled, await read()]).toEqual([undefined, 'Enabled', 'Suspended']);
  });

  it('keeps what was there before as the version null', async () => {
    const Bucket = await s3.newBucket({ versioning: false });
    await put(Bucket, 'k', 'before');
    await setVersioning(Bucket, 'Enabled');

    const { VersionId } = await put(Bucket, 'k', 'after');
    const old = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }));

    expect(await old.Body?.transformToString()).toBe('before');
    expect(await versionsOf(Bucket)).toEqual([VersionId, 'null']);
  });

  it('while suspended replaces the version null and no other, also by a delete marker', async () => {
    const Bucket = await s3.newBucket();
    const kept = await put(Bucket, 'k', 'kept');
    await setVersioning(Bucket, 'Suspended');

    const suspended = await put(Bucket, 'k', 'lost');
    await put(Bucket, 'k', 'lost, too');
    const afterPuts = await versionsOf(Bucket);
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket }));

    expect(suspended.VersionId).toBeUndefined();
    expect(afterPuts).toEqual(['null', kept.VersionId]);
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: 'null', IsLatest: true }]);
    expect(listed.Versions).toMatchObject([{ VersionId: kept.VersionId, IsLatest: false }]);
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }));
    const restored = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(await restored.Body?.transformToString()).toBe('kept');
  });

  it('cannot be suspended under a lock', async () => {
    const Bucket = await s3.newBucket({ lock: true });

    const refused = { name: 'InvalidBucketState', ...status(409) };
    await expect(setVersioning(Bucket, 'Suspended')).rejects.toMatchObject(refused);
    await expect(setVersioning(Bucket, 'Enabled')).resolves.toBeDefined();
  });

  it('takes no other word', async () => {
    const Bucket = await s3.newBucket();
    const set = (VersioningConfiguration: object) =>
      s3.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));

    await expect(set({ Status: 'enabled' })).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(set({})).rejects.toMatchObject({ name: 'IllegalVersioningConfigurationException' });
  });
});

describe('the rest of a configuration', () => {
  it('tells EventBridge or does not', async () => {
    const Bucket = await s3.newBucket();
    const set = (NotificationConfiguration: object) =>
      s3.client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    const read = async () =>
      (await s3.client.send(new GetBucketNotificationConfigurationCommand({ Bucket })))
        .EventBridgeConfiguration;

    const before = await read();
    await set({ EventBridgeConfiguration: {} });
    const between = await read();
    await set({});

    expect([before, between, await read()]).toEqual([undefined, {}, undefined]);
  });

  it('has an encryption from the start, and another when told', async () => {
    const Bucket = await s3.newBucket();
    const read = async () => {
      const { ServerSideEncryptionConfiguration: found } = await s3.client.send(
        new GetBucketEncryptionCommand({ Bucket }),
      );
      return found?.Rules?.[0];
    };
    const KMSMasterKeyID = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const rule = {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID },
      BucketKeyEnabled: true,
    } as const;

    const before = await read();
    await s3.client.send(
      new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }),
    );
    const between = await read();
    await s3.client.send(new DeleteBucketEncryptionCommand({ Bucket }));

    expect(before).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } });
    expect(between).toMatchObject(rule);
    expect(await read()).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } });
  });

  it('blocks all public access until told otherwise', async () => {
    const Bucket = await s3.newBucket();
    const read = async () =>
      (await s3.client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
    const all = (value: boolean) => ({
      BlockPublicAcls: value,
      IgnorePublicAcls: value,
      BlockPublicPolicy: value,
      RestrictPublicBuckets: value,
    });

    expect(await read()).toEqual(all(true));
    const PublicAccessBlockConfiguration = all(false);
    await s3.client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expect(await read()).toEqual(all(false));
    await s3.client.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchPublicAccessBlockConfiguration' });
  });
});
