import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services.ts';
import {
  ACCOUNT,
  clientOf,
  credentialOf,
  newDirectory,
  removeDirectory,
  roleArn,
  startLocal,
} from './local-server.ts';

const ROOT = {
  accessKeyId: 'AKIARoot',
  secretAccessKey: 'secret of Root',
  principalArn: `arn:aws:iam::${ACCOUNT}:root`,
};
const allow = (...Action: string[]): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action, Resource: '*' },
});
const DENIED = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

const directory = newDirectory();
let s3: LocalS3;
const clients = new Map<string, S3Client>();
const as = (role: string): S3Client => {
  const client = clients.get(role) ?? clientOf(s3.endpoint, role);
  clients.set(role, client);
  return client;
};

let buckets = 0;
async function newBucket(config: object = {}) {
  const name = `policies-${++buckets}`;
  s3.putBucket({ name, versioning: true, ...config });
  return name;
}

beforeAll(async () => {
  s3 = await startLocal({
    directory,
    credentials: [
      credentialOf('Admin'),
      ROOT,
      credentialOf('Writer', [allow('s3:PutObject', 's3:GetObject')]),
      credentialOf('Locker', [
        allow('s3:PutObject', 's3:PutObjectRetention', 's3:GetObject', 's3:DeleteObjectVersion'),
      ]),
      credentialOf('Tagger', [allow('s3:PutObject', 's3:PutObjectTagging', 's3:GetObject')]),
      credentialOf('Nobody', []),
    ],
  });
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await s3.close();
  removeDirectory(directory);
});

const setPolicy = (Bucket: string, policy: object | string, role = 'Admin') =>
  as(role).send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: typeof policy === 'string' ? policy : JSON.stringify(policy),
    }),
  );
const deny = (Bucket: string, statement: Partial<PolicyStatement>) => ({
  Version: '2012-10-17',
  Id: 'for tests',
  Statement: [
    {
      Sid: 'No',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
      ...statement,
    },
  ],
});
const put = (Bucket: string, more: object = {}, role = 'Admin') =>
  as(role).send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));

describe('a bucket policy', () => {
  it('is given back as it was set, holds at once, and is gone when deleted', async () => {
    const Bucket = await newBucket();
    const policy = deny(Bucket, {});
    const read = () => as('Admin').send(new GetBucketPolicyCommand({ Bucket }));

    await setPolicy(Bucket, policy);
    const { Policy } = await read();
    await expect(put(Bucket)).rejects.toMatchObject(DENIED);
    await as('Admin').send(new DeleteBucketPolicyCommand({ Bucket }));

    expect(JSON.parse(Policy ?? '')).toEqual(policy);
    await expect(put(Bucket)).resolves.toBeDefined();
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  });

  it('yields to what the template says of the bucket', async () => {
    const Bucket = await newBucket();
    await setPolicy(Bucket, deny(Bucket, {}));

    s3.putBucket({ name: Bucket, versioning: true });

    await expect(put(Bucket)).resolves.toBeDefined();
  });

  it('can always be mended by the root of the account, and by nobody else whom it denies', async () => {
    const Bucket = await newBucket();
    await setPolicy(Bucket, deny(Bucket, { Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}` }));

    await expect(setPolicy(Bucket, deny(Bucket, {}))).rejects.toMatchObject(DENIED);
    await expect(setPolicy(Bucket, deny(Bucket, {}), 'Root')).resolves.toBeDefined();
  });

  it.each<[string, (bucket: string) => object | string, RegExp]>([
    ['no JSON', () => 'nonsense', /valid JSON/],
    ['an empty object', () => '{}', /Statement/],
    ['an unknown element', (bucket) => deny(bucket, { NotPrincipal: '*' } as object), /NotPrincipal/],
    ['an element beside the statements', (bucket) => ({ ...deny(bucket, {}), Extra: 1 }), /Extra/],
    [
      'an unknown condition',
      (bucket) => deny(bucket, { Condition: { StringEquals: { 's3:unheard': 'x' } } }),
      /s3:unheard/,
    ],
    ['a broken condition', (bucket) => deny(bucket, { Condition: { Bool: null } } as object), /Bool/],
    ['statements of text', () => ({ Statement: ['all'] }), /statement/],
    ['the resources of another bucket', () => deny('another', {}), /invalid resource/],
    ['the actions of another service', (bucket) => deny(bucket, { Action: 'sqs:*' }), /invalid action/],
    ['more than 20 KB', (bucket) => deny(bucket, { Sid: 'x'.repeat(20_480) }), /size/],
  ])('is refused with %s', async (_what, policyOf, message) => {
    const Bucket = await newBucket();

    await expect(setPolicy(Bucket, policyOf(Bucket))).rejects.toMatchObject({
      name: 'MalformedPolicy',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('that opens the bucket to everybody is refused while public policies are blocked', async () => {
    const Bucket = await newBucket();
    const open = deny(Bucket, { Effect: 'Allow', Action: 's3:GetObject', Principal: { AWS: '*' } });

    await expect(setPolicy(Bucket, open)).rejects.toMatchObject(DENIED);
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: false };
    await as('Admin').send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    await expect(setPolicy(Bucket, open)).resolves.toBeDefined();
  });
});

describe('permissions', () => {
  it('are needed for making a bucket, and more of them for one with a lock', async () => {
    const make = (role: string) =>
      as(role).send(new CreateBucketCommand({ Bucket: `policies-by-${role.toLowerCase()}` }));

    await expect(make('Nobody')).rejects.toMatchObject(DENIED);
    await expect(make('Admin')).resolves.toBeDefined();
  });

  it('are needed for the lock of a write, and for letting governance be bypassed', async () => {
    const Bucket = await newBucket({ objectLock: {} });
    const lock = {
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: new Date(Date.now() + 60_000),
    } as const;

    await expect(put(Bucket, lock, 'Writer')).rejects.toMatchObject(DENIED);
    const { VersionId } = await put(Bucket, lock, 'Locker');
    const remove = (role: string) =>
      as(role).send(
        new DeleteObjectCommand({ Bucket, Key: 'k', VersionId, BypassGovernanceRetention: true }),
      );
    await expect(remove('Locker')).rejects.toMatchObject(DENIED);
    await expect(remove('Admin')).resolves.toBeDefined();
  });

  it('decide whether a read tells of the lock and the tags', async () => {
    const Bucket = await newBucket({ objectLock: {} });
    await put(Bucket, { ObjectLockLegalHoldStatus: 'ON', Tagging: 'a=1' });
    const head = (role: string) => as(role).send(new HeadObjectCommand({ Bucket, Key: 'k' }));

    expect(await head('Admin')).toMatchObject({ ObjectLockLegalHoldStatus: 'ON', TagCount: 1 });
    const blind = await head('Writer');
    expect([blind.ObjectLockLegalHoldStatus, blind.TagCount]).toEqual([undefined, undefined]);
  });

  it('are needed for the tags of a write', async () => {
    const Bucket = await newBucket();

    await expect(put(Bucket, { Tagging: 'a=1' }, 'Writer')).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, { Tagging: 'a=1' }, 'Tagger')).resolves.toBeDefined();
  });
});

describe('a condition', () => {
  it('can ask for the tags that an object has', async () => {
    const Bucket = await newBucket();
    await put(Bucket, { Tagging: 'stage=open' });
    await setPolicy(
      Bucket,
      deny(Bucket, {
        Action: ['s3:GetObject', 's3:GetObjectTagging'],
        Condition: { StringNotEquals: { 's3:ExistingObjectTag/stage': 'open' } },
      }),
    );
    const get = () => as('Admin').send(new GetObjectCommand({ Bucket, Key: 'k' }));
    const getTags = () => as('Admin').send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));

    await expect(get()).resolves.toBeDefined();
    await expect(getTags()).resolves.toBeDefined();
    const Tagging = { TagSet: [{ Key: 'stage', Value: 'shut' }] };
    await as('Admin').send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging }));
    await expect(get()).rejects.toMatchObject(DENIED);
    await expect(getTags()).rejects.toMatchObject(DENIED);
  });

  it('can ask for the tags that a request brings, in its header or its body', async () => {
    const Bucket = await newBucket();
    await setPolicy(
      Bucket,
      deny(Bucket, {
        Action: ['s3:PutObject', 's3:PutObjectTagging'],
        Condition: { StringNotEquals: { 's3:RequestObjectTag/owner': 'me' } },
      }),
    );
    const tag = (Value: string) => {
      const Tagging = { TagSet: [{ Key: 'owner', Value }] };
      return as('Admin').send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging }));
    };

    await expect(put(Bucket)).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, { Tagging: 'owner=you' })).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, { Tagging: 'owner=me' })).resolves.toBeDefined();
    await expect(tag('you')).rejects.toMatchObject(DENIED);
    await expect(tag('me')).resolves.toBeDefined();
  });

  it('can bound the retention that a request asks for', async () => {
    const Bucket = await newBucket({ objectLock: {} });
    await setPolicy(
      Bucket,
      deny(Bucket, {
        Action: ['s3:PutObject', 's3:PutObjectRetention'],
        Condition: { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': 10 } },
      }),
    );
    const until = (days: number) => new Date(Date.now() + days * 86_400_000);
    const lock = (days: number) => ({
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: until(days),
    });
    const retain = (days: number) =>
      as('Admin').send(
        new PutObjectRetentionCommand({
          Bucket,
          Key: 'k',
          Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until(days) },
        }),
      );

    await expect(put(Bucket, lock(11))).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, lock(9))).resolves.toBeDefined();
    await expect(retain(11)).rejects.toMatchObject(DENIED);
    await expect(retain(9.5)).resolves.toBeDefined();
  });

  it('can name dates: of a retention, and of the request itself', async () => {
    const Bucket = await newBucket({ objectLock: {} });
    const day = (days: number) => new Date(Date.now() + days * 86_400_000);
    const lock = (days: number) => ({
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: day(days),
    });
    await setPolicy(
      Bucket,
      deny(Bucket, {
        Condition: { DateGreaterThan: { 's3:object-lock-retain-until-date': day(10).toISOString() } },
      }),
    );

    await expect(put(Bucket, lock(11))).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, lock(9))).resolves.toBeDefined();
    const notYet = { DateLessThan: { 'aws:CurrentTime': day(1).toISOString() } };
    await setPolicy(Bucket, deny(Bucket, { Condition: notYet }));
    await expect(put(Bucket)).rejects.toMatchObject(DENIED);
  });

  it('can forbid a mode or a hold', async () => {
    const Bucket = await newBucket({ objectLock: {} });
    const holdOn = { StringEquals: { 's3:object-lock-legal-hold': 'ON' } };
    const compliance = { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } };
    const { Statement } = deny(Bucket, { Condition: holdOn });
    await setPolicy(Bucket, {
      Statement: [...Statement, ...deny(Bucket, { Condition: compliance }).Statement],
    });
    const ObjectLockRetainUntilDate = new Date(Date.now() + 60_000);

    await expect(put(Bucket, { ObjectLockLegalHoldStatus: 'ON' })).rejects.toMatchObject(DENIED);
    await expect(put(Bucket, { ObjectLockLegalHoldStatus: 'OFF' })).resolves.toBeDefined();
    const strict = put(Bucket, { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate });
    await expect(strict).rejects.toMatchObject(DENIED);
  });
});

it('may name a role of the account in a policy that is set through the API', async () => {
  const Bucket = await newBucket();
  await put(Bucket);
  const get = () => as('Nobody').send(new GetObjectCommand({ Bucket, Key: 'k' }));

  await expect(get()).rejects.toMatchObject(DENIED);
  const Principal = { AWS: roleArn('Nobody') };
  await setPolicy(Bucket, deny(Bucket, { Effect: 'Allow', Action: 's3:GetObject', Principal }));
  await expect(get()).resolves.toBeDefined();
});
