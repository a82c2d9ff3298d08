import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type Tag,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

let keys = 0;
async function put(Tagging?: string) {
  const target = { Bucket, Key: `key-${++keys}` };
  const tagging = Tagging === undefined ? {} : { Tagging };
  const { VersionId } = await s3.client.send(new PutObjectCommand({ ...target, Body: 'x', ...tagging }));
  return { ...target, VersionId };
}
type Target = { Bucket: string; Key: string; VersionId?: string | undefined };
const read = async (target: Target) =>
  (await s3.client.send(new GetObjectTaggingCommand(target))).TagSet ?? [];
const write = (target: Target, TagSet: Tag[]) =>
  s3.client.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet } }));
const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: `v${i}` }));
const refusedAs = (name: string, httpStatusCode = 400) => ({ name, $metadata: { httpStatusCode } });

describe('tags', () => {
  it('come with an object, and are counted by its reads', async () => {
    const target = await put('project=vault&who=a%20b%2Bc%3D%C3%BC&empty=');

    const got = await s3.client.send(new GetObjectCommand(target));
    const head = await s3.client.send(new HeadObjectCommand(target));

    expect(await read(target)).toEqual([
      { Key: 'project', Value: 'vault' },
      { Key: 'who', Value: 'a b+c=ü' },
      { Key: 'empty', Value: '' },
    ]);
    expect(got.TagCount).toBe(3);
    expect(head.TagCount).toBe(3);
    const untagged = await s3.client.send(new HeadObjectCommand(await put()));
    expect(untagged.TagCount).toBeUndefined();
  });

  it('belong to one version', async () => {
    const old = await put('a=old');
    const newer = await s3.client.send(new PutObjectCommand({ Bucket, Key: old.Key, Body: 'y' }));

    const written = await write(old, [{ Key: 'a', Value: 'changed' }]);

    expect(written.VersionId).toBe(old.VersionId);
    expect(await read(old)).toEqual([{ Key: 'a', Value: 'changed' }]);
    expect(await read({ Bucket, Key: old.Key })).toEqual([]);
    expect(await read({ ...old, VersionId: newer.VersionId })).toEqual([]);
  });

  it('are replaced as a whole, and taken away', async () => {
    const target = await put('a=1&b=2');

    await write(target, [{ Key: 'c', Value: '3' }]);
    const replaced = await read(target);
    const removed = await s3.client.send(new DeleteObjectTaggingCommand(target));

    expect(replaced).toEqual([{ Key: 'c', Value: '3' }]);
    expect(removed).toMatchObject({ VersionId: target.VersionId, $metadata: { httpStatusCode: 204 } });
    expect(await read(target)).toEqual([]);
  });

  it('go along with a copy, or are replaced by it', async () => {
    const source = await put('a=1');
    const copy = async (Key: string, more: object = {}) => {
      const CopySource = `${Bucket}/${source.Key}`;
      await s3.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
      return read({ Bucket, Key });
    };

    expect(await copy('copied')).toEqual([{ Key: 'a', Value: '1' }]);
    const replaced = await copy('replaced', { TaggingDirective: 'REPLACE', Tagging: 'b=2' });
    expect(replaced).toEqual([{ Key: 'b', Value: '2' }]);
    expect(await copy('cleared', { TaggingDirective: 'REPLACE' })).toEqual([]);
  });

  it('are named when a multipart upload begins', async () => {
    const target = { Bucket, Key: `key-${++keys}` };
    const { UploadId } = await s3.client.send(
      new CreateMultipartUploadCommand({ ...target, Tagging: 'a=1' }),
    );
    const part = await s3.client.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }),
    );
    const MultipartUpload = { Parts: [{ ...part, PartNumber: 1 }] };
    await s3.client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));

    expect(await read(target)).toEqual([{ Key: 'a', Value: '1' }]);
  });

  it('are up to ten, of 128 and 256 characters', async () => {
    const target = await put();
    const longest = { Key: 'ä'.repeat(128), Value: 'b'.repeat(256) };

    await write(target, [...tags(9), longest]);

    expect(await read(target)).toHaveLength(10);
    await expect(write(target, tags(11))).rejects.toMatchObject(refusedAs('BadRequest'));
    await expect(
      put(
        tags(11)
          .map(({ Key, Value }) => `${Key}=${Value}`)
          .join('&'),
      ),
    ).rejects.toMatchObject(refusedAs('BadRequest'));
  });

  it.each<[string, Tag[]]>([
    ['a long key', [{ Key: 'k'.repeat(129), Value: '' }]],
    ['a long value', [{ Key: 'k', Value: 'v'.repeat(257) }]],
    ['an odd character', [{ Key: 'a,b', Value: '' }]],
    ['a key of AWS’s own', [{ Key: 'aws:mine', Value: '' }]],
    [
      'one key twice',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    ],
  ])('are refused with %s', async (_what, set) => {
    await expect(write(await put(), set)).rejects.toMatchObject(refusedAs('InvalidTag'));
  });

  it.each(['a=1&a=2', 'a=1,b=2', '=nothing', 'a=%zz'])('are refused in a header as %s', async (Tagging) => {
    await expect(put(Tagging)).rejects.toMatchObject(refusedAs('InvalidArgument'));
  });

  it('need an object', async () => {
    const marked = await put();
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket, Key: marked.Key }));
    const ofMarker = { Bucket, Key: marked.Key, VersionId: marker.VersionId };

    await expect(read({ Bucket, Key: 'missing' })).rejects.toMatchObject(refusedAs('NoSuchKey', 404));
    for (const target of [ofMarker, { Bucket, Key: marked.Key }]) {
      await expect(read(target)).rejects.toMatchObject(refusedAs('MethodNotAllowed', 405));
      await expect(write(target, [])).rejects.toMatchObject(refusedAs('MethodNotAllowed', 405));
    }
  });
});
