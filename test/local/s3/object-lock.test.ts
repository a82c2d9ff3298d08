import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockMode,
  type ObjectLockRetention,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { sendRaw, signedBySdk } from './raw-http.ts';

let s3: Endpoint;
let locked: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  locked = await s3.newBucket({ lock: true });
});
afterAll(() => s3.close());

const DENIED = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
const refusedAs = (name: string, httpStatusCode = 400) => ({ name, $metadata: { httpStatusCode } });
/** Short enough that an endpoint of AWS can be cleaned up a little later. */
const inSeconds = (seconds: number) => new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000);

let keys = 0;
async function put(more: object = {}, Bucket = locked) {
  const target = { Bucket, Key: `key-${++keys}` };
  const { VersionId } = await s3.client.send(new PutObjectCommand({ ...target, Body: 'x', ...more }));
  return { ...target, VersionId };
}
type Target = Awaited<ReturnType<typeof put>>;
const retained = (ObjectLockMode: ObjectLockMode, seconds = 60) =>
  put({ ObjectLockMode, ObjectLockRetainUntilDate: inSeconds(seconds) });
const remove = (target: Target, BypassGovernanceRetention?: boolean) =>
  s3.client.send(
    new DeleteObjectCommand({ ...target, ...(BypassGovernanceRetention && { BypassGovernanceRetention }) }),
  );
const retain = (target: Target, Retention: ObjectLockRetention, BypassGovernanceRetention?: boolean) =>
  s3.client.send(
    new PutObjectRetentionCommand({
      ...target,
      Retention,
      ...(BypassGovernanceRetention && { BypassGovernanceRetention }),
    }),
  );
const hold = (target: Target, Status: 'ON' | 'OFF') =>
  s3.client.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status } }));

describe('a retention', () => {
  it.each(['GOVERNANCE', 'COMPLIANCE'] as const)(
    'of %s is told, and forbids to delete the version',
    async (mode) => {
      const until = inSeconds(3);
      const target = await put({ ObjectLockMode: mode, ObjectLockRetainUntilDate: until });

      const head = await s3.client.send(new HeadObjectCommand(target));
      const { Retention } = await s3.client.send(new GetObjectRetentionCommand(target));

      expect(head).toMatchObject({ ObjectLockMode: mode, ObjectLockRetainUntilDate: until });
      expect(Retention).toEqual({ Mode: mode, RetainUntilDate: until });
      await expect(remove(target)).rejects.toMatchObject(DENIED);
    },
  );

  it('of governance yields to who may bypass it and says so, that of compliance to nobody', async () => {
    const governance = await retained('GOVERNANCE');
    const compliance = await retained('COMPLIANCE', 3);

    await expect(remove(governance, true)).resolves.toBeDefined();
    await expect(remove(compliance, true)).rejects.toMatchObject(DENIED);
  });

  it('does not stop a delete marker, which is not locked itself', async () => {
    const target = await retained('GOVERNANCE');

    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket: locked, Key: target.Key }));
    const removed = await remove({ ...target, VersionId: marker.VersionId });

    expect(marker.DeleteMarker).toBe(true);
    expect(removed.DeleteMarker).toBe(true);
    await expect(s3.client.send(new GetObjectCommand(target))).resolves.toBeDefined();
  });

  it('does not stop a new version, and protects the old one on', async () => {
    const target = await retained('GOVERNANCE');

    const newer = await s3.client.send(new PutObjectCommand({ ...target, Body: 'newer' }));

    await expect(remove({ ...target, VersionId: newer.VersionId })).resolves.toBeDefined();
    await expect(remove(target)).rejects.toMatchObject(DENIED);
  });

  it('is reported for each key of a batch by itself', async () => {
    const governance = await retained('GOVERNANCE');
    const free = await put();
    const Objects = [governance, free].map(({ Key, VersionId }) => ({ Key, VersionId }));
    const command = (more: object) =>
      new DeleteObjectsCommand({ Bucket: locked, Delete: { Objects }, ...more });

    const refused = await s3.client.send(command({}));
    const bypassed = await s3.client.send(command({ BypassGovernanceRetention: true }));

    expect(refused.Deleted).toMatchObject([{ Key: free.Key }]);
    expect(refused.Errors).toMatchObject([
      { Key: governance.Key, VersionId: governance.VersionId, Code: 'AccessDenied' },
    ]);
    expect(bypassed.Deleted).toHaveLength(2);
  });

  it.each(['GOVERNANCE', 'COMPLIANCE'] as const)('of %s can be made longer, not shorter', async (Mode) => {
    const target = await retained(Mode, 3);
    const set = (seconds: number) => retain(target, { Mode, RetainUntilDate: inSeconds(seconds) });

    await expect(set(1)).rejects.toMatchObject(DENIED);
    await expect(set(5)).resolves.toBeDefined();
  });

  it('of compliance is weakened by nobody', async () => {
    const target = await retained('COMPLIANCE', 4);
    const RetainUntilDate = inSeconds(5);

    await expect(retain(target, { Mode: 'GOVERNANCE', RetainUntilDate }, true)).rejects.toMatchObject(DENIED);
    const shorter = { Mode: 'COMPLIANCE', RetainUntilDate: inSeconds(1) } as const;
    await expect(retain(target, shorter, true)).rejects.toMatchObject(DENIED);
    await expect(retain(target, {}, true)).rejects.toMatchObject(DENIED);
  });

  it('of governance is weakened, changed or taken away by who bypasses it', async () => {
    const target = await retained('GOVERNANCE');
    const shorter = { Mode: 'GOVERNANCE', RetainUntilDate: inSeconds(3) } as const;
    const stricter = { Mode: 'COMPLIANCE', RetainUntilDate: inSeconds(90) } as const;

    await expect(retain(target, shorter)).rejects.toMatchObject(DENIED);
    await expect(retain(target, stricter)).rejects.toMatchObject(DENIED);
    await expect(retain(target, {})).rejects.toMatchObject(DENIED);
    await expect(retain(target, shorter, true)).resolves.toBeDefined();
    await expect(retain(target, {}, true)).resolves.toBeDefined();
    await expect(remove(target)).resolves.toBeDefined();
  });

  it('ends', async () => {
    const target = await retained('COMPLIANCE', 1);
    await expect(remove(target)).rejects.toMatchObject(DENIED);

    await expect
      .poll(
        () =>
          remove(target).then(
            () => 'gone',
            () => 'kept',
          ),
        { timeout: 8000 },
      )
      .toBe('gone');
  });

  it('is not copied with the object, unless the request says so', async () => {
    const source = await retained('GOVERNANCE');
    const copy = (more: object = {}) => {
      const CopySource = `${locked}/${source.Key}`;
      return s3.client.send(
        new CopyObjectCommand({ Bucket: locked, Key: `copy-${++keys}`, CopySource, ...more }),
      );
    };
    const head = (VersionId: string | undefined) =>
      s3.client.send(new HeadObjectCommand({ Bucket: locked, Key: `copy-${keys}`, VersionId }));

    const plain = await head((await copy()).VersionId);
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inSeconds(5) } as const;
    const told = await head((await copy(lock)).VersionId);

    expect(plain.ObjectLockMode).toBeUndefined();
    expect(told).toMatchObject(lock);
  });

  it('of a multipart upload is named when it begins, and holds when it is complete', async () => {
    const target = { Bucket: locked, Key: `key-${++keys}` };
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inSeconds(9) } as const;
    const { UploadId } = await s3.client.send(
      new CreateMultipartUploadCommand({ ...target, ...lock, ObjectLockLegalHoldStatus: 'ON' }),
    );
    const part = await s3.client.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }),
    );
    const MultipartUpload = { Parts: [{ ...part, PartNumber: 1 }] };
    const { VersionId } = await s3.client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }),
    );

    const head = await s3.client.send(new HeadObjectCommand({ ...target, VersionId }));

    expect(head).toMatchObject({ ...lock, ObjectLockLegalHoldStatus: 'ON' });
    await expect(remove({ ...target, VersionId }, true)).rejects.toMatchObject(DENIED);
  });
});

describe('a legal hold', () => {
  it('forbids to delete the version until it is lifted, whatever is bypassed', async () => {
    const target = await put({ ObjectLockLegalHoldStatus: 'ON' });

    const head = await s3.client.send(new HeadObjectCommand(target));

    expect(head.ObjectLockLegalHoldStatus).toBe('ON');
    await expect(remove(target)).rejects.toMatchObject(DENIED);
    await expect(remove(target, true)).rejects.toMatchObject(DENIED);
    await hold(target, 'OFF');
    const { LegalHold } = await s3.client.send(new GetObjectLegalHoldCommand(target));
    expect(LegalHold).toEqual({ Status: 'OFF' });
    await expect(remove(target)).resolves.toBeDefined();
  });

  it('stays when a retention is taken away', async () => {
    const target = await retained('GOVERNANCE');
    await hold(target, 'ON');

    await retain(target, {}, true);

    await expect(remove(target, true)).rejects.toMatchObject(DENIED);
    await hold(target, 'OFF');
    await expect(remove(target)).resolves.toBeDefined();
  });
});

describe('a bucket’s default retention', () => {
  const configure = (Bucket: string, Rule?: object) =>
    s3.client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(Rule && { Rule }) },
      }),
    );
  const DAY = 86_400_000;

  it.each([
    ['Days', 2, 2],
    ['Years', 1, 365],
  ] as const)('in %s counts from the making of each new version', async (unit, period, days) => {
    const Bucket = await s3.newBucket({ lock: true });
    const before = await put({}, Bucket);
    await configure(Bucket, { DefaultRetention: { Mode: 'GOVERNANCE', [unit]: period } });

    const head = await s3.client.send(new HeadObjectCommand(await put({}, Bucket)));
    const old = await s3.client.send(new HeadObjectCommand(before));

    expect(head.ObjectLockMode).toBe('GOVERNANCE');
    expect(head.ObjectLockRetainUntilDate?.getTime()).toBe(Number(head.LastModified) + days * DAY);
    expect(old.ObjectLockMode).toBeUndefined();
  });

  it('yields to the retention of a request, and applies beside a hold', async () => {
    const Bucket = await s3.newBucket({ lock: true });
    await configure(Bucket, { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } });
    const own = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inSeconds(5) } as const;

    const explicit = await s3.client.send(new HeadObjectCommand(await put(own, Bucket)));
    const held = await put({ ObjectLockLegalHoldStatus: 'ON' }, Bucket);
    const both = await s3.client.send(new HeadObjectCommand(held));

    expect(explicit).toMatchObject(own);
    expect(both).toMatchObject({ ObjectLockMode: 'GOVERNANCE', ObjectLockLegalHoldStatus: 'ON' });
  });

  it('is told, and taken away again; the lock itself stays', async () => {
    const Bucket = await s3.newBucket({ lock: true });
    const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3 } };
    const read = async () =>
      (await s3.client.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration;

    await configure(Bucket, Rule);
    const set = await read();
    await configure(Bucket);

    expect(set).toEqual({ ObjectLockEnabled: 'Enabled', Rule });
    expect(await read()).toEqual({ ObjectLockEnabled: 'Enabled' });
  });

  it('can be set for a bucket that had no lock, if it has versioning', async () => {
    const versioned = await s3.newBucket();
    const plain = await s3.newBucket({ versioning: false });

    await expect(configure(versioned)).resolves.toBeDefined();
    await expect(configure(plain)).rejects.toMatchObject(refusedAs('InvalidBucketState', 409));
    const read = s3.client.send(new GetObjectLockConfigurationCommand({ Bucket: plain }));
    await expect(read).rejects.toMatchObject(refusedAs('ObjectLockConfigurationNotFoundError', 404));
  });

  it.each<[string, string, object]>([
    ['no mode', 'MalformedXML', { Days: 1 }],
    ['an unknown mode', 'MalformedXML', { Mode: 'governance', Days: 1 }],
    ['no period', 'MalformedXML', { Mode: 'GOVERNANCE' }],
    ['two periods', 'MalformedXML', { Mode: 'GOVERNANCE', Days: 1, Years: 1 }],
    ['no days', 'InvalidArgument', { Mode: 'GOVERNANCE', Days: 0 }],
    ['more than a hundred years', 'InvalidArgument', { Mode: 'GOVERNANCE', Years: 101 }],
  ])('is refused with %s', async (_what, name, DefaultRetention) => {
    await expect(configure(locked, { DefaultRetention })).rejects.toMatchObject(refusedAs(name));
  });
});

describe('what makes no sense', () => {
  const until = inSeconds(60);

  it.each<[string, object, string]>([
    ['a mode without a date', { ObjectLockMode: 'GOVERNANCE' }, 'InvalidArgument'],
    ['a date without a mode', { ObjectLockRetainUntilDate: until }, 'InvalidArgument'],
    [
      'an unknown mode',
      { ObjectLockMode: 'SOFT' as 'GOVERNANCE', ObjectLockRetainUntilDate: until },
      'InvalidArgument',
    ],
    [
      'a date in the past',
      { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(0) },
      'InvalidArgument',
    ],
    ['half a hold', { ObjectLockLegalHoldStatus: 'MAYBE' as 'ON' }, 'InvalidArgument'],
  ])('is refused on a write: %s', async (_what, more, name) => {
    await expect(put(more)).rejects.toMatchObject(refusedAs(name));
  });

  it('is refused on a bucket without a lock', async () => {
    const Bucket = await s3.newBucket();
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until } as const;
    const target = await put({}, Bucket);
    const invalid = refusedAs('InvalidRequest');

    await expect(put(lock, Bucket)).rejects.toMatchObject(invalid);
    await expect(put({ ObjectLockLegalHoldStatus: 'OFF' }, Bucket)).rejects.toMatchObject(invalid);
    await expect(retain(target, { Mode: 'GOVERNANCE', RetainUntilDate: until })).rejects.toMatchObject(
      invalid,
    );
    await expect(hold(target, 'ON')).rejects.toMatchObject(invalid);
    await expect(s3.client.send(new GetObjectRetentionCommand(target))).rejects.toMatchObject(invalid);
    await expect(remove(target, true)).rejects.toMatchObject(refusedAs('InvalidArgument'));
  });

  it('is refused as a change of a retention', async () => {
    const target = await put();

    const half = retain(target, { Mode: 'GOVERNANCE' });
    await expect(half).rejects.toMatchObject(refusedAs('MalformedXML'));
    const past = retain(target, { Mode: 'GOVERNANCE', RetainUntilDate: new Date(0) });
    await expect(past).rejects.toMatchObject(refusedAs('InvalidArgument'));
    await expect(hold(target, 'PERHAPS' as 'ON')).rejects.toMatchObject(refusedAs('MalformedXML'));
  });

  it('has no answer for versions without a lock, and none for delete markers', async () => {
    const target = await put();
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket: locked, Key: target.Key }));
    const missing = refusedAs('NoSuchObjectLockConfiguration', 404);

    await expect(s3.client.send(new GetObjectRetentionCommand(target))).rejects.toMatchObject(missing);
    await expect(s3.client.send(new GetObjectLegalHoldCommand(target))).rejects.toMatchObject(missing);
    const ofMarker = new GetObjectRetentionCommand({ ...target, VersionId: marker.VersionId });
    await expect(s3.client.send(ofMarker)).rejects.toMatchObject(refusedAs('MethodNotAllowed', 405));
  });
});

describe('a body under a lock', () => {
  it('needs a digest beside the signed hash, also when the lock is the bucket’s default', async () => {
    const Bucket = await s3.newBucket({ lock: true });
    await s3.client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
        },
      }),
    );
    const without = { requestChecksumCalculation: 'WHEN_REQUIRED' } as const;
    const send = async (command: PutObjectCommand) =>
      sendRaw(s3.url, await signedBySdk(s3, command, without));
    const ContentMD5 = 'ndTkYSaMgDT1yFZOFVxnpg==';

    const byDefault = await send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const byHold = await send(
      new PutObjectCommand({ Bucket: locked, Key: 'k', Body: 'x', ObjectLockLegalHoldStatus: 'OFF' }),
    );
    const withMd5 = await send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ContentMD5 }));

    expect(byDefault).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect(byHold).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect(withMd5.status).toBe(200);
  });
});
