import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
beforeAll(async () => {
  s3 = await openEndpoint();
});
afterAll(() => s3.close());

const put = (Bucket: string, Key: string, Body: string) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));
const remove = (Bucket: string, Key: string, VersionId?: string) =>
  s3.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const read = async (Bucket: string, Key: string, VersionId?: string) => {
  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return got.Body?.transformToString();
};
const list = (Bucket: string, options: object = {}) =>
  s3.client.send(new ListObjectVersionsCommand({ Bucket, ...options }));

describe('with versioning', () => {
  it('keeps every version and reads each by its id', async () => {
    const bucket = await s3.newBucket();

    const first = await put(bucket, 'k', 'one');
    const second = await put(bucket, 'k', 'two');

    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await read(bucket, 'k')).toBe('two');
    expect(await read(bucket, 'k', first.VersionId)).toBe('one');
  });

  it('puts a delete marker over an object that is deleted, and the marker away to bring it back', async () => {
    const bucket = await s3.newBucket();
    await put(bucket, 'k', 'kept');

    const marker = await remove(bucket, 'k');
    const hidden = s3.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
    await expect(hidden).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    const removed = await remove(bucket, 'k', marker.VersionId);

    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    expect(removed).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect(await read(bucket, 'k')).toBe('kept');
  });

  it('makes a delete marker even for a key that was never written', async () => {
    const bucket = await s3.newBucket();

    await remove(bucket, 'ghost');

    expect((await list(bucket)).DeleteMarkers).toMatchObject([{ Key: 'ghost', IsLatest: true }]);
  });

  it('answers 405 to a read of a delete marker by its id', async () => {
    const bucket = await s3.newBucket();
    const { VersionId } = await remove(bucket, 'k');

    const get = s3.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId }));

    await expect(get).rejects.toMatchObject({ name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } });
  });

  it('makes the next newest version current when the current one is deleted by its id', async () => {
    const bucket = await s3.newBucket();
    await put(bucket, 'k', 'old');
    const current = await put(bucket, 'k', 'new');

    const removed = await remove(bucket, 'k', current.VersionId);

    expect(removed).toMatchObject({ VersionId: current.VersionId });
    expect(removed.DeleteMarker).toBeUndefined();
    expect(await read(bucket, 'k')).toBe('old');
    expect((await list(bucket)).Versions).toMatchObject([{ Key: 'k', IsLatest: true }]);
  });

  it('counts a version that does not exist as deleted, and answers 404 to its read', async () => {
    const bucket = await s3.newBucket();
    const { VersionId } = await put(bucket, 'k', 'x');
    await remove(bucket, 'k', VersionId);

    await expect(remove(bucket, 'k', VersionId)).resolves.toMatchObject({
      $metadata: { httpStatusCode: 204 },
    });
    await expect(read(bucket, 'k', VersionId)).rejects.toMatchObject({ name: 'NoSuchVersion' });
    await expect(read(bucket, 'k', 'not a version id')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('deletes many keys and versions in one request, and reports each', async () => {
    const bucket = await s3.newBucket();
    const kept = await put(bucket, 'a', 'old');
    const doomed = await put(bucket, 'a', 'new');
    await put(bucket, 'b', 'b');
    const Objects = [
      { Key: 'a', VersionId: doomed.VersionId },
      { Key: 'b' },
      { Key: 'c', VersionId: 'wrong' },
    ];

    const result = await s3.client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));

    expect(result.Deleted).toMatchObject([
      { Key: 'a', VersionId: doomed.VersionId },
      { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    ]);
    expect(result.Errors).toMatchObject([{ Key: 'c', VersionId: 'wrong' }]);
    expect(await read(bucket, 'a')).toBe('old');
    expect((await list(bucket, { Prefix: 'a' })).Versions?.map(({ VersionId }) => VersionId)).toEqual([
      kept.VersionId,
    ]);
  });

  it('reports nothing but errors when asked to be quiet', async () => {
    const bucket = await s3.newBucket();
    await put(bucket, 'a', 'a');

    const result = await s3.client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: 'a' }], Quiet: true } }),
    );

    expect(result.Deleted ?? []).toEqual([]);
    expect(result.Errors ?? []).toEqual([]);
  });
});

describe('without versioning', () => {
  it('replaces objects, and deletes them for good', async () => {
    const bucket = await s3.newBucket({ versioning: false });

    const first = await put(bucket, 'k', 'one');
    await put(bucket, 'k', 'two');
    const listed = await list(bucket);
    const removed = await remove(bucket, 'k');

    expect(first.VersionId).toBeUndefined();
    expect(listed.Versions).toMatchObject([{ Key: 'k', VersionId: 'null', IsLatest: true }]);
    expect(removed).toMatchObject({ $metadata: { httpStatusCode: 204 } });
    expect(removed.DeleteMarker).toBeUndefined();
    expect((await list(bucket)).Versions ?? []).toEqual([]);
    await expect(read(bucket, 'k')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('ListObjectVersions', () => {
  async function collect(bucket: string, options: object) {
    const seen: string[] = [];
    let markers: object = {};
    for (;;) {
      const page = await list(bucket, { ...options, ...markers });
      const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      seen.push(...entries.map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}`));
      if (!page.IsTruncated) return seen;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  it('pages through keys and their versions, the newest first, and loses none at any page size', async () => {
    const bucket = await s3.newBucket();
    const expected: string[] = [];
    for (const key of ['a', 'b', 'c']) {
      const ids: (string | undefined)[] = [];
      for (let i = 0; i < 3; i++) ids.unshift((await put(bucket, key, `${i}`)).VersionId);
      if (key === 'b') ids.unshift((await remove(bucket, key)).VersionId);
      expected.push(...ids.map((id) => `${key} ${id}`));
    }

    for (const MaxKeys of [1, 2, 3, 4, 7, 1000]) {
      const seen = await collect(bucket, { MaxKeys });
      expect(new Set(seen)).toEqual(new Set(expected));
      expect(seen).toHaveLength(expected.length);
      if (MaxKeys === 1) expect(seen).toEqual(expected);
    }
  });

  it('goes on behind its marker when that version was deleted between two pages', async () => {
    const bucket = await s3.newBucket();
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) ids.unshift((await put(bucket, 'k', `${i}`)).VersionId);

    const first = await list(bucket, { MaxKeys: 2 });
    await remove(bucket, 'k', first.NextVersionIdMarker);
    const markers = { KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker };
    const second = await list(bucket, markers);

    expect(first.Versions?.map(({ VersionId }) => VersionId)).toEqual(ids.slice(0, 2));
    expect(second.Versions?.map(({ VersionId }) => VersionId)).toEqual(ids.slice(2));
  });

  it('goes on with the next key when only a key marker is given', async () => {
    const bucket = await s3.newBucket();
    for (const key of ['a', 'a', 'b']) await put(bucket, key, 'x');

    const page = await list(bucket, { KeyMarker: 'a' });

    expect(page.Versions?.map(({ Key }) => Key)).toEqual(['b']);
  });

  it('keeps to a prefix and folds keys at a delimiter', async () => {
    const bucket = await s3.newBucket();
    for (const key of ['p/a/1', 'p/a/2', 'p/b', 'p/c/1', 'q']) await put(bucket, key, 'x');

    const page = await list(bucket, { Prefix: 'p/', Delimiter: '/' });

    expect(page.CommonPrefixes).toEqual([{ Prefix: 'p/a/' }, { Prefix: 'p/c/' }]);
    expect(page.Versions?.map(({ Key }) => Key)).toEqual(['p/b']);
    for (const MaxKeys of [1, 2]) {
      const seen = await collect(bucket, { Prefix: 'p/', Delimiter: '/', MaxKeys });
      expect(seen.map((entry) => entry.split(' ')[0])).toHaveLength(3);
    }
  });

  it('refuses a version marker without a key marker', async () => {
    const bucket = await s3.newBucket();
    const { VersionId } = await put(bucket, 'k', 'x');

    await expect(list(bucket, { VersionIdMarker: VersionId })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
  });
});
