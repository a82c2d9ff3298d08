import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { startS3 } from '../../../local/s3/server.ts';
import { createAwsVault } from '../../../shared/adapters/aws/vault.ts';
import type { VaultUnderTest } from '../contracts/vault.contract.ts';

export interface RunningVaults {
  makeClient(config?: S3ClientConfig): S3Client;
  makeBucket(): string;
  makeVault(): Promise<VaultUnderTest>;
  close(): Promise<void>;
}

const pageEntries = 10;
const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a secret of the tests' };

/** An S3 of its own, with a new bucket for each vault. */
export async function runVaults(): Promise<RunningVaults> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-vault-'));
  const region = 'eu-central-1';
  const accountId = '111122223333';
  const principalArn = `arn:aws:iam::${accountId}:role/vault`;
  let passed = 0;
  const s3 = await startS3({
    directory,
    clock: () => Date.now() + passed,
    region,
    accountId,
    credentials: [{ ...credentials, principalArn }],
    // S3's own pages hold 1,000.
    limits: { maxPageEntries: pageEntries },
  });
  const clients: S3Client[] = [];
  let buckets = 0;

  const makeClient = (config: S3ClientConfig = {}) => {
    const client = new S3Client({
      endpoint: s3.endpoint,
      region,
      credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      ...config,
    });
    clients.push(client);
    return client;
  };
  const makeBucket = () => {
    buckets += 1;
    const name = `vault-${buckets}`;
    s3.putBucket({ name, versioning: true, objectLock: {} });
    return name;
  };
  return {
    makeClient,
    makeBucket,
    async makeVault() {
      const bucketName = makeBucket();
      const client = makeClient();
      return {
        vault: createAwsVault({ client, bucketName }),
        pageEntries,
        async send({ method, url, headers = {}, body }) {
          const answer = await fetch(url, { method, headers, ...(body && { body: Buffer.from(body) }) });
          return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
        },
        async hide(key) {
          await client.send(new DeleteObjectCommand({ Bucket: bucketName, Key: key }));
        },
        async freeze(StorageClass, Key) {
          const target = { Bucket: bucketName, Key, Body: 'cold', StorageClass };
          await client.send(new PutObjectCommand(target));
        },
        // The clients of other tests share the server, and sign by its clock.
        async pass(hours) {
          passed += hours * 3_600_000;
          for (const each of clients) each.config.systemClockOffset = passed;
          await s3.tick();
        },
        async lock({ key: Key, versionId: VersionId }, until) {
          const target = { Bucket: bucketName, Key, VersionId };
          await (until === 'legal-hold'
            ? client.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: 'ON' } }))
            : client.send(
                new PutObjectRetentionCommand({
                  ...target,
                  Retention: { Mode: 'COMPLIANCE', RetainUntilDate: new Date(until) },
                }),
              ));
        },
      };
    },
    async close() {
      for (const client of clients) client.destroy();
      await s3.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
