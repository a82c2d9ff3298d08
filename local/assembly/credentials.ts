import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { LocalCredential, PolicyDocument } from '../services.ts';

/** All access keys of a data folder. */
export interface LocalCredentials {
  /** Allowed everything that no bucket policy denies. */
  readonly admin: LocalCredential;
  /** By the ARN of the role. */
  readonly roles: ReadonlyMap<string, LocalCredential>;
}

const keySchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
const fileSchema = z.record(z.string(), keySchema);

type AccessKey = z.infer<typeof keySchema>;

/**
 * An access key for the administrator and one for each role, the same at every start: clients keep them in their
 * configuration. Policies are not kept, they come from the template each time.
 */
export const openCredentials = (
  dataDirectory: string,
  accountId: string,
  rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>,
): LocalCredentials => {
  const file = fileOf(dataDirectory);
  const known = readKeys(file);
  const adminArn = adminArnOf(accountId);
  const keys = new Map([adminArn, ...rolePolicies.keys()].map((arn) => [arn, known[arn] ?? generateKey()]));
  writeKeys(file, Object.fromEntries(keys));
  const credentialOf = (arn: string): LocalCredential => ({
    ...(keys.get(arn) ?? generateKey()),
    principalArn: arn,
  });
  return {
    admin: credentialOf(adminArn),
    roles: new Map([...rolePolicies].map(([arn, policies]) => [arn, { ...credentialOf(arn), policies }])),
  };
};

/** The administrator's key in a data folder that another process has. */
export const readAdminKey = (dataDirectory: string, accountId: string): AccessKey | undefined =>
  readKeys(fileOf(dataDirectory))[adminArnOf(accountId)];

const fileOf = (dataDirectory: string): string => join(dataDirectory, 'credentials.json');
const adminArnOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

const readKeys = (file: string): Readonly<Record<string, AccessKey | undefined>> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  return fileSchema.parse(JSON.parse(text));
};

/** Replaced as a whole, and readable by its owner only: whoever has a key acts as the role. */
const writeKeys = (file: string, keys: Readonly<Record<string, AccessKey>>): void => {
  const temporary = `${file}.new`;
  writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
};

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** In the form of AWS's long-term keys. */
const generateKey = (): AccessKey => ({
  accessKeyId: `AKIA${[...randomBytes(16)].map((byte) => BASE32[byte % 32]).join('')}`,
  secretAccessKey: randomBytes(30).toString('base64'),
});
