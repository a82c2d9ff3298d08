import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services.ts';
import {
  clientOf,
  credentialOf,
  newDirectory,
  removeDirectory,
  roleArn,
  startLocal,
} from './local-server.ts';
import { sendRaw, targetOf } from './raw-http.ts';

const allow = (Action: string | string[], Resource: string | string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource }],
});

const VAULT = 'arn:aws:s3:::vault';
const deny = (Sid: string, rest: Partial<PolicyStatement>): PolicyStatement => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Resource: `${VAULT}/*`,
  ...rest,
});

/** The denies that the vault's design relies on. */
const VAULT_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    deny('Unconditional', { Action: 's3:PutObject', Condition: { Null: { 's3:if-none-match': 'true' } } }),
    deny('OldSignatures', {
      Action: 's3:*',
      Condition: { NumericGreaterThan: { 's3:signatureAge': 900_000 } },
    }),
    deny('PlainDelete', { Action: 's3:DeleteObject' }),
    deny('OnlyReclaimDeletes', {
      Action: 's3:DeleteObjectVersion',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': roleArn('Reclaim') } },
    }),
    deny('OnlyTls', {
      Action: 's3:*',
      Resource: [VAULT, `${VAULT}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  ],
};

const directory = newDirectory();
let now = Date.UTC(2026, 10, 5, 12);
let s3: LocalS3;
let admin: S3Client;
const clients: S3Client[] = [];
const as = (role: string): S3Client => {
  const client = clientOf(s3.endpoint, role, { systemClockOffset: now - Date.now() });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  s3 = await startLocal({
    directory,
    clock: () => now,
    credentials: [
      credentialOf('Admin'),
      credentialOf('Reclaim'),
      credentialOf('Reader', [allow(['s3:GetObject', 's3:GetObjectVersion'], 'arn:aws:s3:::*/in/*')]),
      credentialOf('Lister', [allow(['s3:ListBucket', 's3:GetObject'], ['arn:aws:s3:::*'])]),
      credentialOf('Writer', [allow('s3:PutObject', '*')]),
      credentialOf('Nobody', []),
    ],
  });
  s3.putBucket({ name: 'vault', versioning: true, policy: VAULT_POLICY });
  s3.putBucket({ name: 'plain', versioning: true });
  admin = as('Admin');
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await s3.close();
  removeDirectory(directory);
});

const DENIED = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
const put = (client: S3Client, Bucket: string, Key: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

describe('the vault’s bucket policy', () => {
  it('denies a put without If-None-Match, even to an administrator, and says which statement did', async () => {
    const refused = put(admin, 'vault', 'unconditional');
    await expect(refused).rejects.toMatchObject({
      ...DENIED,
      message: expect.stringContaining('"Unconditional"'),
    });

    await expect(put(admin, 'vault', 'conditional', { IfNoneMatch: '*' })).resolves.toBeDefined();
  });

  it('denies multipart uploads and copies with it, for they bring no condition', async () => {
    const target = { Bucket: 'vault', Key: 'k' };
    await put(admin, 'plain', 'source');

    await expect(admin.send(new CreateMultipartUploadCommand(target))).rejects.toMatchObject(DENIED);
    const copy = admin.send(new CopyObjectCommand({ ...target, CopySource: 'plain/source' }));
    await expect(copy).rejects.toMatchObject(DENIED);
  });

  it('denies signed URLs of more than 15 minutes, whatever their own life', async () => {
    const command = new PutObjectCommand({
      Bucket: 'vault',
      Key: 'aged',
      IfNoneMatch: '*',
      ContentLength: 1,
    });
    const url = await getSignedUrl(admin, command, { expiresIn: 3600, signingDate: new Date(now) });
    const upload = () =>
      sendRaw(s3.endpoint, {
        method: 'PUT',
        target: targetOf(url),
        headers: { host: new URL(s3.endpoint).host, 'content-length': '1', 'if-none-match': '*' },
        body: 'x',
      });

    now += 900_001;
    const late = await upload();
    now -= 1;
    const inTime = await upload();
    now -= 900_000;

    expect(late).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(inTime.status).toBe(200);
  });

  it('denies deletes without a version to all, and deletes of versions to all but the reclaim role', async () => {
    const { VersionId } = await put(admin, 'vault', 'doomed', { IfNoneMatch: '*' });
    const plain = new DeleteObjectCommand({ Bucket: 'vault', Key: 'doomed' });
    const ofVersion = new DeleteObjectCommand({ Bucket: 'vault', Key: 'doomed', VersionId });

    await expect(admin.send(plain)).rejects.toMatchObject(DENIED);
    await expect(as('Reclaim').send(plain)).rejects.toMatchObject(DENIED);
    await expect(admin.send(ofVersion)).rejects.toMatchObject(DENIED);
    await expect(as('Reclaim').send(ofVersion)).resolves.toBeDefined();
  });

  it('is evaluated for each object of a batch', async () => {
    const { VersionId } = await put(admin, 'vault', 'batch', { IfNoneMatch: '*' });
    const Objects = [{ Key: 'batch', VersionId }, { Key: 'other' }];
    const command = new DeleteObjectsCommand({ Bucket: 'vault', Delete: { Objects } });

    const byAdmin = await admin.send(command);
    const byReclaim = await as('Reclaim').send(command);

    expect(byAdmin.Errors).toMatchObject([
      { Key: 'batch', Code: 'AccessDenied' },
      { Key: 'other', Code: 'AccessDenied' },
    ]);
    expect(byReclaim.Deleted).toMatchObject([{ Key: 'batch', VersionId }]);
    expect(byReclaim.Errors).toMatchObject([{ Key: 'other', Code: 'AccessDenied' }]);
  });

  it('takes loopback for TLS', async () => {
    await expect(admin.send(new ListObjectsV2Command({ Bucket: 'vault' }))).resolves.toBeDefined();
  });
});

describe('a policy with s3:ObjectCreationOperation', () => {
  it('asks the condition of the completion and lets the parts go before it', async () => {
    s3.putBucket({
      name: 'parts',
      versioning: true,
      policy: {
        Statement: deny('CreateOnce', {
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::parts/*',
          Condition: { Null: { 's3:if-none-match': true }, Bool: { 's3:ObjectCreationOperation': true } },
        }),
      },
    });
    const target = { Bucket: 'parts', Key: 'k' };

    const { UploadId } = await admin.send(new CreateMultipartUploadCommand(target));
    const part = await admin.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }));
    const complete = (more: object) =>
      admin.send(
        new CompleteMultipartUploadCommand({
          ...target,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
          ...more,
        }),
      );

    await expect(complete({})).rejects.toMatchObject(DENIED);
    await expect(complete({ IfNoneMatch: '*' })).resolves.toBeDefined();
  });
});

describe('identity policies', () => {
  it('allow what they name and nothing else', async () => {
    await put(admin, 'plain', 'in/k');
    await put(admin, 'plain', 'out/k');
    const reader = as('Reader');
    const get = (Key: string) => reader.send(new GetObjectCommand({ Bucket: 'plain', Key }));

    await expect(get('in/k')).resolves.toBeDefined();
    await expect(get('out/k')).rejects.toMatchObject(DENIED);
    await expect(put(reader, 'plain', 'in/k')).rejects.toMatchObject(DENIED);
    await expect(reader.send(new ListObjectsV2Command({ Bucket: 'plain' }))).rejects.toMatchObject(DENIED);
    await expect(reader.send(new ListBucketsCommand())).rejects.toMatchObject(DENIED);
  });

  it('hide from those who may not list whether a key exists', async () => {
    const missing = { Bucket: 'plain', Key: 'in/missing' };

    await expect(as('Reader').send(new GetObjectCommand(missing))).rejects.toMatchObject(DENIED);
    const head = as('Reader').send(new HeadObjectCommand(missing));
    await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(as('Lister').send(new GetObjectCommand(missing))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('tell current objects from versions', async () => {
    const { VersionId } = await put(admin, 'plain', 'v');
    const lister = as('Lister');

    await expect(lister.send(new GetObjectCommand({ Bucket: 'plain', Key: 'v' }))).resolves.toBeDefined();
    const version = lister.send(new GetObjectCommand({ Bucket: 'plain', Key: 'v', VersionId }));
    await expect(version).rejects.toMatchObject(DENIED);
    await expect(lister.send(new ListObjectVersionsCommand({ Bucket: 'plain' }))).rejects.toMatchObject(
      DENIED,
    );
  });

  it('must allow reading for a write that names an ETag, and for the source of a copy', async () => {
    const { ETag } = await put(admin, 'plain', 'w');
    const writer = as('Writer');

    await expect(put(writer, 'plain', 'w')).resolves.toBeDefined();
    await expect(put(writer, 'plain', 'w', { IfMatch: ETag })).rejects.toMatchObject(DENIED);
    const copy = writer.send(new CopyObjectCommand({ Bucket: 'plain', Key: 'c', CopySource: 'plain/w' }));
    await expect(copy).rejects.toMatchObject(DENIED);
  });

  it('are not needed where the bucket policy allows the caller by name', async () => {
    s3.putBucket({
      name: 'shared',
      versioning: false,
      policy: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: roleArn('Nobody') },
            Action: 's3:GetBucketLocation',
            Resource: 'arn:aws:s3:::shared',
          },
        ],
      },
    });
    const locate = (role: string) => as(role).send(new GetBucketLocationCommand({ Bucket: 'shared' }));

    await expect(locate('Nobody')).resolves.toBeDefined();
    await expect(locate('Writer')).rejects.toMatchObject(DENIED);
  });
});
