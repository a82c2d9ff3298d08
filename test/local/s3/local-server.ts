import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type LocalS3, type S3Options, startS3 } from '../../../local/s3/server.ts';
import type { LocalCredential, PolicyDocument } from '../../../local/services.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** A credential whose key and secret follow from its role's name. */
export function credentialOf(role: string, policies?: readonly PolicyDocument[]): LocalCredential {
  const plain = {
    accessKeyId: `AKIA${role}`,
    secretAccessKey: `secret of ${role}`,
    principalArn: roleArn(role),
  };
  return policies === undefined ? plain : { ...plain, policies };
}

export function clientOf(endpoint: string, role: string, config: S3ClientConfig = {}): S3Client {
  const { accessKeyId, secretAccessKey } = credentialOf(role);
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: REGION, credentials, maxAttempts: 1, ...config });
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'holdfast-s3-'));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** A local S3 for tests of what only it has: its directory, its clock, its policies. The role Admin may do all. */
export function startLocal(options: Partial<S3Options> & { readonly directory: string }): Promise<LocalS3> {
  return startS3({ region: REGION, accountId: ACCOUNT, credentials: [credentialOf('Admin')], ...options });
}
