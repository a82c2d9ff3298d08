import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
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
  /** An empty bucket for one test. */
  newBucket(options?: { readonly versioning: boolean }): Promise<string>;
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
    async newBucket({ versioning } = { versioning: true }) {
      const name = `contract-${randomUUID()}`;
      s3.putBucket({ name, versioning });
      return name;
    },
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
  return {
    ...endpoint,
    async newBucket({ versioning } = { versioning: true }) {
      const Bucket = `contract-${randomUUID()}`;
      await endpoint.client.send(new CreateBucketCommand({ Bucket }));
      made.push(Bucket);
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
    const page = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (found.length === 0) break;
    for (const { Key, VersionId } of found) {
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}
