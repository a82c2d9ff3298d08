import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { EventEnvelope } from '../../../local/services.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

const Bucket = 'vault';
let directory: string;
const children: ChildProcess[] = [];
const servers: LocalS3[] = [];
beforeEach(() => {
  directory = newDirectory();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.close();
  removeDirectory(directory);
});

interface Child {
  readonly client: S3Client;
  readonly lines: string[];
  kill(): Promise<void>;
}

async function startChild(): Promise<Child> {
  const script = join(import.meta.dirname, 'server-process.ts');
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  const [endpoint] = (await once(output, 'line')) as [string];
  output.on('line', (line) => lines.push(line));
  const exited = once(child, 'exit');
  return {
    client: clientOf(endpoint, 'Admin'),
    lines,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function restart(onEvent?: (event: EventEnvelope) => Promise<void>): Promise<S3Client> {
  const server = await startLocal({ directory, ...(onEvent && { onEvent }) });
  servers.push(server);
  return clientOf(server.endpoint, 'Admin');
}

function filesOf(folder: string): string[] {
  const path = join(directory, folder);
  return existsSync(path) ? readdirSync(path) : [];
}

const read = async (client: S3Client, Key: string) => {
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
};

describe('after kill -9', () => {
  it('shows nothing of a PUT that was under way, and leaves no file of it', async () => {
    const child = await startChild();
    const url = await getSignedUrl(child.client, new PutObjectCommand({ Bucket, Key: 'half' }));
    const upload = request(url.replace('https', 'http'), {
      method: 'PUT',
      headers: { 'content-length': 8_000_000 },
    });
    const failed = once(upload, 'error');
    upload.write(randomBytes(4_000_000));
    while (filesOf('unfinished').length === 0) await delay(5);

    await child.kill();
    await failed;
    const client = await restart();

    const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.Versions ?? []).toEqual([]);
    expect([...filesOf('unfinished'), ...filesOf('bodies')]).toEqual([]);
  });

  it('has every object that was acknowledged, whole, and of the others all or nothing', async () => {
    const child = await startChild();
    const bodies = new Map(Array.from({ length: 60 }, (_, i) => [`key-${i}`, randomBytes(50_000 + i)]));
    const acknowledged: string[] = [];
    const uploads = [...bodies].map(async ([Key, Body]) => {
      await child.client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }));
      acknowledged.push(Key);
      if (acknowledged.length === 15) await child.kill();
    });
    await Promise.allSettled(uploads);

    const client = await restart();

    const listed = await client.send(new ListObjectsV2Command({ Bucket }));
    const keys = listed.Contents?.map(({ Key }) => `${Key}`) ?? [];
    expect(keys).toEqual(expect.arrayContaining(acknowledged));
    for (const key of keys)
      expect((await read(client, key)).equals(bodies.get(key) ?? Buffer.alloc(0))).toBe(true);
    expect(filesOf('bodies')).toHaveLength(keys.length);
    expect(filesOf('unfinished')).toEqual([]);
  });

  it('goes on with a multipart upload', async () => {
    const child = await startChild();
    const target = { Bucket, Key: 'parts' };
    const { UploadId } = await child.client.send(new CreateMultipartUploadCommand(target));
    const part = { ...target, UploadId, PartNumber: 1, Body: 'part' };
    const { ETag } = await child.client.send(new UploadPartCommand(part));

    await child.kill();
    const client = await restart();
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));

    expect(`${await read(client, 'parts')}`).toBe('part');
  });

  it('knows the buckets that were made and what was set about them, and holds their locks', async () => {
    const child = await startChild();
    const made = 'made-by-request';
    const policy = {
      Statement: [
        { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${made}/*` },
      ],
    };
    await child.client.send(new CreateBucketCommand({ Bucket: made, ObjectLockEnabledForBucket: true }));
    const { VersionId } = await child.client.send(
      new PutObjectCommand({
        Bucket: made,
        Key: 'k',
        Body: 'x',
        Tagging: 'a=1',
        ObjectLockLegalHoldStatus: 'ON',
        ObjectLockMode: 'COMPLIANCE',
        ObjectLockRetainUntilDate: new Date(Date.now() + 60_000),
      }),
    );
    await child.client.send(new PutBucketPolicyCommand({ Bucket: made, Policy: JSON.stringify(policy) }));
    await child.kill();

    const client = await restart();
    const target = { Bucket: made, Key: 'k', VersionId };

    const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket: made }));
    expect(JSON.parse(Policy ?? '')).toEqual(policy);
    expect(await client.send(new GetBucketVersioningCommand({ Bucket: made }))).toMatchObject({
      Status: 'Enabled',
    });
    expect(await client.send(new GetObjectTaggingCommand(target))).toMatchObject({
      TagSet: [{ Key: 'a', Value: '1' }],
    });
    await expect(client.send(new DeleteObjectCommand(target))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const denied = client.send(new GetObjectCommand({ Bucket: made, Key: 'k' }));
    await expect(denied).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('delivers events again that were not taken, with the same id and version', async () => {
    const child = await startChild();
    const put = await child.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    while (child.lines.length === 0) await delay(5);
    const first = JSON.parse(child.lines[0] ?? '') as EventEnvelope;

    await child.kill();
    const again = await new Promise<EventEnvelope>((resolve, reject) => {
      restart(async (event) => resolve(event)).catch(reject);
    });

    expect(again).toEqual(first);
    expect(again.detail).toMatchObject({ object: { key: 'k', 'version-id': put.VersionId } });
  });
});

describe('after a restart', () => {
  it('finds buckets with their configuration, versions and their order', async () => {
    const first = await startLocal({ directory });
    first.putBucket({ name: Bucket, versioning: true });
    const before = clientOf(first.endpoint, 'Admin');
    const versions: (string | undefined)[] = [];
    for (const Body of ['one', 'two', 'three']) {
      versions.unshift((await before.send(new PutObjectCommand({ Bucket, Key: 'k', Body }))).VersionId);
    }
    await first.close();

    const client = await restart();
    versions.unshift((await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'four' }))).VersionId);

    const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual(versions);
    expect(`${await read(client, 'k')}`).toBe('four');
  });

  it('clears files that no metadata knows, and none that some does', async () => {
    const first = await startLocal({ directory });
    first.putBucket({ name: Bucket, versioning: true });
    await clientOf(first.endpoint, 'Admin').send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }));
    await first.close();
    writeFileSync(join(directory, 'unfinished', 'leftover'), 'x');
    writeFileSync(join(directory, 'bodies', 'abandoned'), 'x');

    const client = await restart();

    expect(`${await read(client, 'k')}`).toBe('kept');
    expect([...filesOf('unfinished'), ...filesOf('bodies')]).toHaveLength(1);
  });

  it('suspends versioning that was taken from the configuration, and keeps the versions', async () => {
    const server = await startLocal({ directory });
    servers.push(server);
    server.putBucket({ name: Bucket, versioning: true });
    const client = clientOf(server.endpoint, 'Admin');
    const kept = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }));

    server.putBucket({ name: Bucket, versioning: false });
    for (const Body of ['one', 'two']) {
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
      expect(VersionId).toBeUndefined();
    }

    const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual(['null', kept.VersionId]);
    expect(`${await read(client, 'k')}`).toBe('two');
    expect(filesOf('bodies')).toHaveLength(2);
  });
});

it('keeps the lock of a bucket, and its versioning, whatever the template says', async () => {
  const server = await startLocal({ directory });
  servers.push(server);
  const client = clientOf(server.endpoint, 'Admin');
  const defaultRetention = { mode: 'GOVERNANCE', days: 1 } as const;
  server.putBucket({ name: Bucket, versioning: true, objectLock: { defaultRetention } });

  server.putBucket({ name: Bucket, versioning: false });

  const lock = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
  expect(lock.ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
  expect(Status).toBe('Enabled');
  expect(() => server.putBucket({ name: 'b-1', versioning: false, objectLock: {} })).toThrow('versioning');
});

it('refuses a directory that another process uses', async () => {
  await startChild();

  await expect(startLocal({ directory })).rejects.toThrow('in use by another process');
});
