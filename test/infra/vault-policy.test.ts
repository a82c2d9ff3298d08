import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlan } from '../../local/assembly/plan.ts';
import { evaluate } from '../../local/iam/evaluate.ts';
import type { BucketConfig, LocalS3 } from '../../local/s3/server.ts';
import {
  clientOf,
  credentialOf,
  newDirectory,
  removeDirectory,
  roleArn,
  startLocal,
} from '../local/s3/local-server.ts';
import { resourcesOf, type SynthesizedStacks, synthesizeStacks } from './synthesized.ts';

// The bucket's policy as the template has it, against a caller who may do everything.

const directory = newDirectory();
let stacks: SynthesizedStacks;
let bucket: BucketConfig;
let s3: LocalS3;
let admin: S3Client;
let deleting: S3Client;
const Key = 'v1/mounts/m/uploads/u/packs/1';
let version: string | undefined;

beforeAll(async () => {
  stacks = synthesizeStacks();
  const plan = readPlan(stacks.folder);
  const [vault] = plan.buckets;
  if (vault === undefined) throw new Error('the template has no bucket');
  bucket = vault;
  // The role as the function has it: that its name is the one in the policy is what is tested.
  const principalArn = plan.functions.find(({ name }) => /deleteobjects/.test(name))?.roleArn ?? '';
  const credentials = [credentialOf('Admin'), { ...credentialOf('Deleting'), principalArn }];
  s3 = await startLocal({ directory, credentials });
  s3.putBucket(bucket);
  admin = clientOf(s3.endpoint, 'Admin', { requestChecksumCalculation: 'WHEN_REQUIRED' });
  deleting = clientOf(s3.endpoint, 'Deleting');
  const { VersionId } = await admin.send(put(Key, { IfNoneMatch: '*' }));
  version = VersionId;
});
afterAll(async () => {
  admin.destroy();
  deleting.destroy();
  await s3.close();
  removeDirectory(directory);
  stacks.remove();
});

const put = (key: string, more: { IfNoneMatch?: string; IfMatch?: string } = {}) =>
  new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: 'bytes', ...more });
const denied = { name: 'AccessDenied' };

describe('the vault refuses everybody', () => {
  it('a put without its condition, and takes one with it', async () => {
    await expect(admin.send(put('v1/mounts/m/other'))).rejects.toMatchObject(denied);
    await expect(admin.send(put(Key, { IfMatch: '"etag"' }))).rejects.toMatchObject(denied);
    await expect(admin.send(put('v1/mounts/m/other', { IfNoneMatch: '*' }))).resolves.toBeDefined();
  });

  it('an overwrite, also with the condition', async () => {
    await expect(admin.send(put(Key, { IfNoneMatch: '*' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  it.each(['a marker', 'a version'])('a delete of %s', async (what) => {
    const VersionId = what === 'a version' ? version : undefined;

    await expect(
      admin.send(new DeleteObjectCommand({ Bucket: bucket.name, Key, VersionId })),
    ).rejects.toMatchObject(denied);
  });

  it('a delete of many at once', async () => {
    const Objects = [{ Key }, { Key, VersionId: version }];

    const { Deleted = [], Errors = [] } = await admin.send(
      new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects } }),
    );

    expect(Deleted).toEqual([]);
    expect(Errors.map(({ Code }) => Code)).toEqual(['AccessDenied', 'AccessDenied']);
  });

  it('a multipart upload, whose parts carry no condition', async () => {
    await expect(
      admin.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: 'v1/mounts/m/parts' })),
    ).rejects.toMatchObject(denied);
  });

  it('a copy, also one with the condition', async () => {
    const copy = new CopyObjectCommand({
      Bucket: bucket.name,
      Key: 'v1/mounts/m/copy',
      CopySource: `${bucket.name}/${Key}`,
      IfNoneMatch: '*',
    });

    await expect(admin.send(copy)).rejects.toMatchObject(denied);
  });

  it.each(['get', 'put'])(
    'a signed %s older than 15 minutes, though it is signed for longer',
    async (what) => {
      const send = async (ageMinutes: number) => {
        const key = `v1/mounts/m/signed-${ageMinutes}`;
        const url = await getSignedUrl(
          admin,
          what === 'get'
            ? new GetObjectCommand({ Bucket: bucket.name, Key })
            : put(key, { IfNoneMatch: '*' }),
          {
            signingDate: new Date(Date.now() - ageMinutes * 60_000),
            expiresIn: 3600,
            unhoistableHeaders: new Set(['if-none-match']),
          },
        );
        const init =
          what === 'get' ? {} : { method: 'PUT', body: 'bytes', headers: { 'if-none-match': '*' } };
        return (await fetch(url, init)).status;
      };

      expect([await send(14), await send(16)]).toEqual([200, 403]);
    },
  );

  it('what another bucket would replicate into it', () => {
    for (const action of ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags']) {
      expect(decide(action, {})).toMatchObject({ allowed: false, by: expect.stringContaining('NoReplicas') });
    }
  });

  it('whatever does not come over TLS', () => {
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:ListBucket']) {
      const resource = action === 's3:ListBucket' ? `arn:aws:s3:::${bucket.name}` : undefined;
      const condition = { 's3:if-none-match': '*' };

      expect(decide(action, { ...condition, 'aws:SecureTransport': 'false' }, resource).allowed).toBe(false);
      expect(decide(action, { ...condition, 'aws:SecureTransport': 'true' }, resource).allowed).toBe(true);
    }
  });
});

describe('the role that deletes', () => {
  const send = (keys: readonly string[], versions: readonly (string | undefined)[]) =>
    deleting.send(
      new DeleteObjectsCommand({
        Bucket: bucket.name,
        Delete: { Objects: keys.map((each, index) => ({ Key: each, VersionId: versions[index] })) },
      }),
    );
  const stored = async (key: string) => (await admin.send(put(key, { IfNoneMatch: '*' }))).VersionId;

  it('deletes versions of what lies under uploads', async () => {
    const key = 'v1/mounts/m/uploads/u/packs/2';

    const { Deleted = [], Errors } = await send([key], [await stored(key)]);

    expect(Deleted.map((each) => each.Key)).toEqual([key]);
    expect(Errors).toBeUndefined();
  });

  it('lays no delete marker', async () => {
    const { Errors = [] } = await send([Key], [undefined]);

    expect(Errors.map(({ Code }) => Code)).toEqual(['AccessDenied']);
  });

  it.each(['journal/000000000001', 'plans/1', 'deletions/1'])('never deletes %s', async (name) => {
    const key = `v1/mounts/m/${name}`;

    const { Errors = [] } = await send([key], [await stored(key)]);

    expect(Errors.map(({ Code }) => Code)).toEqual(['AccessDenied']);
  });

  it('is the role of the function delete-objects, and of no other', () => {
    const roles = resourcesOf(stacks.stateless, 'AWS::IAM::Role').filter(({ RoleName }) => RoleName);

    expect(roles.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['Functionsdeleteobjectsrole']);
  });
});

it.each([
  ['packs/1', true],
  ['maps/1', false],
  ['logs/1', false],
  ['manifest-1.zst', false],
])('whether %s may be tagged for the archive: %s', async (name, isAllowed) => {
  const key = `v1/mounts/m/uploads/t/${name}`;
  await admin.send(put(key, { IfNoneMatch: '*' }));
  const Tagging = { TagSet: [{ Key: 'holdfast', Value: 'cold' }] };
  const tagging = admin.send(new PutObjectTaggingCommand({ Bucket: bucket.name, Key: key, Tagging }));

  if (isAllowed) await expect(tagging).resolves.toBeDefined();
  else await expect(tagging).rejects.toMatchObject(denied);
});

it('nobody is let past a governance lock', () => {
  expect(decide('s3:BypassGovernanceRetention', {})).toMatchObject({
    allowed: false,
    by: expect.stringContaining('NoLockIsPassedBy'),
  });
});

it('no statement of the policy is left without a test', () => {
  const statements = [bucket.policy?.Statement ?? []].flat().map(({ Sid, Effect }) => `${Effect} ${Sid}`);

  expect(statements.sort()).toEqual(
    [
      'undefined',
      'PutsAreConditional',
      'NoCopies',
      'NoDeleteMarkers',
      'OneRoleDeletes',
      'OnlyUploadsAreDeleted',
      'OnlyPacksAreTagged',
      'NoLockIsPassedBy',
      'NoReplicas',
      'SignedUrlsAreFresh',
    ]
      .map((sid) => `Deny ${sid}`)
      .sort(),
  );
});

/** What the policy says to a request that no service here can send. */
function decide(
  action: string,
  context: Record<string, string>,
  resource = `arn:aws:s3:::${bucket.name}/${Key}`,
) {
  return evaluate({ principalArn: roleArn('Admin'), action, resource, context }, undefined, bucket.policy);
}
