import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { startS3 } from '../../../local/s3/server.ts';
import type { LocalCredential, PolicyDocument } from '../../../local/services.ts';
import { openS3Objects } from '../../../local/stepfunctions/distributed/s3-objects.ts';
import { ROLE_ARN } from './harness.ts';
import type { ProcessS3 } from './process-s3.ts';

export const BUCKET = 'map-items';
const REGION = 'eu-central-1';

/** A role that may do nothing but list the bucket and read what lies under `readable/`. */
export const READER_ROLE_ARN = 'arn:aws:iam::000000000000:role/reader';
const readerPolicy: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${BUCKET}` },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/readable/*` },
  ],
};

const credential = (principalArn: string, policies?: readonly PolicyDocument[]): LocalCredential => ({
  accessKeyId: `AKIA${principalArn.slice(-8).replaceAll(/\W/g, 'X').toUpperCase()}`,
  secretAccessKey: `secret of ${principalArn}`,
  principalArn,
  ...(policies && { policies }),
});

/** A local S3 with small pages and one bucket, which the role of the tests' state machines may use. It ends with `await using`. */
export async function openVaultBucket() {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-s3-'));
  const roles = [credential(ROLE_ARN), credential(READER_ROLE_ARN, [readerPolicy])];
  const s3 = await startS3({
    directory,
    region: REGION,
    accountId: '000000000000',
    credentials: roles,
    limits: { maxPageEntries: 2 },
  });
  s3.putBucket({ name: BUCKET, versioning: true });
  const admin = roles[0] ?? credential(ROLE_ARN);
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: admin,
  });
  return {
    /** For a service in another process. */
    access: { endpoint: s3.endpoint, credential: admin } satisfies ProcessS3,
    objects: openS3Objects(s3.endpoint, REGION, (roleArn) => {
      const role = roles.find(({ principalArn }) => principalArn === roleArn);
      if (role === undefined) {
        throw new Error(`There is no role ${roleArn}`);
      }
      return role;
    }),
    /** Returns the version of the object. */
    async put(key: string, body: string | Uint8Array): Promise<string> {
      const command = new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body });
      return (await client.send(command)).VersionId ?? '';
    },
    async text(key: string): Promise<string> {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      return (await Body?.transformToString()) ?? '';
    },
    async keys(prefix: string): Promise<string[]> {
      const found: string[] = [];
      const request = { Bucket: BUCKET, Prefix: prefix };
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, request)) {
        found.push(...Contents.map(({ Key = '' }) => Key));
      }
      return found;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      client.destroy();
      await s3.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export type VaultBucket = Awaited<ReturnType<typeof openVaultBucket>>;
