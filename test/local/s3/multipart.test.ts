import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

const MIN_PART = 5 * 2 ** 20;

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

async function begin(Key: string, options: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...options }));
  const target = { Bucket, Key, UploadId };
  return {
    target,
    async part(PartNumber: number, Body: Buffer | string, more: object = {}): Promise<CompletedPart> {
      const { $metadata: _metadata, ...sent } = await s3.client.send(
        new UploadPartCommand({ ...target, PartNumber, Body, ...more }),
      );
      return { PartNumber, ...sent };
    },
    complete: (Parts: CompletedPart[], more: object = {}) =>
      s3.client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...more })),
    abort: () => s3.client.send(new AbortMultipartUploadCommand(target)),
  };
}

const read = async (Key: string, more: object = {}) => {
  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
};

describe('a multipart upload', () => {
  it('becomes one object of its parts, in the order of their numbers', async () => {
    const upload = await begin('joined', { ContentType: 'application/x-joined', Metadata: { of: 'two' } });
    const bodies = [randomBytes(MIN_PART), randomBytes(1000)];
    const last = await upload.part(7, bodies[1] ?? '');
    const first = await upload.part(2, bodies[0] ?? '');

    const done = await upload.complete([first, last]);
    const got = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'joined' }));

    const md5s = bodies.map((body) => createHash('md5').update(body).digest());
    expect(done.ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`);
    expect(got).toMatchObject({
      ContentLength: MIN_PART + 1000,
      ContentType: 'application/x-joined',
      Metadata: { of: 'two' },
      ETag: done.ETag,
      VersionId: done.VersionId,
    });
    expect((await read('joined')).equals(Buffer.concat(bodies))).toBe(true);
  });

  it('shows nothing before it is completed', async () => {
    const upload = await begin('hidden');
    await upload.part(1, 'x');

    const head = s3.client.send(new HeadObjectCommand({ Bucket, Key: 'hidden' }));

    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('takes the last body of a part that was sent twice', async () => {
    const upload = await begin('resent');
    const stale = await upload.part(1, 'first');
    const fresh = await upload.part(1, 'second');

    await expect(upload.complete([stale])).rejects.toMatchObject({ name: 'InvalidPart' });
    await upload.complete([fresh]);

    expect(`${await read('resent')}`).toBe('second');
  });

  it('is gone once it was completed or aborted', async () => {
    const completed = await begin('gone-1');
    const part = await completed.part(1, 'x');
    await completed.complete([part]);
    const aborted = await begin('gone-2');
    const lost = await aborted.part(1, 'x');
    await aborted.abort();

    for (const [upload, of] of [
      [completed, part],
      [aborted, lost],
    ] as const) {
      await expect(upload.part(2, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
      await expect(upload.complete([of])).rejects.toMatchObject({ name: 'NoSuchUpload' });
      await expect(upload.abort()).rejects.toMatchObject({ name: 'NoSuchUpload' });
    }
  });

  it('is completed once, however many complete it at the same time', async () => {
    const upload = await begin('together');
    const parts = [await upload.part(1, randomBytes(MIN_PART)), await upload.part(2, 'x')];

    const results = await Promise.allSettled(Array.from({ length: 5 }, () => upload.complete(parts)));

    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures).toHaveLength(4);
    for (const failure of failures) expect(failure).toMatchObject({ name: 'NoSuchUpload' });
    const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'together' }));
    expect(listed.Versions).toHaveLength(1);
  });

  it('refuses lists that are empty, out of order, or name what was not sent', async () => {
    const upload = await begin('lists');
    const a = await upload.part(1, randomBytes(MIN_PART));
    const b = await upload.part(2, 'b');

    await expect(upload.complete([])).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(upload.complete([b, a])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(upload.complete([a, { ...b, PartNumber: 3 }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(upload.complete([{ ...a, ETag: b.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await upload.complete([a, b]);
  });

  it('refuses parts below 5 MiB, but for the last one', async () => {
    const upload = await begin('small');
    const parts = [await upload.part(1, 'small'), await upload.part(2, 'small')];

    await expect(upload.complete(parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
  });

  it.each([0, 10_001])('refuses the part number %i', async (number) => {
    const upload = await begin('numbers');

    await expect(upload.part(number, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('belongs to one key', async () => {
    const upload = await begin('mine');
    const part = new UploadPartCommand({ ...upload.target, Key: 'other', PartNumber: 1, Body: 'x' });

    await expect(s3.client.send(part)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('checksums of a multipart upload', () => {
  it('are composed of the parts, when the upload names an algorithm', async () => {
    const upload = await begin('composite', { ChecksumAlgorithm: 'SHA256' });
    const bodies = [randomBytes(MIN_PART), randomBytes(10)];
    const parts: CompletedPart[] = [];
    for (const [i, body] of bodies.entries()) {
      parts.push(await upload.part(i + 1, body, { ChecksumAlgorithm: 'SHA256' }));
    }
    const withoutOne = parts.map(({ ChecksumSHA256: _removed, ...part }) => part);

    await expect(upload.complete(withoutOne)).rejects.toMatchObject({ name: 'InvalidRequest' });
    const done = await upload.complete(parts);

    const sums = bodies.map((body) => createHash('sha256').update(body).digest());
    const composed = createHash('sha256').update(Buffer.concat(sums)).digest('base64');
    expect(done).toMatchObject({ ChecksumSHA256: `${composed}-2`, ChecksumType: 'COMPOSITE' });
    const attributes = await s3.client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'composite',
        ObjectAttributes: ['ObjectParts'],
        MaxParts: 1,
      }),
    );
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 2,
      IsTruncated: true,
      NextPartNumberMarker: '1',
      Parts: [{ PartNumber: 1, Size: MIN_PART, ChecksumSHA256: sums[0]?.toString('base64') }],
    });
  });

  it('cover the whole object, when the upload asks for that', async () => {
    const upload = await begin('whole', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const part = await upload.part(1, '123456789', { ChecksumAlgorithm: 'CRC32' });

    await expect(upload.complete([part], { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(upload.complete([part], { MpuObjectSize: 8 })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    const done = await upload.complete([part], { ChecksumCRC32: 'y/Q5Jg==', MpuObjectSize: 9 });

    expect(done).toMatchObject({ ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'FULL_OBJECT' });
  });

  it('refuse a part under another algorithm', async () => {
    const upload = await begin('other', { ChecksumAlgorithm: 'SHA256' });

    const part = upload.part(1, 'x', { ChecksumAlgorithm: 'SHA1' });

    await expect(part).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  it('refuse a type that the algorithm does not have', async () => {
    const create = begin('types', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' });

    await expect(create).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('parts', () => {
  it('are read by their number once the object is complete', async () => {
    const upload = await begin('by-part');
    const bodies = [randomBytes(MIN_PART), Buffer.from('tail')];
    const parts = [await upload.part(1, bodies[0] ?? ''), await upload.part(2, bodies[1] ?? '')];
    await upload.complete(parts);

    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'by-part', PartNumber: 2 }));

    expect(head).toMatchObject({ PartsCount: 2, ContentLength: 4 });
    expect(`${await read('by-part', { PartNumber: 2 })}`).toBe('tail');
    await expect(read('by-part', { PartNumber: 3 })).rejects.toMatchObject({ name: 'InvalidPartNumber' });
  });

  it('are listed in pages', async () => {
    const upload = await begin('listed');
    for (const number of [1, 2, 5]) await upload.part(number, `part ${number}`);

    const first = await s3.client.send(new ListPartsCommand({ ...upload.target, MaxParts: 2 }));
    const second = await s3.client.send(
      new ListPartsCommand({ ...upload.target, PartNumberMarker: first.NextPartNumberMarker }),
    );

    expect(first).toMatchObject({
      IsTruncated: true,
      Parts: [{ PartNumber: 1, Size: 6 }, { PartNumber: 2 }],
    });
    expect(second).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 5 }] });
  });
});

describe('uploads in progress', () => {
  it('are listed in pages, by key and age, and folded at a delimiter', async () => {
    Bucket = await s3.newBucket();
    const uploads = [];
    for (const key of ['a/1', 'a/2', 'b', 'b']) uploads.push((await begin(key)).target);
    const list = (options: object) => s3.client.send(new ListMultipartUploadsCommand({ Bucket, ...options }));

    const seen: (string | undefined)[] = [];
    let markers: object = {};
    for (;;) {
      const page = await list({ MaxUploads: 1, ...markers });
      seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    const folded = await list({ Delimiter: '/' });

    expect(new Set(seen)).toEqual(new Set(uploads.map(({ UploadId }) => UploadId)));
    expect(seen).toHaveLength(4);
    expect(folded.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
    expect(folded.Uploads?.map(({ Key }) => Key)).toEqual(['b', 'b']);
  });
});
