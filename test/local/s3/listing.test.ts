import { ListObjectsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
beforeAll(async () => {
  s3 = await openEndpoint();
});
afterAll(() => s3.close());

async function bucketWith(keys: readonly string[]): Promise<string> {
  const Bucket = await s3.newBucket();
  for (const Key of keys) await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  return Bucket;
}

async function listAll(Bucket: string, options: object) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.client.send(new ListObjectsV2Command({ Bucket, ...options, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => `${Key}`));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}`));
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
  } while (ContinuationToken !== undefined);
  return { keys, prefixes };
}

const TREE = ['a', 'a/', 'a/1', 'a/2', 'a/b/3', 'a0', 'b/1', 'b/2', 'c'];

describe('ListObjectsV2', () => {
  let tree: string;
  beforeAll(async () => {
    tree = await bucketWith(TREE);
  });

  it('lists all keys once, in order, at any page size', async () => {
    for (const MaxKeys of [1, 2, 4, 9, 1000]) {
      expect((await listAll(tree, { MaxKeys })).keys).toEqual(TREE);
    }
  });

  it('keeps to a prefix', async () => {
    expect((await listAll(tree, { Prefix: 'a/', MaxKeys: 2 })).keys).toEqual(['a/', 'a/1', 'a/2', 'a/b/3']);
    expect((await listAll(tree, { Prefix: 'zz' })).keys).toEqual([]);
  });

  it('folds keys at a delimiter, each group counting as one entry of a page', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      expect(await listAll(tree, { Delimiter: '/', MaxKeys })).toEqual({
        keys: ['a', 'a0', 'c'],
        prefixes: ['a/', 'b/'],
      });
      expect(await listAll(tree, { Prefix: 'a/', Delimiter: '/', MaxKeys })).toEqual({
        keys: ['a/', 'a/1', 'a/2'],
        prefixes: ['a/b/'],
      });
    }
  });

  it('starts behind a key, whether it exists or not', async () => {
    expect((await listAll(tree, { StartAfter: 'a0' })).keys).toEqual(['b/1', 'b/2', 'c']);
    expect((await listAll(tree, { StartAfter: 'a00' })).keys).toEqual(['b/1', 'b/2', 'c']);
  });

  it('gives an empty page that is not truncated for zero keys', async () => {
    const page = await s3.client.send(new ListObjectsV2Command({ Bucket: tree, MaxKeys: 0 }));

    expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  it('tells size, ETag and class, and the owner when asked', async () => {
    const page = await s3.client.send(
      new ListObjectsV2Command({ Bucket: tree, Prefix: 'c', FetchOwner: true }),
    );

    expect(page.Contents).toMatchObject([
      {
        Key: 'c',
        Size: 1,
        ETag: '"9dd4e461268c8034f5c8564e155c67a6"',
        StorageClass: 'STANDARD',
        Owner: { ID: expect.any(String) },
      },
    ]);
  });

  it('orders keys by the bytes of their UTF-8, not by UTF-16', async () => {
    // U+FF5E sorts behind the surrogates of U+1F600 as UTF-16, and before it as UTF-8.
    const keys = ['A', 'Z', 'a', 'é', '～', '😀'];
    const bucket = await bucketWith([...keys].reverse());

    expect((await listAll(bucket, { MaxKeys: 2 })).keys).toEqual(keys);
  });

  it('encodes keys when asked, so that no key can break the XML', async () => {
    const bucket = await bucketWith(['a b/+%&', 'tab\there']);

    const page = await s3.client.send(
      new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url', Prefix: 'a b' }),
    );

    expect(page.Prefix).toBe('a%20b');
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['a%20b/%2B%25%26']);
  });

  it('refuses a token that it did not give out', async () => {
    const list = s3.client.send(new ListObjectsV2Command({ Bucket: tree, ContinuationToken: '%%%' }));

    await expect(list).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('ListObjects', () => {
  let tree: string;
  beforeAll(async () => {
    tree = await bucketWith(TREE);
  });

  async function collect(options: object) {
    const seen: string[] = [];
    let Marker: string | undefined;
    for (;;) {
      const page = await s3.client.send(new ListObjectsCommand({ Bucket: tree, ...options, Marker }));
      seen.push(...(page.Contents ?? []).map(({ Key }) => `${Key}`));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}`));
      if (!page.IsTruncated) return seen;
      // S3 names the next marker with a delimiter only.
      Marker = page.NextMarker ?? page.Contents?.at(-1)?.Key;
    }
  }

  it('lists all keys once, in order, at any page size', async () => {
    for (const MaxKeys of [1, 2, 4, 1000]) expect(await collect({ MaxKeys })).toEqual(TREE);
  });

  it('folds keys at a delimiter and keeps to a prefix', async () => {
    for (const MaxKeys of [1, 2, 1000]) {
      const folded = await collect({ Delimiter: '/', MaxKeys });
      expect(folded.toSorted()).toEqual(['a', 'a/', 'a0', 'b/', 'c']);
      const inFolder = await collect({ Prefix: 'a/', Delimiter: '/', MaxKeys });
      expect(inFolder.toSorted()).toEqual(['a/', 'a/1', 'a/2', 'a/b/']);
    }
  });

  it('tells the owner without being asked', async () => {
    const page = await s3.client.send(new ListObjectsCommand({ Bucket: tree, MaxKeys: 1 }));

    expect(page).toMatchObject({ Name: tree, MaxKeys: 1, IsTruncated: true });
    expect(page.Contents?.[0]).toMatchObject({ Key: 'a', Size: 1, Owner: { ID: expect.any(String) } });
    expect(page.NextMarker).toBeUndefined();
  });
});
