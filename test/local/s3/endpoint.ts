import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLegalHoldCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { startS3 } from '../../../local/s3/server.ts';

/** Where a contract test runs: a local S3 of its own, or the one that HOLDFAST_S3_ENDPOINT names. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly client: S3Client;
  /** Another client, with settings of its own. */
  clientWith(config: S3ClientConfig): S3Client;
  /** An empty bucket for one test; with a lock it has versioning, too. */
  newBucket(options?: { readonly versioning?: boolean; readonly lock?: boolean }): Promise<string>;
  /** A name that no bucket has. A bucket that gets it is removed in the end. */
  newName(): string;
  close(): Promise<void>;
}

const REGION = process.env.HOLDFAST_S3_REGION ?? 'eu-central-1';

export async function openEndpoint(): Promise<Endpoint> {
  const external = process.env.HOLDFAST_S3_ENDPOINT;
  return external === undefined ? openLocal() : openExternal(external);
}

async function openLocal(): Promise<Endpoint> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-s3-'));
  const credentials = { accessKeyId: 'AKIALOCALTEST', secretAccessKey: 'local-test-secret' };
  const principalArn = 'arn:aws:iam::123456789012:role/tester';
  const s3 = await startS3({
    directory,
    region: REGION,
    accountId: '123456789012',
    credentials: [{ ...credentials, principalArn }],
  });
  return {
    ...connect(s3.endpoint, credentials),
    async newBucket({ versioning = true, lock = false } = {}) {
      const name = `contract-${randomUUID()}`;
      s3.putBucket({ name, versioning, ...(lock && { objectLock: {} }) });
      return name;
    },
    newName: () => `contract-${randomUUID()}`,
    async close() {
      await s3.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function openExternal(url: string): Promise<Endpoint> {
  const endpoint = connect(url, {
    accessKeyId: process.env.HOLDFAST_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.HOLDFAST_S3_SECRET_ACCESS_KEY ?? '',
  });
  const made: string[] = [];
  const newName = () => {
    const name = `contract-${randomUUID()}`;
    made.push(name);
    return name;
  };
  return {
    ...endpoint,
    newName,
    async newBucket({ versioning = true, lock: ObjectLockEnabledForBucket = false } = {}) {
      const Bucket = newName();
      await endpoint.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket }));
      if (versioning) {
        const VersioningConfiguration = { Status: 'Enabled' } as const;
        await endpoint.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      }
      return Bucket;
    },
    async close() {
      for (const bucket of made) await removeBucket(endpoint.client, bucket);
      endpoint.client.destroy();
    },
  };
}

function connect(url: string, credentials: Endpoint['credentials']) {
  const clientWith = (config: S3ClientConfig) =>
    new S3Client({
      endpoint: url,
      region: REGION,
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
  return { url, region: REGION, credentials, client: clientWith({}), clientWith };
}

async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket })).catch(nothingIfMissing);
    if (page === undefined) return;
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (found.length === 0) break;
    for (const { Key, VersionId } of found) {
      await removeVersion(client, { Bucket, Key, VersionId });
    }
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

function nothingIfMissing(cause: Error): undefined {
  if (cause.name !== 'NoSuchBucket') throw cause;
}

function nothingIfUnlocked(cause: Error): undefined {
  if (cause.name !== 'NoSuchObjectLockConfiguration') throw cause;
}

/** Also one that a test left under a hold or a lock; locks of compliance last a few seconds in these tests. */
async function removeVersion(client: S3Client, target: DeleteObjectCommandInput): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand(target));
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'AccessDenied') throw cause;
    await client.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: 'OFF' } }));
    const retained = await client.send(new GetObjectRetentionCommand(target)).catch(nothingIfUnlocked);
    if (retained?.Retention?.Mode === 'COMPLIANCE')
      await delay(Number(retained.Retention.RetainUntilDate) - Date.now() + 100);
    await client.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention: true }));
  }
}
