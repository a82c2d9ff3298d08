import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { sendRaw, targetOf } from './raw-http.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const ODD_KEYS = [
  '../../../../etc/passwd',
  '..',
  '.',
  './x',
  '/leading',
  '//two//slashes//',
  'a/../b',
  'trailing/',
  'with space',
  'plus+plus',
  'percent%2F%41',
  'question?mark#hash',
  'amp&lt;<>"\'',
  "quote'(*)!~",
  'back\\slash',
  'umlaut ä é ～ 😀',
  'CON',
  'nul.txt:stream',
  'x'.repeat(1024),
  `${'ä'.repeat(500)}/${'y'.repeat(20)}`,
];

describe('keys', () => {
  it.each(ODD_KEYS)('keeps the key %j apart from all others', async (Key) => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));

    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
    const listed = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));

    expect(await got.Body?.transformToString()).toBe(`body of ${Key}`);
    expect(listed.Contents?.[0]?.Key).toBe(Key);
  });

  it('lists and deletes keys with control characters', async () => {
    const bucket = await s3.newBucket();
    const keys = ['bell\u0007', 'cr\rlf\n', 'nul\u0000', 'tab\t'].sort();
    for (const Key of keys) await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));

    const listed = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    const encoded = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }));
    const Objects = [{ Key: 'cr\rlf\n' }, { Key: 'tab\t' }];
    await s3.client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    const left = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));

    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(keys);
    expect(encoded.Contents?.map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual(keys);
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['bell\u0007', 'nul\u0000']);
  });

  it('takes %2F for a slash of the key and never for one of a path', async () => {
    const url = await getSignedUrl(s3.client, new PutObjectCommand({ Bucket, Key: '../../../escaped' }), {
      signableHeaders: new Set(['host']),
    });

    const response = await sendRaw(s3.url, {
      method: 'PUT',
      target: targetOf(url).replace('../../../escaped', '..%2F..%2F..%2Fescaped'),
      headers: { host: new URL(s3.url).host, 'content-length': '2' },
      body: 'ok',
    });

    expect(response.status).toBe(200);
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: '../../../escaped' }));
    expect(head.ContentLength).toBe(2);
  });

  it('refuses a key of more than 1024 bytes', async () => {
    const put = s3.client.send(new PutObjectCommand({ Bucket, Key: 'ä'.repeat(513), Body: 'x' }));

    await expect(put).rejects.toMatchObject({ name: 'KeyTooLongError', $metadata: { httpStatusCode: 400 } });
  });

  it('deletes exactly the key it is told', async () => {
    const bucket = await s3.newBucket();
    for (const Key of ['a', 'a/', 'a/..', 'a%2F']) {
      await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    }

    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a/' }));

    const left = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['a', 'a%2F', 'a/..']);
  });
});
